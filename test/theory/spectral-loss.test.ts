import { EigenvalueDecomposition, Matrix, QrDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { batchLoss } from '../../engine/theory/batch-loss';
import { positivePairGraph, uniformAugmentation } from '../../engine/theory/positive-pair-graph';
import {
  adjacencySpectrum,
  explicitGraph,
  factorizationResidual,
  generalizedCovarianceEigenvalues,
  generalizedLoss,
  minimizer,
  minimumLoss,
  normalizedAdjacency,
  populationLoss,
} from '../../engine/theory/spectral-loss';
import { randomGraph, randomMatrix } from './random-graph';

describe('positive-pair graph', () => {
  it('has the weights of its definition', () => {
    // x̄0 → {0, 1}, x̄1 → {1, 2, 3}: w_xx' by hand.
    const { weights, nodeWeights } = positivePairGraph(
      uniformAugmentation(
        [
          [0, 1],
          [1, 2, 3],
        ],
        4,
      ),
    );
    const [a, b] = [1 / 8, 1 / 18];
    const expected = [
      [a, a, 0, 0],
      [a, a + b, b, b],
      [0, b, b, b],
      [0, b, b, b],
    ];
    expected.forEach((row, i) => row.forEach((w, j) => expect(weights.get(i, j)).toBeCloseTo(w, 15)));
    expect(nodeWeights.reduce((x, y) => x + y)).toBeCloseTo(1, 15);
    expect(nodeWeights[0]).toBeCloseTo(1 / 4, 15);
  });

  it('has a positive semidefinite Ā, 1 on top with √w, as often as there are components', () => {
    for (let seed = 0; seed < 40; seed++) {
      const graph = randomGraph(seed, 7, 12);
      const { values } = adjacencySpectrum(graph);
      expect(values[0]).toBeCloseTo(1, 12);
      expect(values.at(-1)!).toBeGreaterThan(-1e-12);
      const root = Matrix.columnVector(graph.nodeWeights.map(Math.sqrt));
      expect(normalizedAdjacency(graph).mmul(root).sub(root).norm('frobenius')).toBeLessThan(1e-12);
    }
    const three = positivePairGraph(uniformAugmentation([[0, 1], [1, 2], [3, 4], [5]], 6));
    expect(adjacencySpectrum(three).values.filter((value) => value > 1 - 1e-10).length).toBe(3);
  });

  it('refuses probabilities and weights that are none', () => {
    expect(() => positivePairGraph(new Matrix([[0.5, 0.4]]))).toThrow('sum to 0.9');
    expect(() =>
      explicitGraph(
        new Matrix([
          [0, 1],
          [2, 0],
        ]),
      ),
    ).toThrow('symmetric');
    expect(() =>
      explicitGraph(
        new Matrix([
          [1, 0],
          [0, 0],
        ]),
      ),
    ).toThrow('Node 1');
  });
});

describe('spectral contrastive loss', () => {
  it('is matrix factorisation: ‖Ā − FFᵀ‖² = L(f) + ‖Ā‖²', () => {
    for (let seed = 0; seed < 30; seed++) {
      const graph = randomGraph(seed, 8, 11);
      const f = randomMatrix(seed, 11, 4);
      const right = populationLoss(graph, f) + normalizedAdjacency(graph).norm('frobenius') ** 2;
      const left = factorizationResidual(graph, f);
      expect(Math.abs(left - right)).toBeLessThan(1e-14 * Math.max(1, left));
    }
  });

  it('has the minimum −Σλ², unchanged by rotation, not beaten by neighbours', () => {
    for (let seed = 0; seed < 10; seed++) {
      const graph = randomGraph(seed, 9, 10);
      const k = 3;
      const { values } = adjacencySpectrum(graph);
      const f = minimizer(graph, k);
      const least = minimumLoss(values, k);
      expect(populationLoss(graph, f)).toBeCloseTo(least, 13);
      expect(least).toBeCloseTo(-values.slice(0, k).reduce((s, v) => s + v * v, 0), 14);
      const Q = new QrDecomposition(randomMatrix(seed + 100, k, k)).orthogonalMatrix;
      expect(populationLoss(graph, f.mmul(Q))).toBeCloseTo(least, 13);
      for (let t = 0; t < 20; t++) {
        const nearby = Matrix.add(f, randomMatrix(1000 + t, 10, k).mul(10 ** -(t % 4)));
        expect(populationLoss(graph, nearby)).toBeGreaterThan(least - 1e-14);
      }
    }
  });

  it('does not count negative eigenvalues', () => {
    // A single edge: Ā has eigenvalues 1 and −1.
    const graph = explicitGraph(
      new Matrix([
        [0, 1],
        [1, 0],
      ]),
    );
    expect(minimumLoss(adjacencySpectrum(graph).values, 2)).toBeCloseTo(-1, 14);
    expect(populationLoss(graph, minimizer(graph, 2))).toBeCloseTo(-1, 14);
  });
});

describe('generalised loss', () => {
  it('is L + k at σ = 1', () => {
    for (let seed = 0; seed < 20; seed++) {
      const graph = randomGraph(seed, 6, 9);
      const f = randomMatrix(seed, 9, 3).mul(0.7);
      const loss = populationLoss(graph, f) + 3;
      expect(Math.abs(generalizedLoss(graph, f, 1) - loss)).toBeLessThan(1e-12 * Math.max(1, loss));
    }
  });

  it('has the covariance max(0, 1 − (1 − λ)/σ) where gradient descent ends', () => {
    const graph = randomGraph(3, 8, 9);
    const n = 9;
    const k = 4;
    const { values } = adjacencySpectrum(graph);
    const { weights, nodeWeights } = graph;
    const W = Matrix.diag([...nodeWeights]);
    for (const sigma of [0.6, 1, 4]) {
      const f = randomMatrix(5, n, k).mul(0.5);
      for (let step = 0; step < 40_000; step++) {
        // ∂/∂f: 4 (D − W) f + 4σ D f (fᵀD f − I), preconditioned by D⁻¹.
        const covariance = f.transpose().mmul(W).mmul(f);
        const gradient = Matrix.sub(f, weights.mmul(f).divColumnVector([...nodeWeights])).add(
          f.mmul(Matrix.sub(covariance, Matrix.eye(k))).mul(sigma),
        );
        f.sub(gradient.mul(0.1 / Math.max(1, sigma)));
      }
      const found = new EigenvalueDecomposition(f.transpose().mmul(W).mmul(f), {
        assumeSymmetric: true,
      }).realEigenvalues.sort((a, b) => b - a);
      generalizedCovarianceEigenvalues(values, k, sigma).forEach((value, i) => expect(found[i]).toBeCloseTo(value, 4));
    }
  });
});

describe('mini-batch loss', () => {
  const z1 = [1, 0, 0, 2, 0.5, 0.5];
  const z2 = [0.8, 0.1, 0, 1, 2, 0];
  it('reproduces the fixture at μ = 1', () => {
    const { loss, positive, negative } = batchLoss(z1, z2, 3, 2, 1);
    expect(loss).toBeCloseTo(-1.2895833, 7);
    expect(positive).toBeCloseTo(-1.5333333, 7);
    expect(negative).toBeCloseTo(0.24375, 7);
  });
  it('reproduces the fixture at μ = 3', () => {
    const { loss, positive, negative } = batchLoss(z1, z2, 3, 2, 3);
    expect(loss).toBeCloseTo(-0.5616558, 7);
    expect(Math.abs(positive + 0.7551281)).toBeLessThan(1e-7);
    expect(Math.abs(negative - 0.1934723)).toBeLessThan(1e-7);
  });
  it('needs negatives', () => expect(() => batchLoss([1], [1], 1, 1, 1)).toThrow('two samples'));
});
