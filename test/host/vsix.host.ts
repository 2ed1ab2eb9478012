import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installCodeHost, installVsix } from '../../scripts/support/code-host.mjs';
import { runSuite } from './support/workbench';
import { writeWorkspace } from './support/workspace';

// The package as users get it, in a VS Code that has nothing else, with no node_modules beside it.
const root = process.cwd();
const target = `${process.platform}-${process.arch}`;
const packed = spawnSync(process.execPath, ['scripts/package.mjs', '--target', target], {
  cwd: root,
  encoding: 'utf8',
});
const file = /Wrote (\S+\.vsix)/.exec(packed.stdout)?.[1];
const workspace = await writeWorkspace();
const extensions = await mkdtemp(join(tmpdir(), 'eigenprobe-extensions-'));
const run = async () => {
  if (file === undefined) throw new Error(`The package was not written:\n${packed.stdout}${packed.stderr}`);
  const host = await installCodeHost(process.env.EIGENPROBE_HOST_VERSION);
  await installVsix(host, join(root, file), extensions);
  return runSuite({
    ...{ host, workspace, extensions, timeoutMs: 200_000 },
    development: `${root}/test/host/harness`,
    suite: `${root}/dist/test/host/index.cjs`,
  });
};
const results = await run().finally(async () => {
  await rm(workspace, { recursive: true, force: true });
  await rm(extensions, { recursive: true, force: true });
});

test('the suite went through on the installed package', () => {
  expect(results).toMatchObject({ done: true });
  expect(results.tests).toBeGreaterThan(0);
});

for (const { title, error } of results.outcomes)
  test(`installed: ${title}`, () => {
    if (error !== undefined) throw new Error(error);
  });
