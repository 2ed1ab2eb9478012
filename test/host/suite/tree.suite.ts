import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { api, runToEnd, studyUri, until } from './support';

describe('the run explorer', () => {
  it('shows studies, their runs and the runs’ stages', async () => {
    const { tree, store } = await api();
    if (store.runs.length === 0) await runToEnd();
    const groups = await tree.getChildren();
    const group = groups.find((node) => node.kind === 'group')!;
    const runs = await tree.getChildren(group);
    const [first] = runs;
    const item = await tree.getTreeItem(first!);
    assert.match(item.contextValue!, /^run \w+/);
    const stages = await tree.getChildren(first);
    assert.deepEqual(
      stages.map((node) => node.kind === 'stage' && node.stage),
      ['data'],
    );
    const stage = await tree.getTreeItem(stages[0]!);
    assert.match(String(stage.description), /samples/);
    const { tooltip } = await tree.resolveTreeItem(item, first!);
    assert.match((tooltip as vscode.MarkdownString).value, /data: samples/);
    assert.ok(tree.getParent(stages[0]!), 'a stage knows its run');
  });

  it('sorts, groups and filters, and remembers it', async () => {
    const { tree } = await api();
    await vscode.commands.executeCommand('eigenprobe.groupRuns', 'state');
    const byState = await tree.getChildren();
    assert.ok(byState.some((node) => node.kind === 'group' && node.group.label === 'finished'));
    await vscode.commands.executeCommand('eigenprobe.groupRuns', 'none');
    await vscode.commands.executeCommand('eigenprobe.sortRuns', 'oldest');
    const flat = (await tree.getChildren()).flatMap((node) => (node.kind === 'run' ? [node.run.record.startedAt] : []));
    assert.deepEqual(flat, [...flat].sort());
    await vscode.commands.executeCommand('eigenprobe.filterRuns', 'no such run');
    assert.deepEqual(await tree.getChildren(), []);
    await vscode.commands.executeCommand('eigenprobe.clearFilter');
    await vscode.commands.executeCommand('eigenprobe.groupRuns', 'study');
    await vscode.commands.executeCommand('eigenprobe.sortRuns', 'newest');
    assert.ok((await tree.getChildren()).length > 0);
  });

  it('pins a baseline and opens comparisons with it', async () => {
    const { tree, store, panels } = await api();
    while (store.runs.length < 2) await runToEnd();
    const [late, early] = store.runs;
    await vscode.commands.executeCommand('eigenprobe.setBaseline', early!.key);
    assert.equal(tree.baseline!.key, early!.key);
    await vscode.commands.executeCommand('eigenprobe.compareRuns', late!.key);
    await until(() => panels.shown.some((keys) => keys.length === 2), 'a panel with both runs');
    await vscode.commands.executeCommand('eigenprobe.clearBaseline');
    await until(() => tree.baseline === undefined, 'no baseline');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('gives a run that is dragged a citation to leave', async () => {
    const { tree, store } = await api();
    const run = store.runs.find(({ state }) => state === 'finished')!;
    const data = new vscode.DataTransfer();
    await tree.handleDrag([{ kind: 'run', run }], data);
    const text = await data.get('text/plain')!.asString();
    assert.ok(text.includes(run.record.id) && text.includes(run.record.study.name), text);
    assert.match(text, /data\.samples \((photo|sketch)\) = \d+/);
    assert.ok(text.includes(`.eigenprobe/runs/${run.name}`));
  });

  it('shows what the studies look at', async () => {
    const { datasets } = await api();
    const studies = await datasets.getChildren();
    const study = studies.find((node) => node.kind === 'study' && node.study.toString() === studyUri().toString());
    const domains = (await datasets.getChildren(study)).filter((node) => node.kind === 'domain');
    assert.deepEqual(domains.map(({ domain }) => domain).sort(), ['photo', 'sketch']);
    const classes = await datasets.getChildren(domains[0]);
    assert.deepEqual(
      classes.map((node) => node.kind === 'class' && [node.className, node.count]),
      [
        ['bars', 12],
        ['disc', 12],
        ['square', 12],
      ],
    );
    await vscode.commands.executeCommand('eigenprobe.openSamples', classes[0]);
    await until(
      () => vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(({ label }) => label.includes('bars'))),
      'samples are shown',
    );
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});
