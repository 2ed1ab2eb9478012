import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { StoredRun } from '../../../extension/runs/run-store';
import { api, inFolder, read, runToEnd, studyUri, until, write } from './support';

/** The newest run of the tests' study that went through. */
function finished(runs: readonly StoredRun[]): StoredRun {
  return runs.find(({ record, state }) => record.study.name === 'Shapes' && state === 'finished')!;
}

describe('runs', () => {
  it('run in a process of their own and end with results', async () => {
    const run = await runToEnd();
    assert.equal(run.state, 'finished');
    const { store } = await api();
    const results = await store.resultsOf(run);
    assert.ok(results!.figures.some(({ id }) => id === 'data.samples'));
    assert.notEqual(run.record.process.pid, process.pid);
  });

  it('say in one sentence why a study cannot be run, and make no run of it', async () => {
    const { store, manager, failures } = await api();
    const broken = inFolder('broken.eigenprobe.json');
    const before = store.runs.map(({ key }) => key);
    const settled = async (): Promise<string[]> => {
      await until(() => manager.starting.length === 0 && manager.queue.length === 0, 'nothing is starting');
      await store.refresh();
      return store.runs.map(({ key }) => key);
    };
    failures.last = undefined;
    await write(broken, '{ "name": "Broken", "data": { "folder": "nowhere" } }');
    await vscode.commands.executeCommand('eigenprobe.runStudy', broken);
    const sentence = await until(() => failures.last, 'the sentence is shown');
    assert.match(sentence, /nowhere/);
    assert.ok(!sentence.includes('\n') && sentence.length < 300, sentence);
    assert.deepEqual(await settled(), before);
    // What the schema says is said without a process.
    failures.last = undefined;
    await write(broken, '{ "name": "Broken", "data": { "folder": "images" }, "prob": {} }');
    await until(async () => (await read(broken)).includes('prob'), 'the file is written');
    await vscode.commands.executeCommand('eigenprobe.runStudy', broken);
    assert.equal(manager.starting.length + manager.queue.length, 0);
    assert.match(failures.last ?? '', /broken\.eigenprobe\.json has problems and was not run: Unknown key "prob"/);
    assert.deepEqual(await settled(), before);
    await vscode.workspace.fs.delete(broken);
  });

  it('are seen however they come and go outside VS Code', async () => {
    const { store } = await api();
    const first = finished(store.runs);
    const record = await read(vscode.Uri.joinPath(first.uri, 'run.json'));
    const copy = inFolder('.eigenprobe', 'runs', '20200101-000000-000-aaaaaa');
    await write(
      vscode.Uri.joinPath(copy, 'run.json'),
      record.replaceAll(first.record.id, '20200101-000000-000-aaaaaa'),
    );
    const seen = await until(() => store.runs.find(({ name }) => name.startsWith('20200101')), 'the copy is seen');
    assert.equal(seen.state, 'finished');
    const renamed = inFolder('.eigenprobe', 'runs', '20200102-000000-000-bbbbbb');
    await vscode.workspace.fs.rename(copy, renamed);
    await until(() => store.runs.some(({ name }) => name.startsWith('20200102')), 'the renamed run is seen');
    assert.ok(!store.runs.some(({ name }) => name.startsWith('20200101')));
    await vscode.workspace.fs.delete(renamed, { recursive: true });
    await until(() => !store.runs.some(({ name }) => name.startsWith('2020')), 'the deleted run is gone');
  });

  it('stand beside foreign files and half-written directories', async () => {
    const { store } = await api();
    const count = store.runs.length;
    const runs = inFolder('.eigenprobe', 'runs');
    await write(vscode.Uri.joinPath(runs, 'notes.txt'), 'mine');
    await write(vscode.Uri.joinPath(runs, 'half', 'run.json'), '{"version": 1, "id": "ha');
    await write(vscode.Uri.joinPath(runs, 'foreign', 'run.json'), '[]');
    await write(vscode.Uri.joinPath(runs, 'later', 'run.json'), '{"version": 99}');
    await store.refresh();
    assert.equal(store.runs.length, count);
    for (const name of ['notes.txt', 'half', 'foreign', 'later']) {
      await vscode.workspace.fs.delete(vscode.Uri.joinPath(runs, name), { recursive: true });
    }
  });

  it('whose process is gone are interrupted and can be resumed', async () => {
    const { store } = await api();
    const first = finished(store.runs);
    const file = vscode.Uri.joinPath(first.uri, 'run.json');
    const record = JSON.parse(await read(file)) as Record<string, unknown>;
    const dead = {
      ...record,
      state: 'running',
      process: { pid: 2 ** 22 + 1, host: (record.process as { host: string }).host },
    };
    await write(file, JSON.stringify(dead));
    const interrupted = await until(
      () => store.runs.find(({ key, state }) => key === first.key && state === 'interrupted'),
      'the run is interrupted',
    );
    await vscode.commands.executeCommand('eigenprobe.resumeRun', interrupted.key);
    const resumed = await until(
      () => store.runs.find(({ key, state }) => key === first.key && state === 'finished'),
      'the run has been resumed and has finished',
      60_000,
    );
    assert.equal(resumed.record.id, first.record.id);
    assert.match(await read(vscode.Uri.joinPath(first.uri, 'events.jsonl')), /Resumed\./);
  });

  it('wait for their device, one behind the other', async () => {
    const { store, manager } = await api();
    const before = store.runs.length;
    const other = inFolder('second.eigenprobe.json');
    await write(other, (await read(studyUri())).replace('"Shapes"', '"Second"').replace('"seed": 3', '"seed": 4'));
    await Promise.all([
      vscode.commands.executeCommand('eigenprobe.runStudyFresh', studyUri()),
      vscode.commands.executeCommand('eigenprobe.runStudyFresh', other),
    ]);
    assert.equal(manager.queue.length + manager.starting.length, 2);
    assert.ok(manager.queue.length >= 1, 'one of the two waits');
    await until(
      () => store.runs.length === before + 2 && store.runs.every(({ state }) => state !== 'running'),
      'both have run',
      60_000,
    );
    const [late, early] = store.runs;
    assert.ok(late!.record.startedAt >= early!.record.finishedAt!, 'the second began after the first had ended');
    await vscode.workspace.fs.delete(other);
  });

  it('are offered as tasks', async () => {
    const tasks = await vscode.tasks.fetchTasks({ type: 'eigenprobe' });
    const task = tasks.find(({ name }) => name.endsWith('shapes.eigenprobe.json'));
    assert.ok(task, tasks.map(({ name }) => name).join());
    const { args } = task.execution as vscode.ProcessExecution;
    assert.deepEqual(args.slice(1, 3), ['run', studyUri().fsPath]);
  });
});
