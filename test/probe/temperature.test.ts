import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import { absentBias, predict, scaledHead, temperatureFactor } from '../../engine/probe';

const [n, d, classes] = [120, 3, 4];
const random = stream(5, 'temperature');
const features = Float32Array.from({ length: n * d }, () => random.normal());
const head = {
  weights: Float64Array.from({ length: classes * d }, () => random.normal()),
  bias: Float64Array.from({ length: classes }, () => 0.3 * random.normal()),
};
const samples = (labels: Int32Array) => ({ features, n, d, labels });

/** Mean −log softmax(s z)[y], word for word. */
function loss(of: typeof head, labels: Int32Array, factor: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const z = [...of.bias].map(
      (b, k) => factor * (b + [0, 1, 2].reduce((dot, j) => dot + of.weights[k * d + j]! * features[i * d + j]!, 0)),
    );
    sum += Math.log(z.reduce((total, one) => total + Math.exp(one), 0)) - z[labels[i]!]!;
  }
  return sum / n;
}

describe('the factor of a head', () => {
  // A fifth of the labels are not what the head says, so that neither extreme is best.
  const said = predict(head, samples(new Int32Array(n)));
  const labels = said.map((label, i) => (i % 5 === 0 ? (label + 1) % classes : label));

  it('has the least log-loss of a fine grid', () => {
    const factor = temperatureFactor(head, samples(labels));
    const grid = Array.from({ length: 4001 }, (_, i) => 10 ** (-2 + i / 1000));
    const losses = grid.map((one) => loss(head, labels, one));
    const best = grid[losses.indexOf(Math.min(...losses))]!;
    expect(Math.abs(Math.log10(factor / best))).toBeLessThanOrEqual(1e-3);
    expect(loss(head, labels, factor)).toBeLessThanOrEqual(Math.min(...losses));
  });

  it('undoes one that was there, and changes no prediction', () => {
    const factor = temperatureFactor(head, samples(labels));
    const faint = scaledHead(head, 0.05);
    expect(temperatureFactor(faint, samples(labels))).toBeCloseTo(factor / 0.05, 8);
    expect(predict(faint, samples(labels))).toEqual(said);
  });

  it('has bounds where all is right or wrong, and leaves out what has no label or no class', () => {
    expect(temperatureFactor(head, samples(said))).toBeCloseTo(100, 6);
    expect(temperatureFactor(head, samples(new Int32Array(n).fill(-1)))).toBe(1);
    const absent = { weights: head.weights, bias: head.bias.map((b, k) => (k === 3 ? absentBias : b)) };
    const few = labels.map((label) => (label === 3 ? -1 : label));
    const factor = temperatureFactor(absent, samples(few));
    expect(temperatureFactor(absent, samples(labels))).toBe(factor);
    expect(scaledHead(absent, factor).bias[3]).toBe(absentBias);
  });
});
