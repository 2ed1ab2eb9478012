import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import { kmeans } from '../../engine/graph/kmeans';

/** Smallest inertia over every labeling. */
function bruteForce(points: Float64Array, n: number, d: number, k: number): number {
  let best = Infinity;
  for (let code = 0; code < k ** n; code++) {
    const labels = Array.from({ length: n }, (_, i) => Math.floor(code / k ** i) % k);
    let inertia = 0;
    for (let c = 0; c < k; c++) {
      const members = labels.flatMap((label, i) => (label === c ? [i] : []));
      for (let j = 0; j < d; j++) {
        const mean = members.reduce((sum, i) => sum + points[i * d + j]!, 0) / members.length;
        for (const i of members) inertia += (points[i * d + j]! - mean) ** 2;
      }
    }
    best = Math.min(best, inertia);
  }
  return best;
}

describe('k-means', () => {
  it('finds the optimum of small problems', () => {
    for (let trial = 0; trial < 10; trial++) {
      const random = stream(trial, 'points');
      const points = Float64Array.from({ length: 18 }, () => random.normal());
      const result = kmeans(points, 9, 2, { clusters: 3, seed: trial, restarts: 20 });
      expect(result.converged).toBe(true);
      expect(result.inertia).toBeCloseTo(bruteForce(points, 9, 2, 3), 10);
    }
  });

  it.each([3000, 21_000])('ends at a fixed point of Lloyd: nearest centres, centres at means (n = %i)', (n) => {
    const d = 5;
    const k = 7;
    const random = stream(1, 'points');
    const points = Float32Array.from({ length: n * d }, () => random.normal());
    const { labels, centers, inertia, converged } = kmeans(points, n, d, {
      clusters: k,
      seed: 4,
      restarts: 3,
      iterations: 2000,
    });
    let sum = 0;
    const means = new Float64Array(k * d);
    const counts = new Float64Array(k);
    for (let i = 0; i < n; i++) {
      const distances = Array.from({ length: k }, (_, c) => {
        let s = 0;
        for (let j = 0; j < d; j++) s += (points[i * d + j]! - centers[c * d + j]!) ** 2;
        return s;
      });
      if (distances[labels[i]!]! > Math.min(...distances) + 1e-12)
        expect.fail(`row ${i} is not with its nearest centre`);
      sum += distances[labels[i]!]!;
      counts[labels[i]!]!++;
      for (let j = 0; j < d; j++) means[labels[i]! * d + j]! += points[i * d + j]!;
    }
    expect(inertia).toBeCloseTo(sum, 6);
    for (let c = 0; c < k * d; c++) expect(centers[c]).toBeCloseTo(means[c]! / counts[Math.floor(c / d)]!, 10);
    for (let c = 1; c < k; c++) expect(counts[c]).toBeLessThanOrEqual(counts[c - 1]!);
    expect(converged).toBe(true);
  });

  it('recovers well separated groups and repeats itself', () => {
    const random = stream(2, 'groups');
    const n = 4000;
    const truth = Int32Array.from({ length: n }, () => random.below(10));
    const points = new Float32Array(n * 16);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < 16; j++) points[i * 16 + j] = 0.3 * random.normal() + (j === truth[i] ? 5 : 0);
    const first = kmeans(points, n, 16, { clusters: 10, seed: 0 });
    const again = kmeans(points, n, 16, { clusters: 10, seed: 0 });
    expect(again).toEqual(first);
    const pairs = new Set(Array.from(truth, (t, i) => `${t} ${first.labels[i]}`));
    expect(pairs.size).toBe(10);
  });

  it('keeps every cluster inhabited while there are enough distinct points', () => {
    const points = Float64Array.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
    const { labels, inertia } = kmeans(points, 10, 1, { clusters: 3, seed: 0, restarts: 5 });
    expect(new Set(labels).size).toBe(3);
    expect(inertia).toBe(0);
    expect(kmeans(new Float64Array(6), 6, 1, { clusters: 3, seed: 0 }).inertia).toBe(0);
  });

  it('refuses more clusters than points', () => {
    expect(() => kmeans(new Float64Array(4), 2, 2, { clusters: 3, seed: 0 })).toThrow(RangeError);
  });
});
