import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { stream } from '../../engine/data/random';
import { executeRun } from '../../engine/run/execute';
import type { StageName } from '../../engine/run/format';
import { stagesOf as realStages } from '../../engine/stages/index';
import { studySchema } from '../../engine/study/schema';
import { planSweep, rowTask, type SweepPlan } from '../../engine/sweep/plan';
import { shareStages } from '../../engine/sweep/share';
import type { StageEntry } from '../../engine/sweep/stage-table';
import { Identities, StudyMemo } from '../../engine/sweep/study-memo';
import { SweepRows } from '../../engine/study/sweep-rows';
import { temporaryFolder } from '../run/support/process';
import { fakeDevice, testStages } from '../run/support/stages';

const home = temporaryFolder();
mkdirSync(join(home.path, 'images', 'a'), { recursive: true });
afterAll(home.remove);

const plan = (document: unknown, stagesOf = realStages): Promise<SweepPlan> =>
  planSweep({
    studyPath: join(home.path, 'test.eigenprobe.json'),
    workspace: home.path,
    document,
    study: studySchema.parse(document),
    stagesOf,
    resolvePath: (path) => join(home.path, path),
    deviceOf: (wanted) => (wanted === 'auto' ? 'cpu' : wanted),
  });

const base = { name: 'Test', data: { folder: 'images' }, pretrain: {}, finetune: {} };

describe('a plan', () => {
  test('what the seeds share, what the settings of one stage share, and how often each is read', async () => {
    const { shared, rows, stages } = await plan({
      ...base,
      probe: {},
      spectrum: {},
      sweep: { grid: { seed: [0, 1], 'spectrum.eigenvectors': [4, 8, 16], 'finetune.epochs': [1, 2] } },
    });
    expect(rows).toHaveLength(12);
    const results = Object.fromEntries(stages.map(({ stage, keys }) => [stage, keys.length]));
    expect(results).toEqual({ data: 2, pretrain: 2, represent: 2, spectrum: 6, probe: 2, finetune: 4 });
    // A seed's network and probe, its three spectra, its two fine-tunings: nothing is left for the rows themselves.
    const kinds = shared
      .map(({ stages: names, readers, needs }) => `${names.join()} ${readers} ${needs.length}`)
      .sort();
    expect(kinds).toEqual(
      [
        ...Array<string>(2).fill('data,pretrain,represent,probe 6 0'),
        ...Array<string>(6).fill('spectrum 2 1'),
        ...Array<string>(4).fill('finetune 3 1'),
      ].sort(),
    );
    for (const row of rows) expect(row.needs).toHaveLength(2);
  });

  test('keys are those that a run of each row records', async () => {
    const trace = join(home.path, 'trace.txt');
    const stages = testStages(trace, 0);
    const document = { ...base, sweep: { grid: { seed: [1, 2], 'finetune.epochs': [1, 2] } } };
    const { rows } = await plan(document, () => stages);
    const expanded = new SweepRows(document, studySchema.parse(document));
    for (const { row, task } of rows) {
      const record = await executeRun(join(home.path, 'test.eigenprobe.json'), expanded.row(row).study!, {
        workspace: home.path,
        stages,
        openDevice: () => Promise.resolve(fakeDevice('cpu')),
      });
      const recorded = Object.entries(record.stages).map(([stage, { key }]) => ({ stage: stage as StageName, key }));
      expect(rowTask(recorded)).toBe(task);
    }
  });

  test('is the same again, and another where the device or the data are others', async () => {
    const document = { ...base, sweep: { grid: { seed: [0, 1] } } };
    const first = await plan(document);
    expect((await plan(document)).header.id).toBe(first.header.id);
    expect((await plan({ ...document, device: 'cuda' })).header.id).not.toBe(first.header.id);
    mkdirSync(join(home.path, 'other'), { recursive: true });
    expect((await plan({ ...document, data: { folder: 'other' } })).header.id).not.toBe(first.header.id);
  });

  test('rows that give the same are one task', async () => {
    const { rows, header } = await plan({ ...base, sweep: { grid: { name: ['a', 'b'], seed: [0, 1] } } });
    expect(header).toMatchObject({ rows: 4, tasks: 2 });
    expect(rows[0]!.task).toBe(rows[2]!.task);
  });

  test('a study without a sweep, and a row that is no study, are refused in one sentence', async () => {
    await expect(plan(base)).rejects.toThrow('The study has no "sweep"');
    await expect(plan({ ...base, sweep: { grid: { seed: [0, -1] } } })).rejects.toThrow('seed must be an integer');
  });
});

describe('sharing', () => {
  /** What reads what, for every pair, by looking at each: the definition. */
  function byDefinition(entries: StageEntry[], tasks: { entries: number[] }[]): string[] {
    const readers = entries.map((_, e) => tasks.flatMap((task, t) => (task.entries.includes(e) ? [t] : [])));
    const sets = new Map<string, number[]>();
    readers.forEach((set, e) => {
      if (set.length > 1) sets.set(set.join(), [...(sets.get(set.join()) ?? []), e]);
    });
    return [...sets.values()]
      .filter((group) => group.some((e) => entries[e]!.computes))
      .map((group) => group.map((e) => entries[e]!.key).join())
      .sort();
  }

  test('on random graphs of stages: one task for each set of readers, in an order that can be computed', () => {
    const drawn = stream(7, 'sharing');
    const random = (): number => drawn.uniform(0, 1);
    for (let round = 0; round < 200; round++) {
      const count = 3 + Math.floor(random() * 12);
      const entries: StageEntry[] = Array.from({ length: count }, (_, e) => ({
        stage: 'data',
        key: `key-${round}-${e}`,
        computes: random() < 0.8,
        inputs: Array.from({ length: e }, (__, i) => i).filter(() => random() < 0.3),
      }));
      const closure = (e: number): number[] => [...entries[e]!.inputs.flatMap(closure), e];
      const tasks = Array.from({ length: 2 + Math.floor(random() * 6) }, (_, row) => ({
        row,
        entries: [
          ...new Set([...closure(Math.floor(random() * count)), ...closure(Math.floor(random() * count))]),
        ].sort((a, b) => a - b),
      }));
      const { shared, needs } = shareStages({ entries, tasks });
      expect(shared.map(({ keys }) => keys.join()).sort()).toEqual(byDefinition(entries, tasks));
      const place = new Map(shared.map(({ task }, i) => [task, i]));
      const above = (name: string): string[] =>
        shared[place.get(name)!]!.needs.flatMap((need) => [need, ...above(need)]);
      shared.forEach(({ needs: own }, i) => {
        for (const need of own) expect(place.get(need)).toBeLessThan(i);
      });
      // Whatever a task reads that is shared is computed before it, directly or by way of another.
      tasks.forEach((task, t) => {
        const before = new Set(needs[t]!.flatMap((need) => [need, ...above(need)]));
        for (const { task: name, keys } of shared) {
          const reads = task.entries.some((e) => keys.includes(entries[e]!.key));
          if (reads) expect(before.has(name)).toBe(true);
        }
        for (const need of needs[t]!) expect(needs[t]!.some((other) => above(other).includes(need))).toBe(false);
      });
    }
  });
});

test('a memo calls its function once for all studies that it cannot tell apart, and again where it can', () => {
  const parse = (more: object) => studySchema.parse({ ...base, ...more });
  const [one, two] = [parse({ seed: 1 }), parse({ seed: 2 })];
  const calls: number[] = [];
  const memo = new StudyMemo(new Identities(), (study) => {
    calls.push(study.seed);
    return study.seed === 1 ? 'one' : `other ${study.pretrain?.epochs}`;
  });
  expect([memo.get(one), memo.get({ ...one, name: 'x' })]).toEqual(['one', 'one']);
  expect(calls).toEqual([1]);
  expect(memo.get(two)).toBe('other 10');
  const more = parse({ seed: 2, pretrain: { epochs: 3 } });
  expect([memo.get(more), memo.get({ ...more, name: 'y' }), memo.get(two), memo.get(one)]).toEqual([
    'other 3',
    'other 3',
    'other 10',
    'one',
  ]);
});
