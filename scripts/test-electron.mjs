import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, nodeBundle } from './build.mjs';
import { install } from './install.mjs';
import { ScriptError, main, root } from './support/process.mjs';
import { bundleSuite } from './test-host.mjs';

/**
 * `npm run test:electron`: the suite of `test:host` in desktop VS Code, which is downloaded; EIGENPROBE_VSCODE names the
 * program of one that is there already.
 */
await main(import.meta.url, async () => {
  await install();
  await build();
  await bundleSuite();
  const esbuild = await import('esbuild');
  const bundle = nodeBundle('test/host/support/workspace.ts', 'dist/test/host/workspace.mjs');
  await esbuild.build(bundle);
  const { writeWorkspace } = await import(pathToFileURL(bundle.outfile).href);
  const { runTests } = await import('@vscode/test-electron');
  const workspace = await writeWorkspace();
  const results = join(workspace, 'results.json');
  try {
    await runTests({
      version: process.env.EIGENPROBE_VSCODE_VERSION ?? '1.100.3',
      vscodeExecutablePath: process.env.EIGENPROBE_VSCODE,
      extensionDevelopmentPath: root,
      extensionTestsPath: join(root, 'dist/test/host/index.cjs'),
      launchArgs: [workspace, '--disable-workspace-trust', '--disable-extensions'],
      extensionTestsEnv: { EIGENPROBE_HOST_RESULTS: results },
    }).catch((error) => {
      throw new ScriptError(`The tests in desktop VS Code failed: ${error.message}`);
    });
    const { done, tests, failures } = JSON.parse(await readFile(results, 'utf8'));
    if (!done || tests === 0) throw new ScriptError('The extension host ended before the tests did.');
    console.log(`\n${tests - failures} passed, ${failures} failed`);
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
});
