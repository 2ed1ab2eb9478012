import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process as run records and locks name it. */
export interface ProcessIdentity {
  pid: number;
  host: string;
}

/** How long without a sign of life until a process that cannot be asked is taken for dead. */
export const silenceLimitMs = 120_000;

/** This process. */
export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, host: hostname() };
}

/**
 * Whether the process that gave its last sign of life at `lastSeen` (ms since the epoch) is still there.
 * On this host a process with its pid is asked for; one that started after `lastSeen` has inherited the pid.
 * Where the start cannot be read, and on other hosts, silence of `silenceLimitMs` counts as death.
 */
export function isAlive(identity: ProcessIdentity, lastSeen: number, now = Date.now()): boolean {
  if (identity.host !== hostname()) return now - lastSeen < silenceLimitMs;
  if (!pidExists(identity.pid)) return false;
  const started = processStart(identity.pid);
  // The kernel's boot time is in whole seconds; two of them keep rounding from faking a reuse.
  if (started !== undefined) return started <= lastSeen + 2000;
  return now - lastSeen < silenceLimitMs;
}

function pidExists(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Fields of /proc/<pid>/stat after the command's name, which may itself hold spaces and brackets. */
function statFields(pid: number): string[] | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** A killed child that its parent has not collected still answers to its pid. */
function isZombie(pid: number): boolean {
  return statFields(pid)?.[0] === 'Z';
}

/** When a process started, ms since the epoch; undefined where it cannot be read. */
function processStart(pid: number): number | undefined {
  // proc(5): field 22, starttime, in clock ticks since boot; USER_HZ is 100 on every Linux that Node runs on.
  const ticks = Number(statFields(pid)?.[19]);
  if (!Number.isFinite(ticks)) return undefined;
  try {
    const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1];
    return boot === undefined ? undefined : Number(boot) * 1000 + ticks * 10;
  } catch {
    return undefined;
  }
}
