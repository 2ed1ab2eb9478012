import { writeFile } from 'node:fs/promises';
import Mocha from 'mocha';

interface Outcome {
  title: string;
  seconds: number;
  error?: string;
}

/**
 * Runs inside the extension host, under @vscode/test-electron and in the browser's VS Code alike. The results file
 * tells a suite that went through from a host that died on the way, which looks like success from outside.
 */
export async function run(): Promise<void> {
  const file = process.env.EIGENPROBE_HOST_RESULTS;
  const outcomes: Outcome[] = [];
  const write = async (done: boolean): Promise<void> => {
    const failures = outcomes.filter(({ error }) => error !== undefined).length;
    if (file) await writeFile(file, JSON.stringify({ done, tests: outcomes.length, failures, outcomes }));
  };
  await write(false);
  const only = process.env.EIGENPROBE_HOST_GREP;
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, slow: 5_000, ...(only ? { grep: only } : {}) });
  mocha.suite.emit('pre-require', globalThis as unknown as Mocha.MochaGlobals, '', mocha);
  await import('./suites');
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    const record = (test: Mocha.Test | Mocha.Hook, error?: Error): void => {
      const seconds = (test.duration ?? 0) / 1000;
      outcomes.push({ title: test.fullTitle(), seconds, ...(error && { error: error.stack ?? error.message }) });
    };
    runner.on('pass', (test) => record(test));
    runner.on('fail', (test, error: Error) => record(test, error));
  });
  await write(true);
  if (failures > 0) throw new Error(`${failures} tests failed.`);
}
