import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sweepFormatVersion, type RowResult } from '../../engine/sweep/format';
import { publishResult, readMarks, rowsFolder } from '../../engine/sweep/results';
import { SlurmRunner } from '../../engine/sweep/slurm/runner';
import { blockOf } from '../../engine/sweep/current';
import { listSweeps, loadSweep, readSubmissions } from '../../engine/sweep/store';
import { takeSnapshot } from '../../engine/sweep/status';
import { bundleChild, temporaryFolder, type RunningChild } from '../run/support/process';
import { checkpointSteps } from '../run/support/stages';
import { until } from './support/slurm';
import { SmallDisk } from './support/small-disk';
import { SweepWorkspace } from './support/workspace';

const home = temporaryFolder();
let program: string;
let disk: SmallDisk;
let ws: SweepWorkspace;

beforeAll(async () => {
  program = await bundleChild(home.path, 'test/sweep/support/child.ts');
});
beforeEach(() => {
  const { path, remove } = temporaryFolder();
  mkdirSync(join(path, 'disk'));
  disk = SmallDisk.mount(join(path, 'disk'));
  ws = new SweepWorkspace(disk.path, program, join(path, 'trace.txt'));
  return () => {
    disk.unmount();
    remove();
  };
});
afterAll(home.remove);

const sentence =
  /^The disk that holds \S+ is full; free some space and run again, it continues from the last checkpoint\.$/;

/** Keeps the disk full, whatever is removed meanwhile. */
async function whileFull<T>(act: () => Promise<T>): Promise<T> {
  disk.fill();
  const timer = setInterval(() => disk.fill(), 10);
  try {
    return await act();
  } finally {
    clearInterval(timer);
    disk.free();
  }
}

/** What a process said, but for its counts. */
function told({ output }: RunningChild): string[] {
  return output()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('rows '));
}

function expectNoHalfResults(): void {
  const rows = rowsFolder(ws.path);
  for (const name of existsSync(rows) ? readdirSync(rows) : []) {
    expect(name).toMatch(/^row-\w+\.json$/);
    expect(() => JSON.parse(readFileSync(join(rows, name), 'utf8')) as unknown).not.toThrow();
  }
}

test('the disk fills while tasks compute: one sentence, and afterwards only what is missing', async () => {
  ws.set({ stepMs: 20 });
  const first = ws.start();
  await until(() => ws.trace().length > 30, 'pretraining is under way');
  const { code } = await whileFull(() => first.exit);
  expect(code, first.output()).toBe(2);
  expect(told(first)).toEqual([expect.stringMatching(sentence)]);
  expect(await ws.pids()).toEqual([]);
  expectNoHalfResults();

  ws.set({ stepMs: 1 });
  const second = ws.start();
  expect((await second.exit).code, second.output()).toBe(0);
  await ws.expectAllOnce();
  // Each of the two pretrainings lost the steps since its last checkpoint, and perhaps that one itself.
  expect(ws.repeatedSteps()).toBeLessThanOrEqual(2 * checkpointSteps);
});

test('the disk is full when some rows are done: they are not computed again', async () => {
  ws.set({ stepMs: 1, failing: { stage: 'finetune', seed: 2 } });
  await ws.start().exit;
  const done = [...(await readMarks(ws.path)).finished].map((task) => join(rowsFolder(ws.path), `${task}.json`));
  expect(done).toHaveLength(3);
  const before = done.map((file) => readFileSync(file, 'utf8'));
  ws.set({ stepMs: 1 });
  const retry = ws.start('retry');
  const { code } = await whileFull(() => retry.exit);
  expect(code, retry.output()).toBe(2);
  expect(told(retry).at(-1)).toMatch(sentence);

  const again = ws.start();
  expect((await again.exit).code, again.output()).toBe(0);
  await ws.expectAllOnce();
  ws.expectNothingTwice();
  expect(done.map((file) => readFileSync(file, 'utf8'))).toEqual(before);
});

test('a sweep that is begun on a full disk leaves nothing half written', async () => {
  const first = ws.start();
  const { code } = await whileFull(() => first.exit);
  expect(code).toBe(2);
  expect(told(first)).toEqual([expect.stringMatching(sentence)]);
  expect(await listSweeps(ws.path)).toEqual([]);
  expect((await ws.start().exit).code).toBe(0);
  await ws.expectAllOnce();
  ws.expectNothingTwice();
});

test('a result that finds no space is not published', async () => {
  const result: RowResult = {
    ...{ version: sweepFormatVersion, task: 'row-1', run: 'row-1', name: 'Test', seed: 1, device: 'cpu' },
    ...{ engine: '0', host: 'here', finishedAt: '2026-01-01T00:00:00.000Z', seconds: 1, figures: [] },
  };
  mkdirSync(rowsFolder(ws.path), { recursive: true });
  await whileFull(() => expect(publishResult(ws.path, result)).rejects.toThrow('ENOSPC'));
  expectNoHalfResults();
  expect((await readMarks(ws.path)).finished.size).toBe(0);
  expect(await publishResult(ws.path, result)).toBe(true);
});

test('what cannot be written down is not handed to a cluster', async () => {
  await ws.start().exit;
  const sweep = await loadSweep((await listSweeps(ws.path))[0]!);
  const asked: string[] = [];
  const runner = new SlurmRunner(sweep, {
    slurm: blockOf(sweep).slurm,
    run: (command) => {
      asked.push(command);
      return Promise.resolve({ code: 0, stdout: command === 'sbatch' ? '7\n' : '', stderr: '' });
    },
    program: { command: 'node', args: [] },
  });
  const work = sweep.rows.map(({ task }) => ({ task, needs: [] }));
  const snapshot = await takeSnapshot(sweep, new Map());
  await whileFull(() => expect(runner.submit(work, snapshot)).rejects.toThrow('ENOSPC'));
  expect(asked).not.toContain('sbatch');
  expect(await readSubmissions(sweep.folder)).toEqual([]);
  await runner.submit(work, snapshot);
  expect(asked).toContain('sbatch');
});
