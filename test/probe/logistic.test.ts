import { describe, expect, it } from 'vitest';
import { Cancelled, UserError } from '../../engine/errors';
import { absentBias, fitLogistic, predict } from '../../engine/probe';
import { objective, randomProblem } from './problems';

/** Largest partial derivative of the objective by central differences, by weight and by bias. */
function steepest(problem: ReturnType<typeof randomProblem>, C: number, weights: Float64Array, bias: Float64Array) {
  const h = 1e-5;
  let largest = 0;
  for (const array of [weights, bias]) {
    for (let i = 0; i < array.length; i++) {
      const value = array[i]!;
      array[i] = value + h;
      const above = objective(problem, C, weights, bias);
      array[i] = value - h;
      const below = objective(problem, C, weights, bias);
      array[i] = value;
      largest = Math.max(largest, Math.abs(above - below) / (2 * h));
    }
  }
  return largest;
}

describe('the solution', () => {
  it.each([1e-6, 1e-3, 1, 100])('is where the objective is flat, C = %f', async (C) => {
    for (const seed of [1, 2, 3]) {
      const problem = randomProblem(seed, { classes: 2 + seed, d: 1 + 3 * seed });
      const fit = await fitLogistic({ ...problem, C, tolerance: 1e-14 });
      expect(fit.converged).toBe(true);
      const value = objective(problem, C, fit.weights, fit.bias);
      expect(Math.abs(fit.objective - value)).toBeLessThan(1e-12 * value);
      expect(steepest(problem, C, fit.weights, fit.bias)).toBeLessThan(1e-4 * Math.max(1e-3, C));
    }
  });

  it('solves w = C n σ(−2w) for two points at ±1', async () => {
    const features = Float32Array.from([1, 1, 1, -1, -1, -1]);
    const labels = Int32Array.from([1, 1, 1, 0, 0, 0]);
    for (const C of [0.01, 0.3, 5]) {
      let [low, high] = [0, 6 * C];
      for (let i = 0; i < 200; i++) {
        const w = (low + high) / 2;
        if (w < (C * 6) / (1 + Math.exp(2 * w))) low = w;
        else high = w;
      }
      const fit = await fitLogistic({ features, n: 6, d: 1, labels, classes: 2, C, tolerance: 1e-15 });
      expect(fit.weights[1]).toBeCloseTo(low, 6);
      expect(fit.weights[0]).toBeCloseTo(-low, 6);
      expect(fit.bias[0]).toBeCloseTo(0, 6);
    }
  });

  it('with almost no C has zero weights and the log-odds of the classes as bias', async () => {
    const problem = randomProblem(4, { n: 70, classes: 2 });
    problem.labels.forEach((_, i) => (problem.labels[i] = i % 7 === 0 ? 1 : 0));
    const { weights, bias } = await fitLogistic({ ...problem, C: 1e-12, tolerance: 1e-13 });
    expect(Math.max(...weights.map(Math.abs))).toBeLessThan(1e-8);
    expect(bias[0]! - bias[1]!).toBeCloseTo(Math.log(6), 6);
  });

  it('is reached by plain gradient descent too', async () => {
    const problem = randomProblem(5, { n: 20, d: 2, classes: 3 });
    const C = 0.5;
    const at = new Float64Array(9);
    const value = () => objective(problem, C, at.subarray(0, 6), at.subarray(6));
    for (let step = 0; step < 6000; step++) {
      const slope = at.map((old, i) => {
        at[i] = old + 1e-6;
        const above = value();
        at[i] = old - 1e-6;
        const below = value();
        at[i] = old;
        return (above - below) / 2e-6;
      });
      slope.forEach((s, i) => (at[i]! -= 0.03 * s));
    }
    const fit = await fitLogistic({ ...problem, C });
    expect(Math.abs(fit.objective - value())).toBeLessThan(1e-8 * fit.objective);
    for (let i = 0; i < 6; i++) expect(fit.weights[i]).toBeCloseTo(at[i]!, 4);
  });

  it('does not depend on where it starts', async () => {
    const problem = randomProblem(6);
    const cold = await fitLogistic({ ...problem, C: 2, tolerance: 1e-13 });
    const initial = { weights: new Float64Array(15).map((_, i) => 5 * Math.sin(i)), bias: Float64Array.of(3, -4, 9) };
    const warm = await fitLogistic({ ...problem, C: 2, tolerance: 1e-13, initial });
    warm.weights.forEach((weight, i) => expect(weight).toBeCloseTo(cold.weights[i]!, 5));
    warm.bias.forEach((value, i) => expect(value).toBeCloseTo(cold.bias[i]!, 5));
    const again = await fitLogistic({ ...problem, C: 2, tolerance: 1e-6, initial: cold });
    expect(again.iterations).toBe(0);
  });

  it('is found for separable classes, far offsets and dependent features', async () => {
    const problem = randomProblem(7, { n: 30, d: 4, classes: 2, offset: 1000 });
    problem.labels.forEach((_, i) => {
      problem.features[i * 4] = problem.labels[i] ? 1010 : 990;
      problem.features[i * 4 + 3] = problem.features[i * 4 + 1]!;
    });
    const fit = await fitLogistic({ ...problem, C: 1e4, tolerance: 1e-10 });
    expect(fit.converged).toBe(true);
    expect([...predict(fit, problem)]).toEqual([...problem.labels]);
    // Equal features share their weight.
    expect(fit.weights[1]).toBeCloseTo(fit.weights[3]!, 5);
  });

  it('turns with the features', async () => {
    const problem = randomProblem(8, { d: 2 });
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    const turned = problem.features.slice();
    for (let i = 0; i < turned.length; i += 2) {
      const [x, y] = [problem.features[i]!, problem.features[i + 1]!];
      turned[i] = c * x - s * y;
      turned[i + 1] = s * x + c * y;
    }
    const fit = await fitLogistic({ ...problem, C: 1, tolerance: 1e-12 });
    const other = await fitLogistic({ ...problem, features: turned, C: 1, tolerance: 1e-12 });
    expect(other.objective).toBeCloseTo(fit.objective, 5);
    for (let k = 0; k < 3; k++) {
      const [a, b] = [fit.weights[2 * k]!, fit.weights[2 * k + 1]!];
      expect(other.weights[2 * k]).toBeCloseTo(c * a - s * b, 5);
      expect(other.weights[2 * k + 1]).toBeCloseTo(s * a + c * b, 5);
    }
  });
});

describe('labels', () => {
  it('leaves out rows without one', async () => {
    const problem = randomProblem(9);
    const kept = [...problem.labels.keys()].filter((i) => i % 4 !== 1);
    const labels = problem.labels.map((label, i) => (i % 4 === 1 ? -1 : label));
    // What a left-out row holds never matters.
    const features = problem.features.map((value, i) => (Math.floor(i / 5) % 4 === 1 ? NaN : value));
    const all = await fitLogistic({ ...problem, features, labels, C: 1 });
    const only = await fitLogistic({
      ...problem,
      n: kept.length,
      features: Float32Array.from(kept.flatMap((i) => [...problem.features.subarray(i * 5, i * 5 + 5)])),
      labels: Int32Array.from(kept, (i) => problem.labels[i]!),
      C: 1,
    });
    expect(all).toEqual(only);
  });

  it('never predicts a class that it has not seen', async () => {
    const problem = randomProblem(10, { classes: 3 });
    const labels = problem.labels.map((label) => (label === 1 ? 3 : label));
    const fit = await fitLogistic({ ...problem, labels, classes: 5, C: 1 });
    expect([...fit.bias].map((value) => value === absentBias)).toEqual([false, true, false, false, true]);
    expect([...fit.weights.subarray(5, 10), ...fit.weights.subarray(20)]).toEqual(new Array(10).fill(0));
    expect(new Set(predict(fit, problem))).toEqual(new Set([0, 2, 3]));
    const three = await fitLogistic({ ...problem, C: 1 });
    expect(fit.objective).toBeCloseTo(three.objective, 6);
  });

  it('asks for two classes', async () => {
    const problem = randomProblem(11);
    const fit = (labels: Int32Array) => fitLogistic({ ...problem, labels, C: 1 });
    await expect(fit(problem.labels.map(() => 2))).rejects.toThrow(UserError);
    await expect(fit(problem.labels.map(() => 2))).rejects.toThrow(/samples of one class only/);
    await expect(fit(problem.labels.map(() => -1))).rejects.toThrow(/no labelled sample/);
  });

  it('names the sample whose feature is no number', async () => {
    const problem = randomProblem(12);
    problem.features[5 * 7 + 2] = NaN;
    await expect(fitLogistic({ ...problem, C: 1 })).rejects.toThrow('Feature 2 of sample 7 is NaN');
  });
});

describe('a long fit', () => {
  const large = () => randomProblem(13, { n: 20_000, d: 150, classes: 10 });

  it('gives way to the event loop', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    await fitLogistic({ ...large(), C: 1 });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
  });

  it('ends when it is cancelled', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    await expect(fitLogistic({ ...large(), C: 1, signal: controller.signal })).rejects.toThrow(Cancelled);
  });
});
