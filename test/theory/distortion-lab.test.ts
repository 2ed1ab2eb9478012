import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { distortionLab, type LabSettings } from '../../engine/theory/distortion-lab';
import { flowPath } from '../../engine/theory/flow-path';
import { gradientFlow, toyLimit } from '../../engine/theory/two-layer';
import { randomMatrix } from './random-graph';

describe('flowPath', () => {
  it('agrees with small fixed steps', () => {
    const start = { v: randomMatrix(1, 2, 1), B: randomMatrix(2, 2, 5) };
    const X = randomMatrix(3, 4, 5);
    const task = { X, Y: randomMatrix(4, 4, 1) };
    const path = flowPath(start, task, { times: [0, 0.05, 0.4] });
    expect(path[0]!.B.to2DArray()).toEqual(start.B.to2DArray());
    for (const [i, time] of [0, 0.05, 0.4].entries()) {
      const fixed = gradientFlow(start, task, { step: 2e-4, steps: Math.round(time / 2e-4) });
      expect(Matrix.sub(path[i]!.B, fixed.B).norm('frobenius')).toBeLessThan(1e-8);
      expect(Matrix.sub(path[i]!.v, fixed.v).norm('frobenius')).toBeLessThan(1e-8);
    }
  });

  it('ends where the closed form of the toy says', () => {
    const c = Math.SQRT1_2;
    for (const v0 of [0, 0.5, 1, 2, -1]) {
      const start = { v: new Matrix([[v0]]), B: new Matrix([[c, c]]) };
      const task = { X: new Matrix([[1, 0]]), Y: new Matrix([[c]]) };
      const [end] = flowPath(start, task, { times: [60] });
      const limit = toyLimit(v0, 1, c, c);
      expect(end!.v.get(0, 0)).toBeCloseTo(limit.head, 8);
      expect(end!.B.get(0, 0)).toBeCloseTo(limit.feature, 8);
      expect(end!.B.get(0, 1)).toBe(c);
    }
  });

  it('says when a flow takes too many steps', () => {
    const task = { X: new Matrix([[1e4, 0]]), Y: new Matrix([[1]]) };
    const start = { v: new Matrix([[1]]), B: new Matrix([[1, 0]]) };
    expect(() => flowPath(start, task, { times: [1], largestSteps: 100 })).toThrow('more than 100 steps');
  });
});

describe('the lab', () => {
  const settings: LabSettings = {
    ...{ d: 20, k: 3, n: 10, featureNoise: 0, headSize: 1, targetSize: 1, seed: 0 },
    times: [0, 0.01, 0.1, 1, 10],
  };

  it('from perfect features: LP and LP-FT stay right everywhere, FT does not', () => {
    for (let seed = 0; seed < 5; seed++) {
      const { methods, bound } = distortionLab({ ...settings, seed });
      for (const moment of [...methods.LP, ...methods['LP-FT']]) {
        expect(moment.outOfDistributionError).toBeLessThan(1e-7);
        expect(moment.move.OOD).toBeLessThan(1e-7);
      }
      const end = methods.FT.at(-1)!;
      expect(end.trainingLoss).toBeLessThan(1e-10);
      expect(end.outOfDistributionError).toBeGreaterThan(0.05);
      expect(end.move.OOD).toBeGreaterThan(0.01);
      expect(bound.featureError).toBeLessThan(1e-7);
      for (const moment of methods.FT) expect(moment.outOfDistributionError).toBeGreaterThan(bound.bound);
    }
  });

  it('keeps the invariants of the flow', () => {
    const { methods } = distortionLab({ ...settings, featureNoise: 0.5, seed: 3 });
    for (const { drift } of [...methods.FT, ...methods['LP-FT']]) {
      expect(drift.balance).toBeLessThan(1e-7);
      expect(drift.offData).toBeLessThan(1e-12);
    }
    expect(methods.FT[0]).toMatchObject({ time: 0, move: { ID: 0, OOD: 0 }, drift: { balance: 0, offData: 0 } });
  });

  it('with data that span the input space, FT also finds the truth', () => {
    const { methods } = distortionLab({ ...settings, n: 40, times: [0, 5] });
    expect(methods.FT.at(-1)!.outOfDistributionError).toBeLessThan(1e-6);
  });

  it('asks for enough samples and features', () => {
    expect(() => distortionLab({ ...settings, n: 2 })).toThrow('n ≥ k');
    expect(() => distortionLab({ ...settings, k: 21 })).toThrow('k ≤ d');
  });
});
