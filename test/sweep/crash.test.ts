import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { publishResult, readMarks, readResult } from '../../engine/sweep/results';
import { sweepFormatVersion, type RowResult } from '../../engine/sweep/format';
import { listSweeps, loadSweep, setCancelled } from '../../engine/sweep/store';
import { gotFurther } from '../../engine/sweep/time-limit';
import { bundleChild, temporaryFolder } from '../run/support/process';
import { checkpointSteps, steps } from '../run/support/stages';
import { until } from './support/slurm';
import { study, SweepWorkspace } from './support/workspace';

const home = temporaryFolder();
let program: string;
let ws: SweepWorkspace;

beforeAll(async () => {
  program = await bundleChild(home.path, 'test/sweep/support/child.ts');
});
beforeEach(() => {
  const { path, remove } = temporaryFolder();
  ws = new SweepWorkspace(path, program);
  return remove;
});
afterAll(home.remove);

describe('a sweep on this machine', () => {
  test('computes what is shared once, and nothing again when it is called again', async () => {
    expect((await ws.start().exit).code).toBe(0);
    await ws.expectAllOnce();
    ws.expectNothingTwice();
    expect((await ws.start().exit).code).toBe(0);
    ws.expectNothingTwice();
  });

  test('a row more computes that row alone', async () => {
    await ws.start().exit;
    ws.write({ ...study, sweep: { grid: { seed: [1, 2], 'finetune.epochs': [1, 2, 3, 4] } } });
    expect((await ws.start().exit).code).toBe(0);
    expect((await readMarks(ws.path)).finished.size).toBe(8);
    expect(ws.trace().filter((line) => line.startsWith('pretrain'))).toHaveLength(2 * steps);
    expect(ws.trace().filter((line) => line.startsWith('finetune'))).toHaveLength(8);
  });

  test('kill -9 of the controller: what it started ends by itself, the next controller computes the rest', async () => {
    ws.set({ stepMs: 20 });
    const first = ws.start();
    await until(() => ws.trace().length > 20, 'pretraining is under way');
    first.process.kill('SIGKILL');
    await first.exit;
    const orphans = await ws.pids();
    expect(orphans.length).toBe(2);
    const second = ws.start();
    expect((await second.exit).code, second.output()).toBe(0);
    await ws.expectAllOnce();
    ws.expectNothingTwice();
  });

  test('kill -9 of everything at once: the next controller goes on from the checkpoints', async () => {
    ws.set({ stepMs: 20 });
    const first = ws.start();
    await until(() => ws.trace().length > 30, 'pretraining is under way');
    first.process.kill('SIGKILL');
    for (const pid of await ws.pids()) process.kill(pid, 'SIGKILL');
    await first.exit;
    ws.set({ stepMs: 1 });
    expect((await ws.start().exit).code).toBe(0);
    await ws.expectAllOnce();
    // Each of the two pretrainings lost the steps since its last checkpoint, all of them where it was about to write one.
    expect(ws.repeatedSteps()).toBeGreaterThanOrEqual(0);
    expect(ws.repeatedSteps()).toBeLessThanOrEqual(2 * checkpointSteps);
  });

  test('kill -9 of a task: the controller starts it again', async () => {
    ws.set({ stepMs: 20 });
    const control = ws.start();
    await until(() => ws.trace().length > 10, 'pretraining is under way');
    const [victim] = await ws.pids();
    process.kill(victim!, 'SIGKILL');
    expect((await control.exit).code, control.output()).toBe(0);
    await ws.expectAllOnce();
  });

  test('two controllers at once: one computes, the other watches, and takes over when that one is killed', async () => {
    ws.set({ stepMs: 20 });
    const first = ws.start();
    await until(() => ws.trace().length > 4, 'the first computes');
    const second = ws.start();
    await second.until(/computes this sweep already; watching it/);
    first.process.kill('SIGKILL');
    expect((await second.exit).code, second.output()).toBe(0);
    await ws.expectAllOnce();
    ws.expectNothingTwice();
  });

  test('cancelled by the user: nothing goes on; called again it goes on where it was', async () => {
    ws.set({ stepMs: 20 });
    const control = ws.start();
    await until(() => ws.trace().length > 4, 'pretraining is under way');
    await setCancelled((await listSweeps(ws.path))[0]!, true);
    expect((await control.exit).code).toBe(130);
    expect(await ws.pids()).toEqual([]);
    const before = ws.trace().length;
    expect(before).toBeLessThan(2 * steps);
    ws.set({ stepMs: 1 });
    expect((await ws.start().exit).code).toBe(0);
    await ws.expectAllOnce();
  });
});

describe('a time limit', () => {
  test('a process got further if it left a checkpoint, and not if an earlier one did', async () => {
    ws.set({ stepMs: 20 });
    const start = Date.now();
    const control = ws.start();
    await until(() => ws.trace().length > 20, 'there are checkpoints');
    const { shared } = await loadSweep((await listSweeps(ws.path))[0]!);
    control.process.kill('SIGTERM');
    await control.exit;
    const tasks = shared.map(({ task }) => task);
    expect(await gotFurther(ws.path, tasks, start)).toBe(true);
    expect(await gotFurther(ws.path, tasks, Date.now() + 1)).toBe(false);
    expect(await gotFurther(ws.path, ['row-that-never-began'], start)).toBe(false);
  });
});

describe('rows that fail', () => {
  test('a row that fails is marked and not tried again unasked; asked to, it is', async () => {
    ws.set({ stepMs: 1, failing: { stage: 'finetune', seed: 2 } });
    const first = ws.start();
    await first.exit;
    expect(first.output()).toContain('over {"rows":{"finished":3,"failed":3},"shared":{"finished":2}}');
    ws.set({ stepMs: 1 });
    const second = ws.start();
    await second.exit;
    expect(second.output()).toContain('"failed":3');
    expect((await ws.start('retry').exit).code).toBe(0);
    await ws.expectAllOnce();
    ws.expectNothingTwice();
  });

  test('what reads a shared result that failed is blocked, the rest is computed', async () => {
    ws.set({ stepMs: 1, failing: { stage: 'pretrain', seed: 1 } });
    const first = ws.start();
    await first.exit;
    expect(first.output()).toContain('over {"rows":{"blocked":3,"finished":3},"shared":{"failed":1,"finished":1}}');
    ws.set({ stepMs: 1 });
    expect((await ws.start('retry').exit).code).toBe(0);
    await ws.expectAllOnce();
    ws.expectNothingTwice();
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
    const published = await Promise.all(Array.from({ length: 20 }, (_, i) => publishResult(ws.path, result(i))));
    expect(published.filter(Boolean)).toHaveLength(1);
    expect((await readResult(ws.path, 'row-1'))?.seed).toBe(published.indexOf(true));
    expect(await publishResult(ws.path, result(99))).toBe(false);
    expect((await readResult(ws.path, 'row-1'))?.seed).not.toBe(99);
    expect(readdirSync(join(ws.path, '.eigenprobe', 'rows'))).toEqual(['row-1.json']);
  });

  test('what a kill left half written is no result', async () => {
    const rows = join(ws.path, '.eigenprobe', 'rows');
    mkdirSync(rows, { recursive: true });
    writeFileSync(join(rows, '.row-1.abc.tmp'), '{"version":1,');
    expect((await readMarks(ws.path)).finished.size).toBe(0);
    await publishResult(ws.path, result(1));
    expect([...(await readMarks(ws.path)).finished]).toEqual(['row-1']);
    expect(readFileSync(join(rows, 'row-1.json'), 'utf8')).toMatch(/\}\n$/);
  });
});
