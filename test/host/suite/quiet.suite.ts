import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { api, runToEnd, studyUri, until } from './support';

/** Each kind of result inside a study's editor: what shows that it is there. */
const kinds: Record<string, (document: vscode.TextDocument) => Promise<boolean>> = {
  codeLens: async ({ uri }) =>
    (await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri)).length > 0,
  endOfLine: async ({ uri }) => {
    const { endOfLine } = await (await api()).editor.get();
    return (endOfLine.shown.get(uri.toString()) ?? []).some((text) => text.includes('samples'));
  },
  hoverPlots: async (document) => {
    const at = document.positionAt(document.getText().indexOf('"data"') + 2);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      at,
    );
    const texts = hovers.flatMap(({ contents }) => contents.map((one) => (typeof one === 'string' ? one : one.value)));
    return texts.some((text) => text.includes('data:image/svg+xml'));
  },
  panels: async ({ uri }) => {
    const { panels } = await (await api()).editor.get();
    // A panel that is open closes; none opens while the kind is off.
    if (panels.contents.data === undefined)
      await vscode.commands.executeCommand('eigenprobe.toggleBlockPanel', uri, 'data');
    return panels.contents.data?.includes('data:image/svg+xml') ?? false;
  },
};

describe('results inside a study', () => {
  let document: vscode.TextDocument;

  before(async () => {
    const { store } = await api();
    await store.ready();
    if (!store.runs.some(({ record }) => record.study.name === 'Shapes')) await runToEnd();
    document = await vscode.workspace.openTextDocument(studyUri());
    await vscode.window.showTextDocument(document);
  });
  after(async () => {
    await vscode.commands.executeCommand('eigenprobe.closeBlockPanels');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  for (const [kind, isThere] of Object.entries(kinds))
    it(`${kind} go and come back by one command, and by one setting`, async () => {
      const becomes = (wanted: boolean, what: string): Promise<boolean> =>
        until(async () => (await isThere(document)) === wanted, `${kind} ${what}`);
      const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('eigenprobe.editor');
      const command = `eigenprobe.toggle${kind[0]!.toUpperCase()}${kind.slice(1)}`;
      await becomes(true, 'are there');
      await vscode.commands.executeCommand(command);
      await becomes(false, 'are gone by the command');
      assert.equal(settings().get(kind), false);
      await vscode.commands.executeCommand(command);
      await becomes(true, 'are back by the command');
      await settings().update(kind, false, vscode.ConfigurationTarget.Workspace);
      await becomes(false, 'are gone by the setting');
      await settings().update(kind, undefined, vscode.ConfigurationTarget.Workspace);
      await becomes(true, 'are back by the setting');
      await settings().update(kind, undefined, vscode.ConfigurationTarget.Global);
    });

  it('hold a block against the pinned baseline', async () => {
    const { store, tree, editor } = await api();
    const shapes = store.runs.filter(({ record, state }) => record.study.name === 'Shapes' && state === 'finished');
    if (shapes.length < 2) shapes.push(await runToEnd());
    const oldest = [...shapes].sort((a, b) => (a.record.startedAt < b.record.startedAt ? -1 : 1))[0]!;
    await vscode.commands.executeCommand('eigenprobe.setBaseline', oldest.key);
    await until(() => tree.baseline?.key === oldest.key, 'the baseline is pinned');
    await vscode.commands.executeCommand('eigenprobe.closeBlockPanels');
    await vscode.commands.executeCommand('eigenprobe.toggleBlockPanel', document.uri, 'data');
    const { panels } = await editor.get();
    await until(() => panels.contents.data?.includes('against baseline'), 'the panel has the difference');
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
      30,
    );
    assert.ok(lenses.some(({ command }) => command?.title.includes('Compare with baseline')));
    await vscode.commands.executeCommand('eigenprobe.clearBaseline');
    await until(() => panels.contents.data?.includes('against baseline') === false, 'no difference without a baseline');
  });
});
