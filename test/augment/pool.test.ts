import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAugmenter, fillViews, viewStream } from '../../engine/augment/augmenter';
import { shuffledBatches, stepCount } from '../../engine/augment/batches';
import { type Batch, type BatchSourceOptions, createBatchSource, shareValues } from '../../engine/augment/pool';
import { stream } from '../../engine/data/random';

const random = stream(2, 'values');
const values = Uint8Array.from({ length: 23 * 8 * 8 * 3 }, () => random.below(256));
const rows = Int32Array.from({ length: 20 }, (_, i) => i + 3);
let folder: string;
let workerFile: URL;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'eigenprobe-augment-'));
  const outfile = join(folder, 'augment-worker.mjs');
  await build({
    entryPoints: [new URL('../../engine/augment/worker.ts', import.meta.url).pathname],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  workerFile = pathToFileURL(outfile);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function all(change: Partial<BatchSourceOptions>): Promise<Batch[]> {
  const source = createBatchSource({
    values,
    sampleShape: [8, 8, 3],
    augmentation: 'strong',
    plan: shuffledBatches(rows, 6, 3, 5),
    views: 2,
    seed: 5,
    workers: 0,
    workerFile,
    ...change,
  });
  const batches: Batch[] = [];
  for (let batch = await source.next(); batch; batch = await source.next()) batches.push(batch);
  await source.close();
  return batches;
}

describe('createBatchSource', () => {
  it('gives the views that fillViews writes', async () => {
    const batches = await all({});
    expect(batches.map((batch) => batch.step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(batches.map((batch) => batch.epoch)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
    const out = new Float32Array(2 * 6 * 192);
    const { rows: drawn, epoch } = batches[4]!;
    const key = (row: number, view: number) => viewStream(5, epoch, row, view);
    fillViews(createAugmenter('strong', [8, 8, 3]), values, drawn, 2, out, key);
    expect(batches[4]!.views).toEqual(out);
  });

  it.each([1, 2, 3])('gives the same numbers in the same order with %i workers', async (workers) => {
    expect(await all({ workers, ahead: 4 })).toEqual(await all({}));
  });

  it('goes on from a later step as if it had run from the first', async () => {
    const resumed = await all({ workers: 2, firstStep: 5 });
    expect(resumed).toEqual((await all({})).slice(5));
  });

  it('gives vectors through workers too', async () => {
    const change: Partial<BatchSourceOptions> = {
      values: Float32Array.from(values.subarray(0, 23 * 4)),
      sampleShape: [4],
      augmentation: 'vector',
      options: { statistics: { mean: new Float32Array(4), deviation: new Float32Array(4).fill(3) } },
    };
    expect(await all({ ...change, workers: 2 })).toEqual(await all(change));
  });

  it('says that the worker is missing instead of doing without', () => {
    const missing = pathToFileURL(join(folder, 'nowhere.mjs'));
    const start = () =>
      createBatchSource({
        values,
        sampleShape: [8, 8, 3],
        augmentation: 'light',
        plan: () => undefined,
        views: 1,
        seed: 0,
        workers: 1,
        workerFile: missing,
      });
    expect(start).toThrow(/nowhere\.mjs is missing: build the engine, or set workers: 0/);
  });

  it("passes a worker's failure on to the caller, and ends", async () => {
    const beyond = { plan: () => ({ epoch: 0, rows: Int32Array.of(23) }) };
    await expect(all({ ...beyond, workers: 2 })).rejects.toThrow(/Row 23 is not in 0…22/);
    await expect(all({ ...beyond, workers: 0 })).rejects.toThrow(/Row 23 is not in 0…22/);
  });

  it('can be closed with batches under way', async () => {
    const source = createBatchSource({
      values,
      sampleShape: [8, 8, 3],
      augmentation: 'strong',
      plan: shuffledBatches(rows, 4, 100, 0),
      views: 2,
      seed: 0,
      workers: 2,
      workerFile,
    });
    const pending = source.next();
    await Promise.all([source.close(), pending.catch(() => undefined)]);
    await expect(source.next()).rejects.toThrow(/closed/);
  });
});

describe('shuffledBatches', () => {
  it('visits each row at most once an epoch, in a new order each epoch', () => {
    const plan = shuffledBatches(rows, 6, 2, 1);
    const epoch = (first: number) => [0, 1, 2].flatMap((i) => [...plan(first + i)!.rows]);
    expect(new Set(epoch(0)).size).toBe(18);
    expect(epoch(0).every((row) => rows.includes(row))).toBe(true);
    expect(epoch(0)).not.toEqual(epoch(3));
    expect(plan(6)).toBeUndefined();
    expect(stepCount(20, 6, 2)).toBe(6);
  });

  it('is a function of the step alone', () => {
    const forward = shuffledBatches(rows, 6, 2, 1);
    const late = shuffledBatches(rows, 6, 2, 1)(4);
    for (let i = 0; i < 4; i++) forward(i);
    expect(forward(4)).toEqual(late);
  });

  it('takes all rows where they are fewer than a batch, and gives nothing for none', () => {
    expect(shuffledBatches(rows, 64, 1, 0)(0)!.rows.toSorted()).toEqual(rows);
    expect(stepCount(20, 64, 3)).toBe(3);
    expect(shuffledBatches(new Int32Array(0), 64, 1, 0)(0)).toBeUndefined();
    expect(stepCount(0, 64, 3)).toBe(0);
  });
});

describe('shareValues', () => {
  it('copies once', () => {
    const shared = shareValues(values);
    expect(shared.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([...shared]).toEqual([...values]);
    expect(shareValues(shared)).toBe(shared);
  });
});
