import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listRuns } from '../../engine/run/directory';
import { publishResult, readMarks, readResult } from '../../engine/sweep/results';
import { sweepFormatVersion, type RowResult } from '../../engine/sweep/format';
import { listSweeps, loadSweep, setCancelled } from '../../engine/sweep/store';
import { bundleChild, readTrace, startChild, temporaryFolder } from '../run/support/process';
import { expectedState, steps } from '../run/support/stages';
import { until } from './support/slurm';

const home = temporaryFolder();
let program: string;
let workspace: string;
let remove: () => void;

beforeAll(async () => {
  program = await bundleChild(home.path, 'test/sweep/support/child.ts');
});
beforeEach(() => {
  const folder = temporaryFolder();
  ({ path: workspace, remove } = folder);
  mkdirSync(join(workspace, 'images'));
  set({ stepMs: 1 });
  writeFileSync(join(workspace, 'study.json'), JSON.stringify(study));
  return remove;
});
afterAll(home.remove);

/** Two seeds with pretraining of their own, each read by three rows. */
const study = {
  name: 'Test',
  data: { folder: 'images' },
  pretrain: {},
  finetune: {},
  sweep: { grid: { seed: [1, 2], 'finetune.epochs': [1, 2, 3] } },
};
const set = (settings: { stepMs: number; failing?: { stage: string; seed?: number } }): void =>
  writeFileSync(join(workspace, 'settings.json'), JSON.stringify(settings));
const start = (...more: string[]) => startChild(program, ['control', workspace, ...more]);
const trace = (): string[] => (existsSync(join(workspace, 'trace.txt')) ? readTrace(join(workspace, 'trace.txt')) : []);
const pids = async (): Promise<number[]> =>
  (await listRuns(workspace)).filter(({ state }) => state === 'running').map(({ record }) => record.process.pid);

async function expectAllOnce(): Promise<void> {
  const sweep = await loadSweep((await listSweeps(workspace))[0]!);
  expect(sweep.rows).toHaveLength(6);
  expect(sweep.shared.map(({ stages, readers }) => [stages, readers])).toEqual([
    [['data', 'pretrain'], 3],
    [['data', 'pretrain'], 3],
  ]);
  const names = readdirSync(join(workspace, '.eigenprobe', 'rows')).sort();
  expect(names).toEqual(sweep.rows.map(({ task }) => `${task}.json`).sort());
  for (const [i, { task }] of sweep.rows.entries()) {
    const seed = i < 3 ? 1 : 2;
    const result = await readResult(workspace, task);
    expect(result?.seed).toBe(seed);
    expect(result?.figures.at(-1)?.value).toBe(expectedState(seed + 1, steps));
  }
  const runs = await listRuns(workspace);
  expect(runs).toHaveLength(8);
  expect(new Set(runs.map(({ state }) => state))).toEqual(new Set(['finished']));
}

/** Every stage ran once for each of its keys: two pretrainings of all their steps, six fine-tunings. */
function expectNothingTwice(): void {
  const lines = trace();
  expect(lines.filter((line) => line.startsWith('finetune'))).toHaveLength(6);
  expect(lines.filter((line) => line.startsWith('pretrain'))).toHaveLength(2 * steps);
}

describe('a sweep on this machine', () => {
  test('computes what is shared once, and nothing again when it is called again', async () => {
    expect((await start().exit).code).toBe(0);
    await expectAllOnce();
    expectNothingTwice();
    expect((await start().exit).code).toBe(0);
    expectNothingTwice();
  });

  test('a row more computes that row alone', async () => {
    await start().exit;
    writeFileSync(
      join(workspace, 'study.json'),
      JSON.stringify({ ...study, sweep: { grid: { seed: [1, 2], 'finetune.epochs': [1, 2, 3, 4] } } }),
    );
    expect((await start().exit).code).toBe(0);
    expect((await readMarks(workspace)).finished.size).toBe(8);
    expect(trace().filter((line) => line.startsWith('pretrain'))).toHaveLength(2 * steps);
    expect(trace().filter((line) => line.startsWith('finetune'))).toHaveLength(8);
  });

  test('kill -9 of the controller: what it started ends by itself, the next controller computes the rest', async () => {
    set({ stepMs: 20 });
    const first = start();
    await until(() => trace().length > 20, 'pretraining is under way');
    first.process.kill('SIGKILL');
    await first.exit;
    const orphans = await pids();
    expect(orphans.length).toBe(2);
    const second = start();
    expect((await second.exit).code, second.output()).toBe(0);
    await expectAllOnce();
    expectNothingTwice();
  });

  test('kill -9 of everything at once: the next controller goes on from the checkpoints', async () => {
    set({ stepMs: 20 });
    const first = start();
    await until(() => trace().length > 30, 'pretraining is under way');
    first.process.kill('SIGKILL');
    for (const pid of await pids()) process.kill(pid, 'SIGKILL');
    await first.exit;
    set({ stepMs: 1 });
    expect((await start().exit).code).toBe(0);
    await expectAllOnce();
    // Each pretraining lost the steps since its last checkpoint, four at most.
    const repeated = trace().filter((line) => line.startsWith('pretrain')).length - 2 * steps;
    expect(repeated).toBeGreaterThanOrEqual(0);
    expect(repeated).toBeLessThanOrEqual(8);
  });

  test('kill -9 of a task: the controller starts it again', async () => {
    set({ stepMs: 20 });
    const control = start();
    await until(() => trace().length > 10, 'pretraining is under way');
    const [victim] = await pids();
    process.kill(victim!, 'SIGKILL');
    expect((await control.exit).code, control.output()).toBe(0);
    await expectAllOnce();
  });

  test('two controllers at once: one computes, the other watches, and takes over when that one is killed', async () => {
    set({ stepMs: 20 });
    const first = start();
    await until(() => trace().length > 4, 'the first computes');
    const second = start();
    await second.until(/computes this sweep already; watching it/);
    first.process.kill('SIGKILL');
    expect((await second.exit).code, second.output()).toBe(0);
    await expectAllOnce();
    expectNothingTwice();
  });

  test('cancelled by the user: nothing goes on; called again it goes on where it was', async () => {
    set({ stepMs: 20 });
    const control = start();
    await until(() => trace().length > 4, 'pretraining is under way');
    await setCancelled((await listSweeps(workspace))[0]!, true);
    expect((await control.exit).code).toBe(130);
    expect(await pids()).toEqual([]);
    const before = trace().length;
    expect(before).toBeLessThan(2 * steps);
    set({ stepMs: 1 });
    expect((await start().exit).code).toBe(0);
    await expectAllOnce();
  });
});

describe('rows that fail', () => {
  test('a row that fails is marked and not tried again unasked; asked to, it is', async () => {
    set({ stepMs: 1, failing: { stage: 'finetune', seed: 2 } });
    const first = start();
    await first.exit;
    expect(first.output()).toContain('over {"rows":{"finished":3,"failed":3},"shared":{"finished":2}}');
    set({ stepMs: 1 });
    const second = start();
    await second.exit;
    expect(second.output()).toContain('"failed":3');
    expect((await start('retry').exit).code).toBe(0);
    await expectAllOnce();
    expectNothingTwice();
  });

  test('what reads a shared result that failed is blocked, the rest is computed', async () => {
    set({ stepMs: 1, failing: { stage: 'pretrain', seed: 1 } });
    const first = start();
    await first.exit;
    expect(first.output()).toContain('over {"rows":{"blocked":3,"finished":3},"shared":{"failed":1,"finished":1}}');
    set({ stepMs: 1 });
    expect((await start('retry').exit).code).toBe(0);
    await expectAllOnce();
    expectNothingTwice();
  });
});

describe('publishing', () => {
  const result = (value: number): RowResult => ({
    version: sweepFormatVersion,
    task: 'row-1',
    run: 'row-1',
    name: 'Test',
    seed: value,
    device: 'cpu',
    engine: '0',
    host: 'here',
    finishedAt: '2026-01-01T00:00:00.000Z',
    seconds: 1,
    figures: [],
  });

  test('of many at once one is published, and it stays', async () => {
    const published = await Promise.all(Array.from({ length: 20 }, (_, i) => publishResult(workspace, result(i))));
    expect(published.filter(Boolean)).toHaveLength(1);
    expect((await readResult(workspace, 'row-1'))?.seed).toBe(published.indexOf(true));
    expect(await publishResult(workspace, result(99))).toBe(false);
    expect((await readResult(workspace, 'row-1'))?.seed).not.toBe(99);
    expect(readdirSync(join(workspace, '.eigenprobe', 'rows'))).toEqual(['row-1.json']);
  });

  test('what a kill left half written is no result', async () => {
    const rows = join(workspace, '.eigenprobe', 'rows');
    mkdirSync(rows, { recursive: true });
    writeFileSync(join(rows, '.row-1.abc.tmp'), '{"version":1,');
    expect((await readMarks(workspace)).finished.size).toBe(0);
    await publishResult(workspace, result(1));
    expect([...(await readMarks(workspace)).finished]).toEqual(['row-1']);
    expect(readFileSync(join(rows, 'row-1.json'), 'utf8')).toMatch(/\}\n$/);
  });
});
