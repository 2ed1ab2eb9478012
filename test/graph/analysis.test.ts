import { describe, expect, it } from 'vitest';
import { stream, type Random } from '../../engine/data/random';
import { coOccurrence } from '../../engine/graph/build/co-occurrence';
import { graphFromEdges, type CsrGraph } from '../../engine/graph/csr';
import { eigenvectorEnds } from '../../engine/graph/extremes';
import { nodeSpectrum } from '../../engine/graph/node-spectrum';
import { shortestPath } from '../../engine/graph/path';
import { disagreement, leastSquaresError, probeBounds, tightest } from '../../engine/graph/probe-bound';
import { compareSubspaces } from '../../engine/graph/subspace';
import { explicitGraph } from '../../engine/theory/spectral-loss';
import { probeBound } from '../../engine/theory/probe-bound';
import { Matrix } from 'ml-matrix';

function randomGraph(random: Random, n: number, edges: number): CsrGraph {
  const from = Array.from({ length: edges }, (_, e) => (e < n ? e : random.below(n)));
  const to = from.map((a, e) => (e < n ? (a + 1) % n : random.below(n)));
  return graphFromEdges({ nodes: n, from, to, weights: from.map(() => random.uniform(0.1, 2)) });
}

function dense({ nodes, starts, columns, values }: CsrGraph): Matrix {
  const matrix = Matrix.zeros(nodes, nodes);
  for (let i = 0; i < nodes; i++)
    for (let e = starts[i]!; e < starts[i + 1]!; e++) matrix.set(i, columns[e]!, values[e]!);
  return matrix;
}

async function solved(graph: CsrGraph, count: number) {
  const n = graph.nodes;
  const sampleOf = Int32Array.from({ length: n }, (_, i) => i);
  return nodeSpectrum({ graph, sampleOf, details: {} }, n, { count, seed: 0 });
}

describe('the probe bound on sparse graphs', () => {
  it('agrees with the two-class bound of the theory on random graphs', async () => {
    const random = stream(4, 'probe bound');
    for (let round = 0; round < 20; round++) {
      const n = 12 + random.below(20);
      const graph = randomGraph(random, n, 3 * n);
      const labels = Int32Array.from({ length: n }, () => random.below(2));
      const { pairs, nodeWeights } = await solved(graph, n);
      const input = {
        ...{ vectors: pairs.vectors, count: n, eigenvalues: pairs.values, nodeWeights, labels, classes: 2 },
        disagreement: disagreement(graph, labels),
      };
      const bounds = probeBounds(input);
      const y = [...labels].map((label) => (label === 1 ? 1 : -1));
      const explicit = explicitGraph(dense(graph));
      for (const k of [1, 3, 7]) {
        const theory = probeBound(explicit, y, k);
        expect(bounds[k - 1]!.bound).toBeCloseTo(theory.bound, 4);
        // One indicator a class counts each half of the ±1 labels' residual.
        expect(bounds[k - 1]!.residual).toBeCloseTo(theory.residual / 2, 5);
        expect(leastSquaresError(input, k)).toBeCloseTo(theory.error, 5);
      }
    }
  });

  it('holds for many classes: error ≤ 2 · residual ≤ bound', async () => {
    const random = stream(6, 'many classes');
    for (let round = 0; round < 30; round++) {
      const n = 40;
      const graph = randomGraph(random, n, 4 * n);
      const labels = Int32Array.from({ length: n }, (_, x) => (random.chance(0.2) ? random.below(4) : x >> 2) % 4);
      const { pairs, nodeWeights } = await solved(graph, 13);
      const input = {
        ...{ vectors: pairs.vectors, count: 13, eigenvalues: pairs.values, nodeWeights, labels, classes: 4 },
        disagreement: disagreement(graph, labels),
      };
      for (const { k, residual, bound } of probeBounds(input)) {
        expect(2 * residual).toBeLessThanOrEqual(bound + 1e-5);
        expect(leastSquaresError(input, k)).toBeLessThanOrEqual(2 * residual + 1e-5);
      }
      const best = tightest(probeBounds(input))!;
      expect(best.bound).toBe(Math.min(...probeBounds(input).map(({ bound }) => bound)));
    }
  });
});

describe('augmented samples as nodes', () => {
  it('give a sample the mean of the eigenfunctions over its augmentations', async () => {
    const random = stream(9, 'augmented');
    const [samples, nodes, each] = [10, 18, 4];
    const chosen = Array.from({ length: samples }, () =>
      random.shuffle(Array.from({ length: nodes }, (_, x) => x)).slice(0, each),
    );
    const augmentations = {
      starts: Uint32Array.from({ length: samples + 1 }, (_, s) => s * each),
      nodes: Uint32Array.from(chosen.flat()),
      probabilities: new Float64Array(samples * each).fill(1 / each),
    };
    const graph = coOccurrence(augmentations, nodes);
    const sampleOf = Int32Array.from({ length: nodes }, (_, x) =>
      Math.max(
        0,
        chosen.findIndex((set) => set.includes(x)),
      ),
    );
    const built = { graph, sampleOf, augmentations, details: {} };
    const { pairs, samples: vectors } = await nodeSpectrum(built, samples, { count: 5, seed: 0 });
    // An augmentation graph is positive semidefinite: w = Bᵀ B / n.
    expect(pairs.values[4]).toBeGreaterThanOrEqual(-1e-6);
    const weights = dense(graph);
    const w = weights.sum('row');
    for (let i = 0; i < 5; i++) {
      const mean = chosen.map((set) =>
        set.reduce((sum, x) => sum + pairs.vectors[x * 5 + i]! / Math.sqrt(w[x]!) / each, 0),
      );
      const norm = Math.hypot(...mean);
      const sign = Math.sign(mean.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0));
      mean.forEach((value, s) => expect(vectors[s * 5 + i]).toBeCloseTo((sign * value) / norm, 5));
    }
  });
});

describe('subspaces', () => {
  it('are equal after any rotation, orthogonal where nothing is shared, at the angle that was made', () => {
    const n = 50;
    const basis = (columns: number[]) =>
      Float32Array.from({ length: n * 2 }, (_, at) => (Math.floor(at / 2) === columns[at % 2] ? 1 : 0));
    const exact = basis([0, 1]);
    const turn = (angle: number) => {
      const turned = basis([0, 1]);
      turned.set([Math.cos(angle), -Math.sin(angle), Math.sin(angle), Math.cos(angle)]);
      return turned;
    };
    const same = compareSubspaces(turn(0.9), 2, exact, 2, [1, 0.5], n, 2);
    expect(same.cosines.map((c) => Math.round(c * 1e6) / 1e6)).toEqual([1, 1]);
    expect(same.explained).toBeCloseTo(1, 6);
    const apart = compareSubspaces(basis([2, 3]), 2, exact, 2, [1, 0.5], n, 2);
    expect(apart.explained).toBe(0);
    expect(apart.angles[0]).toBeCloseTo(Math.PI / 2, 6);
    const tilted = basis([0, 1]);
    tilted[2 + 1] = Math.cos(0.3);
    tilted[2 * 2 + 1] = Math.sin(0.3);
    const result = compareSubspaces(tilted, 2, exact, 2, [1, 0.5], n, 2);
    expect(result.angles[1]).toBeCloseTo(0.3, 5);
    expect(result.explained).toBeCloseTo((1 + 0.5 * Math.cos(0.3) ** 2) / 1.5, 5);
  });
});

describe('paths', () => {
  it('are as short as those of Floyd and Warshall', () => {
    const random = stream(2, 'paths');
    for (let round = 0; round < 20; round++) {
      const n = 25;
      const graph = graphFromEdges({
        nodes: n,
        ...{
          from: Array.from({ length: 30 }, () => random.below(n)),
          to: Array.from({ length: 30 }, () => random.below(n)),
        },
        weights: Array.from({ length: 30 }, () => random.uniform(0.05, 1)),
      });
      const weights = dense(graph);
      const heaviest = weights.max();
      const lengths = Array.from({ length: n }, (_, i) =>
        Array.from({ length: n }, (_, j) => {
          if (i === j) return 0;
          return weights.get(i, j) > 0 ? 1 + Math.log(heaviest / weights.get(i, j)) : Infinity;
        }),
      );
      for (let m = 0; m < n; m++)
        for (let i = 0; i < n; i++)
          for (let j = 0; j < n; j++) lengths[i]![j] = Math.min(lengths[i]![j]!, lengths[i]![m]! + lengths[m]![j]!);
      for (let j = 0; j < n; j++) {
        const path = shortestPath(graph, 0, j);
        if (lengths[0]![j] === Infinity) {
          expect(path).toBeUndefined();
          continue;
        }
        expect(path!.length).toBeCloseTo(lengths[0]![j]!, 9);
        expect(path!.nodes[0]).toBe(0);
        expect(path!.nodes.at(-1)).toBe(j);
        path!.weights.forEach((w, i) => expect(w).toBeCloseTo(weights.get(path!.nodes[i]!, path!.nodes[i + 1]!), 6));
      }
    }
  });
});

describe('ends of eigenvectors', () => {
  it('are the rows that sorting finds', () => {
    const random = stream(7, 'ends');
    const values = Float32Array.from({ length: 200 * 3 }, () => Math.round(random.normal() * 10) / 10);
    for (let column = 0; column < 3; column++) {
      const rows = Array.from({ length: 200 }, (_, x) => x);
      const at = (x: number) => values[x * 3 + column]!;
      const { low, high } = eigenvectorEnds(values, 200, 3, column, 9);
      expect(low).toEqual([...rows].sort((a, b) => at(a) - at(b) || a - b).slice(0, 9));
      expect(high).toEqual([...rows].sort((a, b) => at(b) - at(a) || a - b).slice(0, 9));
    }
  });
});
