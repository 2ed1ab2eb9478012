import { spawn } from 'node:child_process';

/**
 * Runs a script with the system's Python (or $PYTHON), which reads JSON from stdin and prints JSON: the peers that are
 * written in Python are Debian packages (python3-numpy, python3-scipy, python3-sklearn). With a limit of `seconds` a
 * script that takes longer is ended and undefined returned.
 */
export async function runPython(
  script: string,
  input: unknown,
  seconds?: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const python = process.env['PYTHON'] ?? '/usr/bin/python3';
  const child = spawn(python, ['-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  let late = false;
  const limit =
    seconds === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          child.kill('SIGKILL');
        }, 1000 * seconds);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stdin.end(JSON.stringify(input));
  const code = await new Promise<number | null>((done, fail) => child.on('error', fail).on('close', done));
  clearTimeout(limit);
  if (late) return undefined;
  if (code !== 0)
    throw new Error(
      `${python} ended with code ${code}; apt-get install python3-sklearn brings what the benchmark needs.`,
    );
  return JSON.parse(output) as unknown;
}
