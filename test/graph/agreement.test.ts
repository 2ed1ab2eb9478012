import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import {
  adjustedRandIndex,
  clusterPurity,
  contingencyTable,
  matchedAccuracy,
  normalizedMutualInformation,
  purity,
} from '../../engine/graph/agreement';
import { maximumAssignment, minimumAssignment } from '../../engine/graph/hungarian';

const classes = [0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 3, 3];
const clusters = [0, 0, 1, 1, 1, 2, 2, 2, 2, 0, 1, 1];

/** Smallest cost over every injection of rows into columns (or the reverse). */
function bruteForce(cost: Float64Array, rows: number, columns: number): number {
  let best = Infinity;
  const used = new Set<number>();
  const place = (row: number, skipped: number, sum: number): void => {
    if (row === rows) {
      best = Math.min(best, sum);
      return;
    }
    for (let j = 0; j < columns; j++) {
      if (used.has(j)) continue;
      used.add(j);
      place(row + 1, skipped, sum + cost[row * columns + j]!);
      used.delete(j);
    }
    if (skipped < rows - columns) place(row + 1, skipped + 1, sum);
  };
  place(0, 0, 0);
  return best;
}

describe('assignment', () => {
  it('matches brute force on rectangular matrices', () => {
    const random = stream(3, 'assignment');
    for (let trial = 0; trial < 300; trial++) {
      const rows = 1 + random.below(5);
      const columns = 1 + random.below(5);
      // Small integers make ties common.
      const cost = Float64Array.from({ length: rows * columns }, () =>
        trial % 2 ? random.below(4) : random.uniform(-3, 3),
      );
      const columnOf = minimumAssignment(cost, rows, columns);
      const placed = [...columnOf].filter((j) => j >= 0);
      expect(placed.length).toBe(Math.min(rows, columns));
      expect(new Set(placed).size).toBe(placed.length);
      let sum = 0;
      columnOf.forEach((j, i) => (sum += j < 0 ? 0 : cost[i * columns + j]!));
      expect(sum).toBeCloseTo(bruteForce(cost, rows, columns), 10);
    }
  });

  it('maximises with the sign turned', () => {
    expect([...maximumAssignment([1, 5, 4, 6], 2, 2)]).toEqual([1, 0]);
  });
});

describe('agreement of two labelings', () => {
  it('gives scikit-learn 1.2 values', () => {
    const table = contingencyTable(clusters, classes);
    expect(normalizedMutualInformation(table)).toBeCloseTo(0.469592419541264, 12);
    expect(adjustedRandIndex(table)).toBeCloseTo(0.1841779975278121, 12);
  });

  it('follows scikit-learn at the edges', () => {
    const one = contingencyTable([0, 0, 0], [1, 1, 1]);
    expect(normalizedMutualInformation(one)).toBe(1);
    expect(adjustedRandIndex(one)).toBe(1);
    const flat = contingencyTable([0, 0, 1, 1], [0, 0, 0, 0]);
    expect(normalizedMutualInformation(flat)).toBe(0);
    expect(adjustedRandIndex(flat)).toBe(0);
    expect(adjustedRandIndex(contingencyTable([0, 1, 2], [2, 0, 1]))).toBe(1);
    expect(adjustedRandIndex(contingencyTable([0, 0, 1, 1], [0, 1, 0, 1]))).toBeCloseTo(-0.5, 12);
  });

  it('counts the pairs of the adjusted Rand index by brute force', () => {
    const random = stream(5, 'rand index');
    for (let trial = 0; trial < 50; trial++) {
      const n = 8;
      const a = Array.from({ length: n }, () => random.below(3));
      const b = Array.from({ length: n }, () => random.below(4));
      let [both, first, second, all] = [0, 0, 0, 0];
      for (let i = 0; i < n; i++)
        for (let j = 0; j < i; j++) {
          all++;
          if (a[i] === a[j]) first++;
          if (b[i] === b[j]) second++;
          if (a[i] === a[j] && b[i] === b[j]) both++;
        }
      const expected = (first * second) / all;
      const half = (first + second) / 2;
      const oracle = half === expected ? 1 : (both - expected) / (half - expected);
      expect(adjustedRandIndex(contingencyTable(a, b))).toBeCloseTo(oracle, 12);
    }
  });

  it('matches clusters to classes as every permutation would', () => {
    const random = stream(7, 'matching');
    const permutations = (items: number[]): number[][] =>
      items.length === 0
        ? [[]]
        : items.flatMap((item) => permutations(items.filter((x) => x !== item)).map((rest) => [item, ...rest]));
    for (let trial = 0; trial < 30; trial++) {
      const a = Array.from({ length: 20 }, () => random.below(4));
      const b = Array.from({ length: 20 }, () => random.below(4));
      const best = Math.max(...permutations([0, 1, 2, 3]).map((p) => a.filter((x, i) => p[x] === b[i]).length / 20));
      expect(matchedAccuracy(contingencyTable(a, b)).accuracy).toBeCloseTo(best, 12);
    }
  });

  it('gives purity, and leaves out unlabelled samples and other rows', () => {
    const table = contingencyTable([0, 0, 0, 1, 1, 2], [1, 1, 0, 0, -1, 0], [0, 1, 2, 3, 4]);
    expect([...table.counts]).toEqual([1, 2, 1, 0, 0, 0]);
    expect(table.total).toBe(4);
    expect([...clusterPurity(table)]).toEqual([2 / 3, 1, NaN]);
    expect(purity(table)).toBe(0.75);
    expect([...matchedAccuracy(table).classOfCluster]).toEqual([1, 0, -1]);
  });
});
