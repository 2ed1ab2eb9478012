import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cancelled, UserError } from '../../errors';

export interface Answer {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs one of Slurm's commands; `input` is its standard input. */
export type RunCommand = (command: string, args: readonly string[], input?: string) => Promise<Answer>;

/** The scheduler, or the way to it, does not answer. Nothing follows from that about any job. */
export class SchedulerDown extends UserError {
  constructor(said: string) {
    super('slurm-down', `The Slurm controller does not answer (${said}); try again when it does.`);
  }
}

/** How long a command may take. A controller that is down lets its commands wait for it. */
const commandTimeoutMs = 60_000;
const silence =
  /unable to contact slurm controller|slurm_\w+ error: .*(timed out|communication|connection)|socket timed out|connection (refused|timed out|reset)|zero bytes were transmitted|backup controller|in standby mode|slurm backup/i;

/** Words of a command line for POSIX shells, quoted where they must be. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

/**
 * Slurm's commands on this machine, or on a host that ssh reaches without asking for anything.
 * @param timeout how long one may take, in ms
 */
export function slurmCommands(host?: string, timeout = commandTimeoutMs): RunCommand {
  return (command, args, input) => {
    if (host === undefined) return execute(command, args, input, timeout);
    const connect = ['-o', 'BatchMode=yes', '-o', `ConnectTimeout=${Math.min(15, Math.ceil(timeout / 1000))}`];
    return execute('ssh', [...connect, host, shellLine([command, ...args])], input, timeout);
  };
}

function execute(command: string, args: readonly string[], input = '', timeout: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', (error) =>
      reject(
        'code' in error && error.code === 'ENOENT'
          ? new UserError(
              'no-slurm',
              `The command ${command} is not there; run on a machine of the cluster, or name one in sweep.slurm.host.`,
            )
          : error,
      ),
    );
    // A command that does not read its input is no error of ours.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A command's output. Throws SchedulerDown where nobody answered, else a UserError with what Slurm said. */
export async function ask(run: RunCommand, command: string, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, input);
  if (code === 0) return stdout;
  const said = stderr.trim().split('\n').filter(Boolean);
  // 255 is ssh's own: it did not reach the host. null: the command was stopped because it took too long.
  if (code === null || code === 255 || silence.test(stderr))
    throw new SchedulerDown(said.at(-1) ?? `${command} timed out`);
  throw new UserError('slurm-refused', `${command} refused: ${said.join(' ') || `exit code ${code}`}`);
}

/** Asks until the scheduler answers: it may be down for minutes. Rejects with SchedulerDown after `patienceMs`. */
export async function askPatiently<T>(
  act: () => Promise<T>,
  { patienceMs, signal, onDown }: { patienceMs: number; signal?: AbortSignal; onDown?: (error: SchedulerDown) => void },
): Promise<T> {
  const start = performance.now();
  for (let wait = 1000; ; wait = Math.min(15_000, wait * 2)) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof SchedulerDown) || performance.now() - start + wait > patienceMs) throw error;
      onDown?.(error);
      await sleep(wait, undefined, { signal }).catch(() => undefined);
      if (signal?.aborted) throw new Cancelled();
    }
  }
}
