import { describe, expect, it } from 'vitest';
import { UserError } from '../../engine/errors';
import { accuracy, confusion, fitHead, fitLogistic, logits, logspace, predict, standardize } from '../../engine/probe';
import { readNpy } from '../../engine/data/npy';
import { realPath } from '../data/real-data';
import { randomProblem } from './problems';

/** The rows of a problem, even ones and odd ones. */
function halves(seed: number, options: Parameters<typeof randomProblem>[1] = {}) {
  const { features, d, n, labels, classes } = randomProblem(seed, options);
  const part = (odd: number) => {
    const rows = [...labels.keys()].filter((i) => i % 2 === odd);
    return {
      features: Float32Array.from(rows.flatMap((i) => [...features.subarray(i * d, i * d + d)])),
      labels: Int32Array.from(rows, (i) => labels[i]!),
      n: n / 2,
      d,
    };
  };
  return { train: part(0), validation: part(1), classes };
}

describe('fitHead', () => {
  it('finds along its path what single fits find, and keeps the C that predicts validation best', async () => {
    const data = halves(1, { n: 80, d: 6, classes: 4 });
    const Cs = logspace(-4, 2, 13);
    const head = await fitHead({ ...data, Cs, standardization: 'none', tolerance: 1e-11 });
    const accuracies = [];
    for (const [i, C] of Cs.entries()) {
      const single = await fitLogistic({ ...data.train, classes: 4, C, tolerance: 1e-11 });
      expect(Math.abs(head.path[i]!.objective / single.objective - 1)).toBeLessThan(1e-9);
      accuracies.push(accuracy(predict(single, data.validation), data.validation.labels));
    }
    expect(head.path.map((point) => point.validationAccuracy)).toEqual(accuracies);
    expect(head.C).toBe(Cs[accuracies.indexOf(Math.max(...accuracies))]);
    expect(head.validationAccuracy).toBe(Math.max(...accuracies));
  });

  it.each(['scalar', 'feature'] as const)('maps weights back from %s standardisation', async (standardization) => {
    const data = halves(2, { offset: 3 });
    // Features of very different sizes.
    for (const part of [data.train, data.validation])
      part.features.forEach((value, i) => (part.features[i] = value * 10 ** (i % 5)));
    const { mean, scale } = standardize(data.train, standardization);
    const standardized = data.train.features.map((value, i) => (value - mean[i % 5]!) / scale[i % 5]!);
    const direct = await fitLogistic({ ...data.train, features: standardized, classes: 3, C: 0.2, tolerance: 1e-13 });
    const head = await fitHead({ ...data, Cs: [0.2], standardization, tolerance: 1e-13 });
    expect(head.path[0]!.objective / direct.objective).toBeCloseTo(1, 6);
    const expected = logits(direct, { ...data.train, features: standardized });
    const got = logits(head, data.train);
    // A bias is free up to a constant: compare differences to the first class.
    for (let i = 0; i < expected.length; i++) {
      const first = i - (i % 3);
      expect(got[i]! - got[first]!).toBeCloseTo(expected[i]! - expected[first]!, 3);
    }
  });

  it('reports what it does and asks for validation labels', async () => {
    const data = halves(3);
    const steps: string[] = [];
    await fitHead({ ...data, Cs: [1, 0.1], progress: (done, total) => steps.push(`${done}/${total}`) });
    expect(steps).toEqual(['0/2', '1/2', '2/2']);
    const unlabelled = { ...data.validation, labels: data.validation.labels.map(() => -1) };
    await expect(fitHead({ ...data, validation: unlabelled, Cs: [1] })).rejects.toThrow(UserError);
  });

  it('reaches the accuracies of a ridge probe on Office features, amazon to webcam', async () => {
    const read = async (name: string) => {
      const [x, y] = await Promise.all(['x', 'y'].map((part) => readNpy(realPath(`office/${name}_${part}.npy`))));
      return { features: x!.data as Float32Array, n: x!.shape[0]!, d: 256, labels: Int32Array.from(y!.data) };
    };
    const [amazon, webcam] = await Promise.all([read('amazon'), read('webcam')]);
    const rows = (test: (i: number) => boolean) => {
      const kept = [...amazon.labels.keys()].filter(test);
      return {
        features: Float32Array.from(kept.flatMap((i) => [...amazon.features.subarray(i * 256, i * 256 + 256)])),
        labels: Int32Array.from(kept, (i) => amazon.labels[i]!),
        n: kept.length,
        d: 256,
      };
    };
    const [train, validation, test] = [
      rows((i) => i % 5 > 1),
      rows((i) => i % 5 === 0),
      rows((i) => i % 5 === 1),
    ] as const;
    const head = await fitHead({ train, validation, classes: 10, Cs: logspace(-7, 2, 10) });
    expect(accuracy(predict(head, test), test.labels)).toBeGreaterThanOrEqual(0.9);
    expect(accuracy(predict(head, webcam), webcam.labels)).toBeGreaterThanOrEqual(0.617);
  });
});

it('standardises by hand-computed mean and deviation', () => {
  const rows = { features: Float32Array.of(1, 10, 3, 10), n: 2, d: 2 };
  expect(standardize(rows, 'feature')).toEqual({ mean: Float64Array.of(2, 10), scale: Float64Array.of(1, 1) });
  const { mean, scale } = standardize(rows, 'scalar');
  expect([...mean]).toEqual([6, 6]);
  // Deviations −5, 4, −3, 4.
  expect(scale[0]).toBeCloseTo(Math.sqrt(66 / 4), 12);
  expect(scale[1]).toBe(scale[0]);
});

it('spaces C as NumPy does', () => {
  expect(logspace(-2, 1, 4).map((C) => Number(C.toPrecision(12)))).toEqual([0.01, 0.1, 1, 10]);
  expect(logspace(3, 9, 1)).toEqual([1000]);
});

it('counts predictions over labelled rows', () => {
  const predictions = Int32Array.of(0, 1, 1, 2, 0);
  const labels = Int32Array.of(0, 1, 2, 2, -1);
  expect(accuracy(predictions, labels)).toBe(0.75);
  expect(
    accuracy(
      predictions,
      labels.map(() => -1),
    ),
  ).toBeNaN();
  expect(confusion(predictions, labels, 3)).toEqual([
    [1, 0, 0],
    [0, 1, 0],
    [0, 1, 1],
  ]);
  const head = { weights: Float64Array.of(1, 0, 0, 1), bias: Float64Array.of(0, 0.5) };
  expect([...logits(head, { features: Float32Array.of(2, 1, 1, 1), n: 2, d: 2 })]).toEqual([2, 1.5, 1, 1.5]);
  expect([...predict(head, { features: Float32Array.of(1, 0.5), n: 1, d: 2 })]).toEqual([0]);
});
