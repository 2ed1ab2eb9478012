import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { DatasetNode } from '../../../extension/datasets/dataset-tree';
import { api, inFolder, newRun, tabs, until, write } from './support';

const study = (): vscode.Uri => inFolder('uneven.eigenprobe.json');

async function nodes(): Promise<DatasetNode[]> {
  const { datasets } = await api();
  const own = (await datasets.getChildren()).find(
    (node) => node.kind === 'study' && node.study.toString() === study().toString(),
  );
  assert.ok(own, 'the study is in the view');
  return datasets.getChildren(own);
}

describe('the datasets view', () => {
  before(async () => {
    // One class has twelve samples, the other three.
    const names = (await vscode.workspace.fs.readDirectory(inFolder('images', 'sketch', 'disc'))).map(([name]) => name);
    for (const [name, count] of [
      ['disc', 12],
      ['square', 3],
    ] as const)
      for (const file of names.slice(0, count))
        await vscode.workspace.fs.copy(inFolder('images', 'sketch', name, file), inFolder('uneven', name, file));
    await write(study(), '{ "name": "Uneven", "data": { "folder": "uneven" } }\n');
  });
  after(async () => {
    await vscode.workspace.fs.delete(inFolder('uneven'), { recursive: true });
    await vscode.workspace.fs.delete(study());
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('offers to read data that has not been read yet', async () => {
    const [only] = await until(async () => {
      const found = await nodes();
      return found.length === 1 && found;
    }, 'the study is seen');
    assert.equal(only!.kind, 'unread');
    const { datasets } = await api();
    assert.equal(datasets.getTreeItem(only!).command!.command, 'eigenprobe.runStage');
  });

  it('counts, warns of uneven classes, and shows samples on a click', async () => {
    const { datasets } = await api();
    const run = await newRun(() => vscode.commands.executeCommand('eigenprobe.runStage', study(), 'data'));
    assert.equal(run.state, 'finished');
    const domain = (await nodes()).find((node) => node.kind === 'domain')!;
    const item = datasets.getTreeItem(domain);
    assert.match(String(item.description), /15 samples, 2 classes · uneven: 4\.0 to 1/);
    assert.equal((item.iconPath as vscode.ThemeIcon).id, 'warning');
    const [disc] = await datasets.getChildren(domain);
    const { command, description } = datasets.getTreeItem(disc!);
    assert.equal(description, '12');
    await vscode.commands.executeCommand(command!.command, ...(command!.arguments as unknown[]));
    await until(() => tabs().some((label) => label.includes('disc')), 'samples are shown');
  });

  it('names the files that cannot be read', async () => {
    const { datasets } = await api();
    const broken = inFolder('uneven', 'square', 'broken.png');
    await write(broken, 'not an image');
    const run = await newRun(() => vscode.commands.executeCommand('eigenprobe.runStage', study(), 'data'));
    assert.equal(run.state, 'failed');
    const found = await nodes();
    const failure = found.find((node) => node.kind === 'failure');
    assert.ok(failure, 'the failure is shown');
    assert.match(failure.message, /broken\.png/);
    const item = datasets.getTreeItem(failure);
    assert.match(String(item.tooltip), /broken\.png/);
    assert.ok(
      found.some((node) => node.kind === 'domain'),
      'what was read before is still there',
    );
    await vscode.workspace.fs.delete(broken);
    // The engine goes on with the run that has failed.
    await vscode.commands.executeCommand(item.command!.command, ...(item.command!.arguments as unknown[]));
    await until(async () => !(await nodes()).some((node) => node.kind === 'failure'), 'it is mended');
  });
});
