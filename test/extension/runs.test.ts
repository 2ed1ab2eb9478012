import { mkdir, mkdtemp, rm, writeFile, appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../engine/run/format';
import { arrange } from '../../extension/runs/arrange';
import { diskFiles } from '../../extension/runs/disk-files';
import { EventTail } from '../../extension/runs/event-tail';
import { headline, stageLine, tellingFigures } from '../../extension/runs/figures';
import { advance, overallFraction, progressText } from '../../extension/runs/progress';
import { RunIndex } from '../../extension/runs/run-index';
import { engineArguments, readRequests, startable, type RunRequest } from '../../extension/runs/run-queue';
import { figures, record } from '../report/run-directory';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eigenprobe-index-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function writeRun(name: string, changes: object): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'run.json'), JSON.stringify({ ...record, id: name, ...changes }));
}

describe('the index of runs', () => {
  test('lists newest first, passes over what is no run, and sees changes', async () => {
    const index = new RunIndex(diskFiles(folder), () => false);
    expect(await index.scan()).toEqual([]);
    await writeRun('a', { startedAt: '2026-01-01T00:00:00.000Z' });
    await writeRun('b', { startedAt: '2026-01-02T00:00:00.000Z', state: 'running' });
    await writeFile(join(folder, 'file'), '');
    await mkdir(join(folder, 'empty'));
    await mkdir(join(folder, 'half'));
    await writeFile(join(folder, 'half', 'run.json'), '{"version":1');
    expect((await index.scan()).map(({ name, state }) => [name, state])).toEqual([
      ['b', 'interrupted'],
      ['a', 'finished'],
    ]);
    await writeRun('b', { startedAt: '2026-01-02T00:00:00.000Z', state: 'failed', error: 'No.' });
    await rm(join(folder, 'a'), { recursive: true });
    expect((await index.scan()).map(({ name, state }) => [name, state])).toEqual([['b', 'failed']]);
  });

  test('keeps a run whose file is for a moment unreadable', async () => {
    const index = new RunIndex(diskFiles(folder), () => true);
    await writeRun('a', {});
    expect(await index.scan()).toHaveLength(1);
    await writeFile(join(folder, 'a', 'run.json'), '{');
    expect(await index.scan()).toHaveLength(1);
  });

  test('reads figures once they are there', async () => {
    const index = new RunIndex(diskFiles(folder), () => true);
    await writeRun('a', {});
    expect(await index.resultsOf('a')).toBeUndefined();
    const results = { version: 1, run: 'a', study: 'S', figures: [...figures, 7], details: {} };
    await writeFile(join(folder, 'a', 'results.json'), JSON.stringify(results));
    expect((await index.resultsOf('a'))?.figures).toHaveLength(figures.length);
  });
});

describe('events', () => {
  const event = (done: number): RunEvent => ({
    ...{ time: '2026-01-01T00:00:00.000Z', type: 'progress', stage: 'pretrain' },
    ...{ done, total: 10, label: 'Schritte – α', etaSeconds: 70 },
  });

  test('are read as they come; half lines wait, umlauts survive', async () => {
    const file = join(folder, 'events.jsonl');
    const tail = new EventTail(file);
    expect(await tail.read()).toEqual([]);
    const line = Buffer.from(`${JSON.stringify(event(1))}\n`);
    const cut = line.indexOf(Buffer.from('α')) + 1;
    await writeFile(file, line.subarray(0, cut));
    expect(await tail.read()).toEqual([]);
    await appendFile(file, line.subarray(cut));
    expect(await tail.read()).toEqual([event(1)]);
    await appendFile(file, `nonsense\n${JSON.stringify(event(2))}\n`);
    expect(await tail.read()).toEqual([event(2)]);
  });

  test('of a long past are read from near the end', async () => {
    const file = join(folder, 'events.jsonl');
    await writeFile(file, Array.from({ length: 5000 }, (_, i) => `${JSON.stringify(event(i))}\n`).join(''));
    const events = await new EventTail(file).read();
    expect(events.length).toBeLessThan(1000);
    expect(events.at(-1)).toEqual(event(4999));
  });

  test('say how far a run is', () => {
    const progress = advance({ metrics: {} }, [event(3), event(4)]);
    expect(progressText(progress)).toBe('pretrain 40 % · 1:10 left');
    const stages = { data: { key: '', state: 'cached' as const }, pretrain: { key: '', state: 'running' as const } };
    expect(overallFraction({ ...record, stages }, progress)).toBeCloseTo(0.7);
  });
});

test('a small table begins with what answers the questions', () => {
  const order = tellingFigures(figures, 100).map(({ stage }) => stage);
  expect(order[0]).toBe('transfer');
  expect(order).toHaveLength(figures.length);
  expect(tellingFigures(figures, 2)).toHaveLength(2);
});

describe('the queue', () => {
  const request = (id: string, device: string): RunRequest => ({
    id,
    workspace: '/w',
    study: '/w/s',
    name: id,
    device,
  });

  test('starts as many as each chip has room for, in order', () => {
    const waiting = [request('a', 'auto'), request('b', 'cpu'), request('c', 'cuda'), request('d', 'eager')];
    const ids = (busy: string[], limit: number): string[] => startable(waiting, busy, limit).map(({ id }) => id);
    expect(ids([], 1)).toEqual(['a', 'c']);
    expect(ids(['cpu'], 1)).toEqual(['c']);
    expect(ids(['cpu'], 3)).toEqual(['a', 'b', 'c']);
  });

  test('counts devices of one chip together, and "auto" as what it takes', () => {
    const waiting = [request('a', 'auto'), request('b', 'cpu'), request('c', 'webgpu'), request('d', 'tensorflow')];
    const ids = (busy: string[], best: string): string[] => startable(waiting, busy, 1, best).map(({ id }) => id);
    expect(ids([], 'cuda')).toEqual(['a', 'b']);
    expect(ids(['cuda'], 'cuda')).toEqual(['b']);
    expect(ids(['cuda'], 'cpu')).toEqual(['a']);
  });

  test('writes the engine’s command line', () => {
    expect(engineArguments({ ...request('a', 'cpu'), stage: 'probe', fresh: true })).toEqual([
      'run',
      '/w/s',
      '--workspace',
      '/w',
      '--json',
      '--stage',
      'probe',
      '--fresh',
    ]);
    expect(engineArguments({ ...request('a', 'cpu'), resume: 'r1' })).toEqual([
      'resume',
      'r1',
      '--workspace',
      '/w',
      '--json',
    ]);
  });

  test('reads back what was kept, and nothing else', () => {
    expect(readRequests([request('a', 'cpu'), null, { id: 1 }, 'x'])).toEqual([request('a', 'cpu')]);
    expect(readRequests({})).toEqual([]);
  });
});

describe('the explorer', () => {
  const run = (name: string, study: string, state: 'finished' | 'failed') => ({
    name,
    state,
    record: { ...record, id: name, study: { ...record.study, name: study, path: `${study}.json` } },
  });
  const runs = [run('3', 'B', 'failed'), run('2', 'A', 'finished'), run('1', 'B', 'finished')];
  const names = (groups: ReturnType<typeof arrange<(typeof runs)[number]>>): string[][] =>
    groups.map((group) => group.runs.map(({ name }) => name));

  test('groups, sorts and filters', () => {
    const base = { sorting: 'newest', grouping: 'study', filter: '' } as const;
    expect(names(arrange(runs, base))).toEqual([['3', '1'], ['2']]);
    expect(names(arrange(runs, { ...base, grouping: 'state' }))).toEqual([['3'], ['2', '1']]);
    expect(names(arrange(runs, { ...base, grouping: 'none', sorting: 'oldest' }))).toEqual([['1', '2', '3']]);
    expect(names(arrange(runs, { ...base, grouping: 'none', filter: 'B finished' }))).toEqual([['1']]);
    const scores: Record<string, number> = { 1: 0.2, 2: 0.9 };
    expect(names(arrange(runs, { ...base, grouping: 'none', sorting: 'best' }, ({ name }) => scores[name]))).toEqual([
      ['2', '1', '3'],
    ]);
  });

  test('finds a run by the row of a sweep that it is', () => {
    const rows = runs.map((one, i) => ({
      ...one,
      record: {
        ...one.record,
        sweep: { id: 'b-0badcafe', row: i, label: `pretrain.objective = ${['spectral', 'swav', 'byol'][i]}` },
      },
    }));
    const found = (filter: string) => names(arrange(rows, { sorting: 'newest', grouping: 'none', filter }));
    expect(found('objective swav')).toEqual([['2']]);
    expect(found('0badcafe').flat()).toHaveLength(3);
  });

  test('says the most telling figures', () => {
    expect(headline(figures)).toBe('OOD 74.5 % · LP-FT OOD 77.6 %');
    expect(stageLine(figures, 'transfer')).toBe('source-only ID 91.8 %, OOD 36.7 % · spectral ID 90.8 %, OOD 74.5 %');
  });
});
