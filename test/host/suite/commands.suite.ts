import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { DeviceReport } from '../../../extension/engine/device-report';
import { acceptAll, api, inFolder, newRun, read, runToEnd, studyUri, tabs, type, until } from './support';

const run = (command: string, ...args: unknown[]): Thenable<unknown> =>
  vscode.commands.executeCommand(`eigenprobe.${command}`, ...args);

describe('commands', () => {
  before(async () => {
    const { store } = await api();
    await store.ready();
    if (!store.runs.some(({ state }) => state === 'finished')) await runToEnd();
  });
  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('lead to a valid study of data that lies in the workspace', async () => {
    const { editor } = await api();
    const uri = (await acceptAll(run('newStudy'))) as vscode.Uri;
    assert.match(uri.path, /photo-to-sketch\.eigenprobe\.json$/);
    const text = await read(uri);
    assert.match(text, /"folder": "images"/);
    assert.match(text, /"source": "photo"/);
    assert.match(text, /"target": "sketch"/);
    assert.equal(vscode.window.activeTextEditor?.document.uri.path, uri.path);
    assert.deepEqual(await editor.check(uri), []);
    await vscode.workspace.fs.delete(uri);
  });

  it('tell which devices are here, how fast they are, and what is missing for the others', async () => {
    const report = (await run('doctor')) as DeviceReport;
    const named = new Map(report.devices.map((one) => [one.device, one]));
    assert.deepEqual([...named.keys()], ['cpu', 'webgpu', 'cuda', 'tensorflow', 'eager']);
    const cpu = named.get('cpu')!;
    assert.ok(cpu.present && cpu.step!.stepMs > 0 && cpu.step!.images > 0, JSON.stringify(cpu));
    for (const { device, present, detail, mend } of report.devices)
      assert.ok(present || (detail !== '' && mend !== undefined), `${device} says what is missing: ${detail}`);
    assert.ok(named.get(report.best)!.present, 'auto takes one that is here');
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
  });

  it('run one stage, from a stage in the tree and by its name', async () => {
    const { tree, store } = await api();
    const last = store.runs.find(({ state, record }) => state === 'finished' && record.study.name === 'Shapes')!;
    const stage = (await tree.getChildren({ kind: 'run', run: last }))[0]!;
    assert.match((await tree.getTreeItem(stage)).contextValue!, /^stage (finished|cached)$/);
    const fromTree = await newRun(() => run('runStage', stage));
    assert.deepEqual(Object.keys(fromTree.record.stages), ['data']);
    assert.equal(fromTree.record.stages.data!.state, 'cached');
    const byName = await newRun(() => run('runStage', studyUri(), 'data'));
    assert.equal(byName.state, 'finished');
  });

  it('compute a run again, without the cache', async () => {
    const { store } = await api();
    const [last] = store.runs.filter(({ state }) => state === 'finished');
    const again = await newRun(() => run('rerunRun', last!.key));
    assert.equal(again.record.study.hash, last!.record.study.hash);
    assert.equal(again.record.stages.data!.state, 'finished');
  });

  it('open the report of a run, and its study', async () => {
    const { store } = await api();
    const last = store.runs.find(({ state, record }) => state === 'finished' && record.study.name === 'Shapes')!;
    await run('openReport', last.key);
    await until(() => tabs().includes('Shapes'), 'the report is open');
    await run('openStudyOfRun', last.key);
    assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), studyUri().toString());
  });

  it('show what has changed in a block since its run', async () => {
    const document = await vscode.workspace.openTextDocument(studyUri());
    await vscode.window.showTextDocument(document);
    const text = document.getText();
    await type(document, text.replace('"seed": 3', '"seed": 77'));
    await run('showChanges', studyUri(), 'data');
    const input = await until(() => {
      const shown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return shown instanceof vscode.TabInputTextDiff && shown;
    }, 'the difference is shown');
    const [original, modified] = await Promise.all(
      [input.original, input.modified].map(async (uri) => (await vscode.workspace.openTextDocument(uri)).getText()),
    );
    assert.match(original!, /"seed": 3\b/);
    assert.match(modified!, /"seed": 77\b/);
    await type(document, text);
    await document.save();
  });

  it('take a waiting run off the queue', async () => {
    const { manager, tree } = await api();
    const first = newRun(() => run('runStudyFresh', studyUri()));
    await run('runStudy', studyUri());
    const waiting = (await tree.getChildren()).find((node) => node.kind === 'queued' && !node.isStarting);
    assert.ok(waiting, 'the second run waits');
    const item = await tree.getTreeItem(waiting);
    assert.equal(item.contextValue, 'queued');
    assert.match(String(item.description), /waiting for the processor/);
    const { statusBar } = await api();
    assert.match(statusBar.text ?? '', /1 waiting/);
    await run('removeQueued', waiting);
    assert.equal(manager.queue.length, 0);
    await first;
    await until(() => statusBar.text === undefined, 'the status bar is quiet again');
  });

  it('are in the menus where they make sense', () => {
    const { contributes } = vscode.extensions.getExtension('eigenprobe.eigenprobe')!.packageJSON as {
      contributes: { menus: Record<string, { command: string; when?: string }[]> };
    };
    const inMenu = (menu: string, when: RegExp): string[] =>
      contributes.menus[menu]!.filter((entry) => when.test(entry.when ?? '')).map(({ command }) => command.slice(11));
    const has = (found: string[], ...wanted: string[]): void => {
      for (const name of wanted) assert.ok(found.includes(name), `${name} is missing among ${found.join()}`);
    };
    has(inMenu('editor/title', /eigenprobe/), 'runStudy', 'checkStudy', 'runStage');
    has(
      inMenu('view/item/context', /\^run /),
      ...['openResults', 'openReport', 'revealRun', 'compareRuns', 'rerunRun', 'deleteRun', 'resumeRun', 'cancelRun'],
    );
    has(inMenu('view/item/context', /\^stage /), 'runStage');
    has(inMenu('view/item/context', /== study/), 'runStudy', 'checkStudy', 'compareRuns');
    has(inMenu('view/title', /runs/), 'newStudy', 'generateExample', 'doctor', 'compareRuns');
    const hidden = contributes.menus.commandPalette!.filter(({ when }) => when === 'false');
    assert.deepEqual(
      hidden.map(({ command }) => command.slice(11)).sort(),
      ['openSamples', 'openStudyOfRun', 'removeQueued', 'showChanges', 'toggleBlockPanel'],
      'only what needs a place of its own is not in the palette',
    );
  });

  it('write the example into the workspace', async function () {
    // Thousands of images are drawn.
    this.timeout(240_000);
    const uri = (await acceptAll(run('generateExample'))) as vscode.Uri;
    assert.match(uri.path, /eigenprobe-example\/sketch-photo\.eigenprobe\.json$/);
    const { editor } = await api();
    assert.deepEqual(await editor.check(uri), []);
    await vscode.workspace.fs.delete(inFolder('eigenprobe-example'), { recursive: true });
  });
});
