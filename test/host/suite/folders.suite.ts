import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { api, newRun, runToEnd, until } from './support';

describe('a workspace of several folders', () => {
  before(async function () {
    if ((vscode.workspace.workspaceFolders?.length ?? 0) < 2) this.skip();
    const { store } = await api();
    await store.ready();
    if (store.runs.length === 0) await runToEnd();
  });

  it('keeps the runs of each folder in that folder', async () => {
    const { store, tree } = await api();
    const second = vscode.workspace.workspaceFolders![1]!;
    const study = vscode.Uri.joinPath(second.uri, 'shapes.eigenprobe.json');
    const run = await newRun(() => vscode.commands.executeCommand('eigenprobe.runStudy', study));
    assert.equal(run.state, 'finished');
    assert.equal(run.folder.name, second.name);
    assert.ok(run.uri.path.startsWith(second.uri.path));
    const folders = new Set(store.runs.map(({ folder }) => folder.name));
    assert.equal(folders.size, 2);
    const [results] = [await store.resultsOf(run)];
    assert.ok(results!.figures.length > 0);
    // The two studies have the same path in their folders and stay apart all the same.
    const groups = (await tree.getChildren()).filter((node) => node.kind === 'group');
    const descriptions = await Promise.all(
      groups.map(async (node) => String((await tree.getTreeItem(node)).description)),
    );
    for (const folder of vscode.workspace.workspaceFolders!)
      assert.ok(
        descriptions.some((text) => text.includes(folder.name)),
        `${folder.name} in ${descriptions.join(' | ')}`,
      );
  });

  it('sees the studies of every folder', async () => {
    const { datasets } = await api();
    const found = (await datasets.getChildren()).flatMap((node) => (node.kind === 'study' ? [node.study.path] : []));
    for (const { uri } of vscode.workspace.workspaceFolders!)
      assert.ok(
        found.some((path) => path.startsWith(uri.path)),
        uri.path,
      );
  });

  it('lets go of a folder that is removed, and takes up one that is added', async () => {
    const { store } = await api();
    const second = vscode.workspace.workspaceFolders![1]!;
    vscode.workspace.updateWorkspaceFolders(1, 1);
    await until(() => store.runs.every(({ folder }) => folder.name !== second.name), 'its runs are gone');
    vscode.workspace.updateWorkspaceFolders(1, 0, { uri: second.uri, name: second.name });
    await until(() => store.runs.some(({ folder }) => folder.name === second.name), 'its runs are back');
  });
});
