import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { NodeProgram } from './node';

/** A process that was started and does not depend on us. */
export interface Launched {
  readonly pid: number;
  /** Where its output goes. */
  readonly logFile: string;
  /** Its exit code, or null where a signal ended it. Settles only while this window lives. */
  readonly ended: Promise<number | null>;
  kill(): void;
}

/**
 * Starts the engine in a session of its own, its output in a file: neither the end of the window nor that of the
 * extension host reaches it.
 */
export async function launch(
  node: NodeProgram,
  program: string,
  args: readonly string[],
  options: { cwd: string; logFile: string },
): Promise<Launched> {
  await mkdir(dirname(options.logFile), { recursive: true });
  const output = openSync(options.logFile, 'a');
  try {
    const child = spawn(node.path, [program, ...args], {
      cwd: options.cwd,
      env: { ...process.env, ...node.env },
      detached: true,
      windowsHide: true,
      stdio: ['ignore', output, output],
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    return { pid: child.pid!, logFile: options.logFile, ended, kill: () => void child.kill('SIGTERM') };
  } finally {
    closeSync(output);
  }
}

/** What a process that failed said last: the engine's own sentence where it gave one. */
export async function lastWords(logFile: string): Promise<string | undefined> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  for (const line of [...lines].reverse()) {
    const message = messageIn(line);
    if (message !== undefined) return message;
  }
  return lines.at(-1);
}

function messageIn(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line) as unknown;
    const isError = typeof value === 'object' && value !== null && 'type' in value && value.type === 'error';
    return isError && 'message' in value ? String(value.message) : undefined;
  } catch {
    return undefined;
  }
}
