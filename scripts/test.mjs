import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { countTests } from './support/count.mjs';
import { ensureDebianPackages } from './support/debian.mjs';
import { ScriptError, main, root, tool } from './support/process.mjs';
import { runHostTests } from './test-host.mjs';

async function runTool(path, args) {
  const code = await tool(path, args);
  if (code !== 0) throw new ScriptError(`exit code ${code}`);
}

/** Checks in order: each counts as one passed or one failed. */
const checks = [
  ['install', install],
  ['build', () => build()],
  ['typecheck', () => runTool('typescript/bin/tsc', ['--noEmit'])],
  ['eslint', () => runTool('eslint/bin/eslint.js', ['.'])],
  [
    'dependency rules',
    () =>
      runTool('dependency-cruiser/bin/dependency-cruise.mjs', [
        ...['engine', 'extension', 'webview', 'bench'].filter((folder) => existsSync(join(root, folder))),
        '--config',
        '.dependency-cruiser.cjs',
      ]),
  ],
  ['prettier', () => runTool('prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.'])],
  // Chromium also brings the software GPU that the WebGPU tests compute on, through libvulkan1.
  [
    'browser',
    () =>
      ensureDebianPackages(process.env.CHROMIUM ? [] : ['chromium', 'fonts-dejavu-core', 'libvulkan1'], 'the tests'),
  ],
  [
    'slurm',
    () =>
      ensureDebianPackages(
        ['munge', 'slurmctld', 'slurmd', 'slurm-client', 'openssh-server', 'openssh-client'],
        'the tests of sweeps on a cluster',
      ),
  ],
];

async function runVitest(args) {
  const report = join(root, 'dist/test/vitest.json');
  await mkdir(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const code = await tool('vitest/vitest.mjs', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ]);
  return countTests(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined, code);
}

/** `npm test`: the last line is always `N passed, N failed`. */
await main(import.meta.url, async (args) => {
  let passed = 0;
  const failures = [];
  for (const [name, check] of checks) {
    console.log(`\n── ${name}`);
    try {
      await check();
      passed++;
    } catch (error) {
      console.error(`FAILED ${name}: ${error instanceof ScriptError ? error.message : (error.stack ?? error)}`);
      failures.push(name);
      // Nothing can be said about code whose tools are not there.
      if (name === 'install') break;
    }
  }
  if (!failures.includes('install')) {
    console.log('\n── tests');
    const tests = await runVitest(args);
    passed += tests.passed;
    failures.push(...tests.failures);
    if (args.length === 0) {
      console.log('\n── tests in VS Code');
      const inHost = await runHostTests().catch((error) => ({ passed: 0, failures: [`VS Code: ${error.message}`] }));
      passed += inHost.passed;
      failures.push(...inHost.failures);
    }
    if (tests.skipped > 0) console.log(`${tests.skipped} tests were skipped and count as neither.`);
  }
  if (failures.length > 0) console.log(`\nFailed:\n${failures.map((name) => `  ${name}`).join('\n')}`);
  process.exitCode = failures.length > 0 ? 1 : 0;
  console.log(`\n${passed} passed, ${failures.length} failed`);
});
