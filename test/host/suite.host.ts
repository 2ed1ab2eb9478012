import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { installCodeHost } from '../../scripts/support/code-host.mjs';
import { runSuite } from './support/workbench';
import { writeWorkspace } from './support/workspace';

// The window's tests become tests of this file, so that each is counted and named.
const workspace = await writeWorkspace();
const host = await installCodeHost(process.env.EIGENPROBE_HOST_VERSION);
const root = process.cwd();
const results = await runSuite({
  host,
  workspace,
  development: root,
  suite: `${root}/dist/test/host/index.cjs`,
  timeoutMs: 400_000,
}).finally(() => rm(workspace, { recursive: true, force: true }));

test('the suite went through', () => {
  expect(results).toMatchObject({ done: true });
  expect(results.tests).toBeGreaterThan(0);
});

for (const { title, error } of results.outcomes)
  test(`in the window: ${title}`, () => {
    if (error !== undefined) throw new Error(error);
  });
