import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import { Cancelled, UserError } from '../../engine/errors';
import { nearestNeighbours, type KnnOptions } from '../../engine/graph/knn';

/** All pairs in double precision: neighbours by distance, ties by index. */
function bruteForce(values: Float32Array, n: number, d: number, k: number) {
  const ids = new Uint32Array(n * k);
  const distances = new Float64Array(n * k);
  for (let i = 0; i < n; i++) {
    const all = Array.from({ length: n }, (_, j) => {
      let sum = 0;
      for (let t = 0; t < d; t++) sum += (values[i * d + t]! - values[j * d + t]!) ** 2;
      return { j, distance: Math.sqrt(sum) };
    }).filter(({ j }) => j !== i);
    all.sort((a, b) => a.distance - b.distance || a.j - b.j);
    all.slice(0, k).forEach(({ j, distance }, e) => {
      ids[i * k + e] = j;
      distances[i * k + e] = distance;
    });
  }
  return { ids, distances };
}

function clustered(n: number, d: number, seed: number, spread = 0.4): Float32Array {
  const random = stream(seed, 'clustered rows');
  const centers = Float32Array.from({ length: 12 * d }, () => random.normal());
  const values = new Float32Array(n * d);
  for (let i = 0; i < n; i++) {
    const center = random.below(12);
    for (let j = 0; j < d; j++) values[i * d + j] = centers[center * d + j]! + spread * random.normal();
  }
  return values;
}

const exact: KnnOptions = { k: 7, seed: 0, method: 'exact', threads: 0 };

describe('exact neighbours', () => {
  it.each([
    [120, 1],
    [257, 5],
    [400, 64],
    [301, 100],
  ])('%i rows of %i values agree with all pairs in double precision', async (n, d) => {
    const values = clustered(n, d, n + d);
    const truth = bruteForce(values, n, d, 7);
    const found = await nearestNeighbours(values, n, d, exact);
    expect(found.ids).toEqual(truth.ids);
    found.distances.forEach((distance, at) => expect(distance).toBeCloseTo(truth.distances[at]!, 4));
  });

  it('settles ties of repeated rows by index and leaves out the row itself', async () => {
    const base = clustered(40, 6, 3);
    const values = new Float32Array(240 * 6);
    for (let i = 0; i < 240; i++) values.set(base.subarray((i % 40) * 6, (i % 40) * 6 + 6), i * 6);
    const truth = bruteForce(values, 240, 6, 7);
    const found = await nearestNeighbours(values, 240, 6, exact);
    expect(found.ids).toEqual(truth.ids);
    // More equal rows than a list holds.
    const equal = await nearestNeighbours(new Float32Array(100 * 3).fill(2), 100, 3, exact);
    expect([...equal.ids.subarray(0, 7)]).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(equal.distances.every((distance) => distance === 0)).toBe(true);
  });

  it('is not misled by a far mean or by single rows that are far away', async () => {
    const values = clustered(300, 8, 9, 0.01).map((value) => value + 500);
    values.set(new Float32Array(8).fill(1e6), 8 * 17);
    const truth = bruteForce(values, 300, 8, 7);
    const found = await nearestNeighbours(values, 300, 8, exact);
    // Seen from row 17 all the others are at one distance in single precision.
    const usual = (ids: Uint32Array) => ids.filter((_, at) => Math.floor(at / 7) !== 17);
    expect(usual(found.ids)).toEqual(usual(truth.ids));
    for (let at = 7 * 17; at < 7 * 18; at++) expect(found.distances[at]! / truth.distances[at]!).toBeCloseTo(1, 6);
  });

  it('compares directions with the cosine metric', async () => {
    const values = clustered(200, 5, 4);
    const scaled = values.map((value, at) => value * (1 + (Math.floor(at / 5) % 3)));
    const unit = Float32Array.from(values, (value, at) => {
      const row = values.subarray(Math.floor(at / 5) * 5, Math.floor(at / 5) * 5 + 5);
      return value / Math.hypot(...row);
    });
    const truth = bruteForce(unit, 200, 5, 7);
    const found = await nearestNeighbours(scaled, 200, 5, { ...exact, metric: 'cosine' });
    found.distances.forEach((distance, at) => expect(distance).toBeCloseTo(truth.distances[at]!, 5));
  });

  it('refuses what has no neighbours', async () => {
    const values = new Float32Array(12);
    await expect(nearestNeighbours(values, 4, 3, { ...exact, k: 4 })).rejects.toThrow(UserError);
    values[7] = NaN;
    await expect(nearestNeighbours(values, 4, 3, { ...exact, k: 2 })).rejects.toThrow('Row 2');
  });
});

describe('approximate neighbours', () => {
  const n = 3000;
  const d = 24;
  const values = clustered(n, d, 5);
  const options: KnnOptions = { k: 10, seed: 4, method: 'approximate', threads: 0 };

  it('finds nearly all, and reports the recall that all pairs confirm', async () => {
    const truth = bruteForce(values, n, d, 10);
    const found = await nearestNeighbours(values, n, d, options);
    let hits = 0;
    for (let i = 0; i < n; i++) {
      const own = new Set(truth.ids.subarray(i * 10, i * 10 + 10));
      for (const id of found.ids.subarray(i * 10, i * 10 + 10)) if (own.has(id)) hits++;
    }
    const recall = hits / (n * 10);
    expect(found.method).toBe('approximate');
    expect(recall).toBeGreaterThanOrEqual(0.99);
    expect(found.recall.samples).toBe(500);
    expect(Math.abs(found.recall.value - recall)).toBeLessThanOrEqual(4 * found.recall.error + 1e-3);
  });

  it('gives the same for any number of threads, and something else for another seed', async () => {
    const one = await nearestNeighbours(values, n, d, options);
    for (const threads of [1, 2, 3]) {
      const other = await nearestNeighbours(values, n, d, { ...options, threads });
      expect(other.ids).toEqual(one.ids);
      expect(other.distances).toEqual(one.distances);
    }
    const hard = Float32Array.from({ length: n * d }, (_, i) => stream(0, 'hard', i).normal());
    const [a, b] = await Promise.all(
      [1, 2].map((seed) => nearestNeighbours(hard, n, d, { ...options, seed, recall: 0 })),
    );
    expect(a!.ids).not.toEqual(b!.ids);
  });

  it('says how little it found where neighbours are hardly nearer than the rest', async () => {
    const random = stream(3, 'noise');
    const noise = Float32Array.from({ length: 6000 * 300 }, () => random.normal());
    const found = await nearestNeighbours(noise, 6000, 300, { ...options, recall: 0 });
    expect(found.recall.value).toBeLessThan(0.97);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(nearestNeighbours(values, n, d, { ...options, signal: controller.signal })).rejects.toThrow(Cancelled);
  });
});
