import { Matrix, pseudoInverse } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import { blockEigenpairs, blockMatrix, fourBlock, transferOf } from '../../engine/theory/four-block';
import { fourBlockAveragingMargin, preconditionedFeatureAveraging } from '../../engine/theory/pfa';
import { probeBound } from '../../engine/theory/probe-bound';
import { adjacencySpectrum, explicitGraph, minimizer } from '../../engine/theory/spectral-loss';
import { randomGraph } from './random-graph';

describe('linear probe on the leading eigenvectors', () => {
  it('keeps its identity and bounds on 300 random graphs', () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = stream(seed, 'labels');
      const n = 6 + random.below(10);
      const graph = randomGraph(seed, 4 + random.below(8), n, random.uniform(0.1, 0.9));
      const y = Array.from({ length: n }, () => (random.chance(0.5) ? 1 : -1));
      const k = 1 + random.below(n - 1);
      const result = probeBound(graph, y, k);
      expect(Math.abs(result.dirichletForm - 2 * result.disagreement)).toBeLessThan(1e-12);
      expect(result.residual).toBeLessThanOrEqual(result.bound + 1e-12);
      expect(result.error).toBeLessThanOrEqual(result.residual + 1e-12);
    }
  });
});

const table = [
  { weights: [1, 0.3, 0.2, 0.1], margins: [0.25, 1, 1] },
  { weights: [1, 0.1, 0.2, 0.3], margins: [-0.25, -1, -1] },
  { weights: [1, 0.3, 0.1, 0.2], margins: [0.1111, 0.1111, 1] },
  { weights: [1, 0.1, 0.3, 0.2], margins: [-0.1429, -1, 0] },
  { weights: [1, 0.2, 0.3, 0.1], margins: [0.1429, 1, 0] },
] as const;
const connectivity = ([rho, alpha, beta, gamma]: readonly [number, number, number, number]) => ({
  rho,
  alpha,
  beta,
  gamma,
});

/** Minimum-norm least squares on the source rows of V_k √λ, by pseudo-inverse; `copies` equal nodes a block. */
function fittedMargin(weights: readonly [number, number, number, number], k: number, copies: number): number {
  const K = blockMatrix(connectivity(weights));
  const n = 4 * copies;
  const A = new Matrix(n, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) A.set(i, j, K[Math.floor(i / copies)]![Math.floor(j / copies)]!);
  const f = minimizer(explicitGraph(A), k);
  const source = f.subMatrix(0, 2 * copies - 1, 0, k - 1);
  const y = Matrix.columnVector(Array.from({ length: 2 * copies }, (_, i) => (i < copies ? 1 : -1)));
  const head = pseudoInverse(source, 1e-9).mmul(y);
  return f.mmul(head).get(2 * copies, 0);
}

describe('four blocks', () => {
  it('reproduces the table', () => {
    for (const { weights, margins } of table) {
      const report = fourBlock(connectivity(weights));
      [4, 3, 2].forEach((k, i) => expect(report.margins[k as 2 | 3 | 4]).toBeCloseTo(margins[i]!, 4));
      expect(report.ties).toEqual([]);
      expect(report.verdict).toBe(margins[1] > 0 ? 'transfers' : 'fails');
    }
  });

  it('agrees with a head fitted by pseudo-inverse on the explicit graph', () => {
    for (const { weights } of table)
      for (const k of [2, 3, 4] as const)
        for (const copies of [1, 3])
          expect(fittedMargin(weights, k, copies)).toBeCloseTo(fourBlock(connectivity(weights)).margins[k]!, 9);
  });

  it('agrees with fitted heads on random connectivities', () => {
    const random = stream(0, 'connectivity');
    for (let trial = 0; trial < 100; trial++) {
      const weights = [1, random.next(), random.next(), random.next()] as const;
      for (const k of [2, 3, 4] as const) {
        // Dimensions with an eigenvalue near zero amplify rounding.
        if (blockEigenpairs(connectivity(weights)).some(({ value }) => Math.abs(value) < 1e-3)) continue;
        expect(fittedMargin(weights, k, 1)).toBeCloseTo(fourBlock(connectivity(weights)).margins[k]!, 6);
      }
    }
  });

  it('has the eigenpairs of K, and zeros beside them with more nodes a block', () => {
    for (const { weights } of table) {
      const K = new Matrix(blockMatrix(connectivity(weights)));
      const sum = weights.reduce<number>((a, b) => a + b, 0);
      for (const { value, vector } of blockEigenpairs(connectivity(weights))) {
        const x = Matrix.columnVector([...vector]);
        expect(
          K.mmul(x)
            .sub(Matrix.mul(x, value * sum))
            .norm('frobenius'),
        ).toBeLessThan(1e-14);
      }
      const big = explicitGraph(K.kroneckerProduct(Matrix.ones(3, 3)));
      const expected = [...blockEigenpairs(connectivity(weights)).map(({ value }) => value), ...Array(8).fill(0)];
      expected.sort((a, b) => b - a);
      adjacencySpectrum(big).values.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 12));
    }
  });

  it('orders eigenvalues by the three comparisons', () => {
    const random = stream(2, 'order');
    for (let trial = 0; trial < 200; trial++) {
      const [alpha, beta, gamma] = [random.next(), random.next(), random.next()];
      const pairs = blockEigenpairs({ rho: 1, alpha, beta, gamma });
      const value = (name: string) => pairs.find((pair) => pair.name === name)!.value;
      expect(value('class') > value('xor')).toBe(alpha > gamma);
      expect(value('domain') > value('xor')).toBe(beta > gamma);
      expect(value('class') > value('domain')).toBe(alpha > beta);
    }
  });

  it('says "undetermined" at ties, in the margin only where the cut goes through them', () => {
    const report = fourBlock({ rho: 1, alpha: 0.1 + 0.2, beta: 0.3, gamma: 0.1 });
    expect(report.verdict).toBe('undetermined');
    expect(report.ties).toEqual(['alpha = beta']);
    expect(report.margins[2]).toBeUndefined();
    expect(report.margins[3]).toBeCloseTo(1, 12);
    expect(fourBlock({ rho: 1, alpha: 0.2, beta: 0.1, gamma: 0.2 }).verdict).toBe('undetermined');
    expect(fourBlock({ rho: 1, alpha: 0.2, beta: 0.1, gamma: 0.1 }).margins[3]).toBeUndefined();
    expect(fourBlock({ rho: 1, alpha: 0.31, beta: 0.3, gamma: 0.1 }, 0.02).verdict).toBe('undetermined');
    expect(transferOf(0)).toBe('chance');
  });

  it('refuses negative weights', () => {
    expect(() => fourBlock({ rho: 1, alpha: -1, beta: 0, gamma: 0 })).toThrow('alpha');
  });
});

describe('preconditioned feature averaging', () => {
  it('reproduces the margin fixture', () => {
    const weights = connectivity([1, 0.3, 0.2, 0.1]);
    expect(fourBlockAveragingMargin(weights, 1)).toBeCloseTo(0.125, 14);
    expect(fourBlockAveragingMargin(weights, 3)).toBeCloseTo(0.095703125, 14);
  });

  it('has that margin on the explicit graph', () => {
    for (const { weights } of table) {
      const graph = explicitGraph(new Matrix(blockMatrix(connectivity(weights))));
      const f = minimizer(graph, 4);
      for (const steps of [1, 2, 3, 5]) {
        const scores = preconditionedFeatureAveraging(f, graph.nodeWeights, [0, 1, -1, -1], 2, steps);
        const margin = (scores.get(2, 0) - scores.get(2, 1)) / 2;
        expect(margin).toBeCloseTo(fourBlockAveragingMargin(connectivity(weights), steps), 12);
      }
    }
  });

  it('scores by t-step walks that end in a source class', () => {
    for (let seed = 0; seed < 20; seed++) {
      const n = 8;
      const graph = randomGraph(seed, 9, n);
      const sourceClass = Array.from({ length: n }, (_, x) => (x < 5 ? x % 3 : -1));
      const P = graph.weights.clone().divColumnVector([...graph.nodeWeights]);
      const sourceWeight = graph.nodeWeights.slice(0, 5).reduce((a, b) => a + b);
      for (const steps of [1, 2, 4]) {
        let walk = Matrix.eye(n);
        for (let t = 0; t < steps; t++) walk = walk.mmul(P);
        const scores = preconditionedFeatureAveraging(minimizer(graph, n), graph.nodeWeights, sourceClass, 3, steps);
        for (let x = 0; x < n; x++)
          for (let i = 0; i < 3; i++) {
            let ends = 0;
            for (let z = 0; z < 5; z++) if (sourceClass[z] === i) ends += walk.get(x, z);
            expect(scores.get(x, i)).toBeCloseTo(ends / sourceWeight, 9);
          }
      }
    }
  });
});
