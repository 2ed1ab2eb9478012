import { spawn } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** A script's failure in one sentence, printed without a stack. */
export class ScriptError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Runs a command in the project's root with the terminal's own streams and resolves to its exit code.
 * A command that a signal ended counts as 128 + the signal's number.
 */
export function run(command, args, options = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    child.on('error', (error) => fail(new ScriptError(`"${command}" could not be started: ${error.message}`)));
    child.on('close', (code, signal) => done(code ?? 128 + (signal === 'SIGINT' ? 2 : signal === 'SIGKILL' ? 9 : 15)));
  });
}

/** Like `run`, but a non-zero exit code is an error. */
export async function runOrFail(command, args, options = {}) {
  const code = await run(command, args, options);
  if (code !== 0) throw new ScriptError(`"${[command, ...args].join(' ')}" failed with exit code ${code}.`, code);
}

/** npm and npx as this Node's own npm where the script runs under npm, so that versions do not mix. */
export function npm(args, options = {}) {
  const cli = process.env.npm_execpath;
  if (cli && /npm-cli\.[cm]?js$/.test(cli)) return runOrFail(process.execPath, [cli, ...args], options);
  return runOrFail(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {
    shell: process.platform === 'win32',
    ...options,
  });
}

/** Runs a package's own program from node_modules with this Node and resolves to its exit code. */
export function tool(path, args, options = {}) {
  return run(process.execPath, [resolve(root, 'node_modules', path), ...args], options);
}

/** Runs a script's main function: a ScriptError is printed as its sentence, anything else with its stack. */
export async function main(url, action) {
  if (process.argv[1] === undefined || resolve(process.argv[1]) !== fileURLToPath(url)) return;
  try {
    await action(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof ScriptError ? `eigenprobe: ${error.message}` : error);
    process.exitCode = error instanceof ScriptError ? error.exitCode : 1;
  }
}
