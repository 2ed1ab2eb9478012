import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { installCodeHost, installVsix, startServer, workbenchUrl } from '../../scripts/support/code-host.mjs';
import { Person, until, writtenRuns } from './support/person';
import { openBrowser, runSuite } from './support/workbench';
import { writeWorkspace } from './support/workspace';

// The package as users get it, in a VS Code that has nothing else, with no node_modules beside it.
const root = process.cwd();
const target = `${process.platform}-${process.arch}`;
const packed = spawnSync(process.execPath, ['scripts/package.mjs', '--target', target], {
  cwd: root,
  encoding: 'utf8',
});
const file = /Wrote (\S+\.vsix)/.exec(packed.stdout)?.[1];
// Two folders here, one in suite.host.ts: both kinds of workspace are gone through.
const folders = [await writeWorkspace(), await writeWorkspace(4)];
const workspace = `${folders[0]!}.code-workspace`;
await writeFile(workspace, JSON.stringify({ folders: folders.map((path) => ({ path })), settings: {} }));
const extensions = await mkdtemp(join(tmpdir(), 'eigenprobe-extensions-'));
const newcomer = await mkdtemp(join(tmpdir(), 'eigenprobe-newcomer-'));

const host = await installCodeHost(process.env.EIGENPROBE_HOST_VERSION);
const run = async () => {
  if (file === undefined) throw new Error(`The package was not written:\n${packed.stdout}${packed.stderr}`);
  await installVsix(host, join(root, file), extensions);
  return runSuite({
    ...{ host, workspace, extensions, timeoutMs: 400_000 },
    development: `${root}/test/host/harness`,
    suite: `${root}/dist/test/host/index.cjs`,
  });
};
const remove = async (paths: readonly string[]): Promise<void> => {
  for (const path of paths) await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
};
const results = await run().finally(() => remove([...folders, workspace]));
afterAll(() => remove([extensions, newcomer]));

test('the suite went through on the installed package', () => {
  expect(results).toMatchObject({ done: true });
  expect(results.tests).toBeGreaterThan(0);
});

for (const { title, error } of results.outcomes)
  test(`installed: ${title}`, () => {
    if (error !== undefined) throw new Error(error);
  });

// With EIGENPROBE_HOST_FULL the example runs as it is, which takes minutes.
const isFull = process.env.EIGENPROBE_HOST_FULL !== undefined;

test(
  'a newcomer generates the example, runs it and reads the results',
  async () => {
    const server = await startServer(host, { extensions });
    const browser = await openBrowser();
    try {
      const page = browser.context.pages()[0] ?? (await browser.context.newPage());
      const person = new Person(page, workbenchUrl(server, newcomer));
      await person.open();
      await person.openViews();
      await page.locator('.welcome-view .monaco-button', { hasText: 'Generate the Example' }).click();
      await page.locator('.tab.active', { hasText: 'sketch-photo.eigenprobe.json' }).waitFor({ timeout: 180_000 });
      await person.screenshot('30-example');
      const study = join(newcomer, 'eigenprobe-example', 'sketch-photo.eigenprobe.json');
      if (!isFull) {
        const text = await readFile(study, 'utf8');
        const short = text.replaceAll(/"epochs": \d+/g, '"epochs": 1').replace(/\[0.001.*?\]/, '[0.01]');
        await writeFile(study, short);
        await page.locator('.view-line', { hasText: '"epochs": 1,' }).first().waitFor();
      }
      await page.locator('.codelens-decoration a', { hasText: 'Run study' }).first().click();
      const finished = await until(
        () => writtenRuns(newcomer).find(({ state }) => state !== 'running'),
        'the example has run',
        isFull ? 900_000 : 180_000,
      );
      expect(finished.state).toBe('finished');
      // The editor draws what is in sight of it: the beginning of the study.
      await until(async () => (await person.endOfLines()).length > 0, 'results stand beside the lines');
      await person.screenshot('31-example-inline');
      await (await person.notification(/Open Results/)).getByRole('button', { name: 'Open Results' }).click();
      await person.panel().locator('canvas').first().waitFor();
      const stages = await person.panel().locator('th.stage').allTextContents();
      expect(stages).toEqual(expect.arrayContaining(['pretrain', 'spectrum', 'probe', 'transfer', 'finetune']));
      await person.screenshot('32-example-results');
    } finally {
      await browser.close();
      await server.stop();
    }
  },
  isFull ? 1_500_000 : 400_000,
);
