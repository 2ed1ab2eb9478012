import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { api, inFolder, newRun, read, runToEnd, studyUri, type, until, write } from './support';

const draft = (): vscode.Uri => inFolder('draft.eigenprobe.json');

async function completions(document: vscode.TextDocument, at: vscode.Position): Promise<string[]> {
  const list = await vscode.commands.executeCommand<vscode.CompletionList>(
    'vscode.executeCompletionItemProvider',
    document.uri,
    at,
  );
  return list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
}

/** Opens a draft whose text has a bar where the cursor is. */
async function openDraft(
  text: string,
  name = 'draft.eigenprobe.json',
): Promise<[vscode.TextDocument, vscode.Position]> {
  const uri = inFolder(name);
  const offset = text.indexOf('|');
  await write(uri, text.replace('|', ''));
  const document = await vscode.workspace.openTextDocument(uri);
  if (document.getText() !== text.replace('|', '')) await type(document, text.replace('|', ''));
  await vscode.window.showTextDocument(document);
  return [document, document.positionAt(Math.max(0, offset))];
}

async function problems(
  uri: vscode.Uri,
  wanted: (found: vscode.Diagnostic[]) => boolean,
): Promise<vscode.Diagnostic[]> {
  return until(() => {
    const found = vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'eigenprobe');
    return wanted(found) && found;
  }, 'the problems are said');
}

describe('editing a study', () => {
  before(async () => {
    const { store } = await api();
    await store.ready();
    if (!store.runs.some(({ record }) => record.study.path === 'shapes.eigenprobe.json')) await runToEnd();
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    for (const name of ['draft.eigenprobe.json', 'draft.eigenprobe.yaml']) {
      await vscode.workspace.fs.delete(inFolder(name)).then(undefined, () => undefined);
    }
  });

  it('completes keys and choices by the schema', async () => {
    const [document, at] = await openDraft('{\n  "name": "D",\n  "data": { "folder": "images" },\n  |\n}\n');
    const keys = await completions(document, at);
    assert.ok(keys.includes('pretrain') && keys.includes('spectrum'), keys.join());
    assert.ok(!keys.includes('name'), 'a key that is there is not offered again');
    const [again, place] = await openDraft('{\n  "encoder": { "architecture": "|" }\n}\n');
    assert.ok((await completions(again, place)).includes('resnet18'));
  });

  it('completes domains, files and classes that really exist here', async () => {
    const [document, at] = await openDraft('{\n  "data": { "folder": "images", "source": "|" }\n}\n');
    const domains = await completions(document, at);
    assert.ok(domains.includes('sketch') && domains.includes('photo'), domains.join());
    const [again, place] = await openDraft('{\n  "data": { "folder": "|" }\n}\n');
    assert.ok((await completions(again, place)).includes('images'));
    const [classes, third] = await openDraft('{\n  "data": { "folder": "images", "classNames": ["|"] }\n}\n');
    assert.ok((await completions(classes, third)).includes('disc'));
  });

  it('completes devices with what they are on this machine', async () => {
    const { devices } = await api();
    await devices.look();
    const [document, at] = await openDraft('{\n  "device": "|"\n}\n');
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      at,
    );
    const told = new Map(
      list.items.map(({ label, detail }) => [typeof label === 'string' ? label : label.label, detail]),
    );
    for (const { device, present, detail } of devices.known!.devices)
      assert.equal(told.get(device), present ? detail : `not here: ${detail}`);
    assert.equal(told.get('auto'), `here: ${devices.known!.best}`);
  });

  it('completes YAML too', async () => {
    const [document, at] = await openDraft('name: D\ndata:\n  folder: images\n  source: |\n', 'draft.eigenprobe.yaml');
    assert.ok((await completions(document, at)).includes('sketch'));
    const [again, place] = await openDraft('name: D\npretrain:\n  |\n', 'draft.eigenprobe.yaml');
    assert.ok((await completions(again, place)).includes('objective'));
  });

  it('tells on hover what a member means, with its formula', async () => {
    const [document, at] = await openDraft('{\n  "data": { "folder": "images" },\n  "pre|train": {}\n}\n');
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      at,
    );
    const text = hovers
      .flatMap(({ contents }) => contents.map((one) => (typeof one === 'string' ? one : one.value)))
      .join();
    assert.match(text, /Pretraining, without labels/);
    assert.match(text, /L\(f\) = −2 E/);
  });

  it('says what is wrong and mends it, leaving the rest as it is written', async () => {
    const text =
      '{\n  // mine\n  "name": "D",\n  "data": { "folder": "images", "source": "skech" },\n  "probe": {},\n}\n';
    const [document] = await openDraft(text);
    const [unknown] = await problems(draft(), (found) => found.some(({ message }) => message.includes('skech')));
    assert.match(unknown!.message, /did you mean "sketch"/);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      draft(),
      unknown!.range,
    );
    const fix = actions.find(({ title }) => title === 'Change to "sketch"')!;
    await vscode.workspace.applyEdit(fix.edit!);
    assert.equal(document.getText(), text.replace('skech', 'sketch'));
    await problems(draft(), (found) => found.length === 0);
  });

  it('removes what is unknown and adds what is missing', async () => {
    const [document] = await openDraft(
      '{\n  "name": "D",\n  "data": { "folder": "images" },\n  "zzz": { "a": [1, 2] },\n  "finetune": {}\n}\n',
    );
    const first = (await problems(draft(), (found) => found.some(({ message }) => message.includes('zzz')))).find(
      ({ message }) => message.includes('zzz'),
    );
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      draft(),
      first!.range,
    );
    await vscode.workspace.applyEdit(actions.find(({ title }) => title === 'Remove "zzz"')!.edit!);
    assert.ok(!document.getText().includes('zzz'));
    const [second] = await problems(draft(), (found) => found.some(({ message }) => message.startsWith('finetune')));
    const more = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      draft(),
      second!.range,
    );
    await vscode.workspace.applyEdit(more.find(({ title }) => title === 'Add "pretrain"')!.edit!);
    assert.match(document.getText(), /"pretrain": \{\}/);
    await problems(draft(), (found) => found.length === 0);
  });

  it('survives text that is broken while it is typed', async () => {
    const [document] = await openDraft('{\n  "name": "D",\n  "data": {');
    for (const text of [
      '',
      '{',
      '{"data": {"folder": }',
      '[1,',
      '{"name": "\n',
      'null',
      '{"data": {"domains": {"a": {"format": 7}}}}',
    ]) {
      await type(document, text);
      await completions(document, document.positionAt(text.length));
      await vscode.commands.executeCommand('vscode.executeHoverProvider', document.uri, new vscode.Position(0, 1));
      await vscode.commands.executeCommand('vscode.executeCodeLensProvider', document.uri, 20);
    }
    assert.ok(vscode.extensions.getExtension('eigenprobe.eigenprobe')!.isActive);
  });

  it('shows results above and under their block, and marks them stale as soon as it differs', async () => {
    const { editor } = await api();
    const document = await vscode.workspace.openTextDocument(studyUri());
    await vscode.window.showTextDocument(document);
    const titles = async (): Promise<string[]> => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        document.uri,
        30,
      );
      return lenses.map(({ command }) => command?.title ?? '');
    };
    const fresh = await until(async () => {
      const all = await titles();
      return all.some((title) => title.includes('Result')) && all;
    }, 'the result is above its block');
    assert.ok(!fresh.some((title) => title.includes('stale')), fresh.join('\n'));
    await vscode.commands.executeCommand('eigenprobe.toggleBlockPanel', document.uri, 'data');
    const { panels } = await editor.get();
    await until(() => panels.contents.data?.includes('data:image/svg+xml'), 'the panel has a plot');
    assert.ok(!panels.contents.data!.includes('Stale'));
    const text = document.getText();
    await type(document, text.replace('"seed": 3', '"seed": 9'));
    await until(async () => (await titles()).some((title) => title.includes('stale')), 'the lens says stale');
    await until(() => panels.contents.data?.includes('seed 3 → 9'), 'the panel says what has changed');
    await type(document, text);
    await until(async () => !(await titles()).some((title) => title.includes('stale')), 'fresh again');
    await vscode.commands.executeCommand('eigenprobe.closeBlockPanels');
    assert.deepEqual(panels.contents, {});
    // The browser's VS Code saves by itself; either way the file ends as it was.
    await document.save();
    assert.equal(await read(studyUri()), text);
  });

  it('lets a language model read, and start a run only by its tool', async () => {
    const names = vscode.lm.tools.map(({ name }) => name).filter((name) => name.startsWith('eigenprobe_'));
    assert.deepEqual(names.sort(), [
      'eigenprobe_check_study',
      'eigenprobe_list_runs',
      'eigenprobe_read_results',
      'eigenprobe_run_study',
    ]);
    const call = async (name: string, input: object): Promise<string> => {
      const { content } = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
      return (content as vscode.LanguageModelTextPart[]).map(({ value }) => value).join('');
    };
    assert.match(await call('eigenprobe_list_runs', {}), /"study": ?"Shapes"/);
    assert.match(await call('eigenprobe_read_results', { run: 'latest' }), /data\.samples/);
    assert.match(await call('eigenprobe_check_study', { study: 'shapes.eigenprobe.json' }), /no problems/);
    await openDraft('{\n  "name": "D",\n  "data": { "folder": "images" },\n  "probs": {}\n}\n|');
    assert.match(await call('eigenprobe_check_study', { study: 'draft.eigenprobe.json' }), /4:3: Unknown key "probs"/);
    await assert.rejects(call('eigenprobe_read_results', { run: 'nobody' }), /There is no run nobody/);
    await assert.rejects(call('eigenprobe_check_study', { study: '../outside' }), /There is no study/);
  });

  // That a person is asked first is tested where dialogs are shown: in a window that runs no tests.
  it('has a language model start a run', async () => {
    const start = (): Thenable<unknown> =>
      vscode.lm.invokeTool('eigenprobe_run_study', {
        input: { study: 'shapes.eigenprobe.json' },
        toolInvocationToken: undefined,
      });
    const run = await newRun(start);
    assert.equal(run.state, 'finished');
  });
});
