import { Matrix, QrDecomposition, SingularValueDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import {
  balance,
  fineTuningBound,
  gradientFlow,
  linearProbe,
  outOfDistributionLoss,
  rowSpace,
  toyLimit,
  trainingLoss,
  type TwoLayerNetwork,
} from '../../engine/theory/two-layer';
import { randomMatrix } from './random-graph';

function orthonormalRows(seed: number, k: number, d: number): Matrix {
  return new QrDecomposition(randomMatrix(seed, d, k)).orthogonalMatrix.transpose();
}

/** d = 20, k = 3, n = 10, noise-free targets. */
function setting(seed: number, k = 3, d = 20, n = 10) {
  const truth: TwoLayerNetwork = { B: orthonormalRows(seed, k, d), v: randomMatrix(seed + 1, k, 1) };
  const X = randomMatrix(seed + 2, n, d);
  return { truth, task: { X, Y: X.mmul(truth.B.transpose().mmul(truth.v)) } };
}

describe('two-layer linear network', () => {
  it('keeps v vᵀ − B Bᵀ and the features off the data, ever better with smaller steps', () => {
    const { task } = setting(1);
    const start = { B: orthonormalRows(9, 3, 20), v: randomMatrix(10, 3, 1) };
    const drift = [1e-3, 5e-4].map((step) => {
      const end = gradientFlow(start, task, { step, steps: 1 / step });
      const off = rowSpace(task.X).complement;
      expect(Matrix.sub(end.B, start.B).mmul(off).norm('frobenius')).toBeLessThan(1e-13);
      expect(trainingLoss(end, task)).toBeLessThan(1e-6 * trainingLoss(start, task));
      return Matrix.sub(balance(end), balance(start)).norm('frobenius');
    });
    expect(drift[0]).toBeLessThan(1e-4);
    // Fourth order: half the step, a sixteenth of the drift.
    expect(drift[1]).toBeLessThan(drift[0]! / 8);
  });

  it('has the least training loss at the linear probe', () => {
    const { task } = setting(3);
    const probe = linearProbe(orthonormalRows(4, 3, 20), task);
    const least = trainingLoss(probe, task);
    for (let seed = 0; seed < 20; seed++) {
      const other = { B: probe.B, v: Matrix.add(probe.v, randomMatrix(seed, 3, 1).mul(0.01)) };
      expect(trainingLoss(other, task)).toBeGreaterThan(least);
    }
  });

  it('from perfect features: nothing is lost by LP and LP-FT at any time, something by FT', () => {
    for (let seed = 0; seed < 3; seed++) {
      const { truth, task } = setting(10 * seed);
      const U = new QrDecomposition(randomMatrix(seed + 500, 3, 3)).orthogonalMatrix;
      const B = U.mmul(truth.B);
      const probe = linearProbe(B, task);
      expect(outOfDistributionLoss(probe, truth)).toBeLessThan(1e-20);
      const both = gradientFlow(probe, task, { step: 4e-3, steps: 400 });
      expect(outOfDistributionLoss(both, truth)).toBeLessThan(1e-15);
      const tuned = gradientFlow({ B, v: randomMatrix(seed + 600, 3, 1) }, task, { step: 4e-3, steps: 600 });
      expect(trainingLoss(tuned, task)).toBeLessThan(1e-3);
      expect(outOfDistributionLoss(tuned, truth)).toBeGreaterThan(1e-3);
    }
  });

  it('stays above the lower bound at every time', () => {
    let informative = 0;
    for (let seed = 0; seed < 20; seed++) {
      const { truth, task } = setting(100 + seed, seed % 2 ? 1 : 2, 12, 5);
      const k = truth.B.rows;
      truth.v.div(truth.v.norm('frobenius'));
      // Features near the true ones, some exactly there.
      const noise = seed % 4 < 2 ? 0 : 0.02;
      const B = new QrDecomposition(
        Matrix.add(truth.B, randomMatrix(seed, k, 12).mul(noise)).transpose(),
      ).orthogonalMatrix.transpose();
      let network: TwoLayerNetwork = { B, v: randomMatrix(seed + 300, k, 1).mul(0.3) };
      const task2 = { X: task.X, Y: task.X.mmul(truth.B.transpose().mmul(truth.v)) };
      const { bound } = fineTuningBound(network, truth, task.X);
      if (bound > 0) informative++;
      for (let chunk = 0; chunk < 8; chunk++) {
        expect(Math.sqrt(outOfDistributionLoss(network, truth))).toBeGreaterThan(bound - 1e-9);
        network = gradientFlow(network, task2, { step: 4e-3, steps: 40 });
      }
    }
    expect(informative).toBeGreaterThan(5);
  });

  it('measures the angle of the bound by hand', () => {
    // Features along e1 and e2, data spans e1: the second direction lies wholly outside, the first wholly inside.
    const B = new Matrix([[1, 0, 0]]);
    const truth = { B, v: new Matrix([[1]]) };
    const X = new Matrix([[Math.cos(0.3), Math.sin(0.3), 0]]);
    const result = fineTuningBound({ B, v: new Matrix([[0]]) }, truth, X);
    expect(result.cosine).toBeCloseTo(Math.sin(0.3), 12);
    expect(result.headError).toBeCloseTo(1, 12);
    expect(result.featureError).toBeCloseTo(0, 12);
    expect(result.bound).toBeCloseTo(Math.sin(0.3) / 4, 12);
  });
});

describe('the toy in closed form', () => {
  const c = Math.SQRT1_2;
  it.each([
    [0, 0.70711, 0.0428932],
    [0.5, 0.77011, 0.0264246],
    [1, 1, 0],
    [2, 1.90721, 0.411517],
    [-1, -1, 2],
  ])('v₀ = %f', (v0, head, loss) => {
    const limit = toyLimit(v0, 1, c, c);
    expect(limit.head).toBeCloseTo(head, 5);
    expect(limit.outOfDistributionLoss).toBeCloseTo(loss, 6);
  });

  it('is where the flow ends', () => {
    for (const [v0, target, angle] of [
      [0, 1, Math.PI / 4],
      [0.5, 1, Math.PI / 4],
      [2, 1, Math.PI / 4],
      [-1, 1, Math.PI / 4],
      [0.2, -1.5, 0.4],
      [0.9, 2, 2.5],
    ] as const) {
      const B = new Matrix([[Math.cos(angle), Math.sin(angle)]]);
      const truth = { B, v: new Matrix([[target]]) };
      const task = { X: new Matrix([[1, 0]]), Y: new Matrix([[target * Math.cos(angle)]]) };
      const end = gradientFlow({ B, v: new Matrix([[v0]]) }, task, { step: 0.01, steps: 6000 });
      const limit = toyLimit(v0, target, Math.cos(angle), Math.sin(angle));
      expect(limit.head).toBeCloseTo(end.v.get(0, 0), 6);
      expect(limit.feature).toBeCloseTo(end.B.get(0, 0), 6);
      expect(limit.outOfDistributionLoss).toBeCloseTo(outOfDistributionLoss(end, truth), 6);
    }
  });

  it('ends at the saddle from the one start that leads there', () => {
    expect(toyLimit(-0.5, 1, 0.5, Math.sqrt(0.75))).toEqual({ head: 0, feature: 0, outOfDistributionLoss: 1 });
  });
});

it('finds row space and complement', () => {
  const X = randomMatrix(1, 3, 7);
  const { basis, complement } = rowSpace(X);
  expect([basis.columns, complement.columns]).toEqual([3, 4]);
  expect(X.mmul(complement).norm('frobenius')).toBeLessThan(1e-12);
  expect(new SingularValueDecomposition(X.mmul(basis)).rank).toBe(3);
});
