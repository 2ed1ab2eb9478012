import { describe, expect, it } from 'vitest';
import { Split } from '../../engine/data/dataset';
import { stream } from '../../engine/data/random';
import { describeDistinguishability, distinguish, proxyDistance } from '../../engine/transfer/distinguish';
import { correlation, ranks } from '../../engine/transfer/pair-connectivity';

const [perCell, d] = [400, 2];

/** Two domains apart by `between` along the first axis, two classes apart by `within` along the second; unit noise. */
function samples(between: number, within: number) {
  const random = stream(7, 'distinguish');
  const n = 4 * perCell;
  const labels = Int32Array.from({ length: n }, (_, i) => i % 2);
  const domains = Int32Array.from({ length: n }, (_, i) => (i < 2 * perCell ? 0 : 1));
  const splits = Uint8Array.from({ length: n }, (_, i) => (Math.floor(i / 2) % 2 ? Split.train : Split.test));
  const features = Float32Array.from({ length: n * d }, (_, at) => {
    const row = Math.floor(at / d);
    return (at % d === 0 ? between * domains[row]! : within * labels[row]!) + random.normal();
  });
  const dataset = {
    ...{ sampleShape: [d], values: features, labels, domains, splits, names: [], mean: [], std: [] },
    ...{ classNames: ['a', 'b'], domainNames: ['here', 'there'] },
  };
  return { features: { features, d }, dataset };
}

const options = { seed: 0, signal: new AbortController().signal };
/** Error of the best classifier of two Gaussians of unit variance whose means are so far apart: P(N > distance / 2). */
const bayes = (distance: number): number => {
  let tail = 0;
  for (let x = distance / 2; x < 10; x += 1e-3) tail += (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * 1e-3;
  return tail;
};

describe('telling domains and classes apart', () => {
  it.each([
    [3, 1],
    [0.5, 4],
    [0, 2],
  ])('is as hard as the Gaussians overlap (domains %d, classes %d apart)', async (between, within) => {
    const { features, dataset } = samples(between, within);
    const { domain, classes } = await distinguish(features, dataset, [0, 1], options);
    // Three standard errors of 800 test samples, and what is lost by learning from as many.
    expect(Math.abs(domain!.error - bayes(between))).toBeLessThan(0.06);
    expect(Math.abs(classes!.error - bayes(within))).toBeLessThan(0.06);
    expect(domain!.samples).toBe(2 * perCell);
    expect(classes!.pairs).toBe(2);
  });

  it('becomes rows of errors and proxy distances', () => {
    const told = { domain: { error: 0.25, samples: 8 }, classes: { error: 0.5, pairs: 2 } };
    expect(describeDistinguishability(told, { method: 'swav' }).map(({ id, value }) => [id, value])).toEqual([
      ['transfer.domain-error', 0.25],
      ['transfer.domain-distance', 1],
      ['transfer.class-error', 0.5],
      ['transfer.class-distance', 0],
    ]);
    expect(proxyDistance(0)).toBe(2);
  });
});

describe('correlation over pairs', () => {
  it('is that of the textbook', () => {
    // Anscombe's first set.
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    expect(correlation(x, y)).toBeCloseTo(0.816, 3);
    expect(correlation(ranks(x), ranks(y))).toBeCloseTo(0.818, 3);
    expect(ranks([5, 1, 5])).toEqual([2.5, 1, 2.5]);
    expect(correlation([1, 2], [1, 2])).toBeUndefined();
    expect(correlation([1, 1, 1], [1, 2, 3])).toBeUndefined();
  });
});
