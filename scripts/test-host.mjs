import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { defaultVersion, installCodeHost } from './support/code-host.mjs';
import { countTests } from './support/count.mjs';
import { main, root, tool } from './support/process.mjs';

/** The suite that runs inside VS Code, as one file. Mocha stays in node_modules. */
export async function bundleSuite() {
  const esbuild = await import('esbuild');
  await esbuild.build({
    entryPoints: [join(root, 'test/host/suite/index.ts')],
    outfile: join(root, 'dist/test/host/index.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode', 'mocha', 'sharp'],
    mainFields: ['module', 'main'],
    absWorkingDir: root,
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}

/** Runs the tests in a real VS Code, which has been built before, and counts them. */
export async function runHostTests(args = [], version = defaultVersion) {
  await installCodeHost(version);
  await bundleSuite();
  const report = join(root, 'dist/test/host.json');
  await mkdir(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const code = await tool(
    'vitest/vitest.mjs',
    [
      ...['run', '--config', 'vitest.host.config.ts'],
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
      ...args,
    ],
    { env: { ...process.env, EIGENPROBE_HOST_VERSION: version } },
  );
  return countTests(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined, code);
}

/** `npm run test:host [-- --vscode 1.139] [files]`. */
await main(import.meta.url, async (args) => {
  const at = args.indexOf('--vscode');
  const version = at >= 0 ? args.splice(at, 2)[1] : undefined;
  await install();
  await build();
  const { passed, failures } = await runHostTests(args, version);
  if (failures.length > 0) console.log(`\nFailed:\n${failures.map((name) => `  ${name}`).join('\n')}`);
  process.exitCode = failures.length > 0 ? 1 : 0;
  console.log(`\n${passed} passed, ${failures.length} failed`);
});
