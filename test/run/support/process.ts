import { build } from 'esbuild';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface RunningChild {
  process: ChildProcess;
  /** Everything on stdout and stderr so far. */
  output: () => string;
  /** Resolves when the output matches. */
  until: (pattern: RegExp) => Promise<void>;
  exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** A temporary folder that is removed by `remove`. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'eigenprobe-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Bundles a child's program, since plain Node runs no TypeScript. The stages are the test's, so no engine comes along. */
export async function bundleChild(folder: string, source = 'test/run/support/child.ts'): Promise<string> {
  const outfile = join(folder, 'child.mjs');
  await build({
    entryPoints: [resolve(source)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // The registry and the devices are replaced by the test's own.
    external: ['../stages/index', '../compute/index'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return outfile;
}

export function startChild(
  program: string,
  args: string[],
  options: { uid?: number; env?: NodeJS.ProcessEnv } = {},
): RunningChild {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  const waiting: { pattern: RegExp; done: () => void }[] = [];
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const { pattern, done } of waiting) if (pattern.test(output)) done();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) =>
    child.on('close', (code, signal) => done({ code, signal })),
  );
  const until = (pattern: RegExp): Promise<void> =>
    new Promise((done, reject) => {
      if (pattern.test(output)) return done();
      waiting.push({ pattern, done });
      void exit.then(() =>
        pattern.test(output) ? done() : reject(new Error(`ended without ${String(pattern)}:\n${output}`)),
      );
    });
  return { process: child, output: () => output, until, exit };
}

/** Lines of a trace file, `stage step` each. */
export function readTrace(path: string): string[] {
  return readFileSync(path, 'utf8').trim().split('\n');
}
