import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import { predict } from '../../engine/probe';
import { preconditionedFeatureAveraging } from '../../engine/theory/pfa';
import { averagingHeads, bestAveraging } from '../../engine/transfer/averaging';

const [n, d, classes] = [60, 5, 3];
const random = stream(3, 'averaging');
const features = Float32Array.from({ length: n * d }, () => random.normal());
const labels = Int32Array.from({ length: n }, (_, i) => (i * 5) % classes);
/** The first half is the source, its last ten samples the validation. */
const rows = (from: number, to: number) => ({
  features: features.slice(from * d, to * d),
  ...{ n: to - from, d, labels: labels.slice(from, to) },
});

describe('preconditioned feature averaging', () => {
  const heads = averagingHeads(rows(0, n), rows(0, 20), rows(20, 30), classes, [1, 2, 5]);

  it('predicts as the matrices of the theory do', () => {
    const f = new Matrix(n, d);
    features.forEach((value, i) => f.set(Math.floor(i / d), i % d, value));
    const weights = Array<number>(n).fill(1 / n);
    const source = Array.from(labels, (label, i) => (i < 20 ? label : -1));
    expect(heads.map(({ steps }) => steps)).toEqual([1, 2, 5]);
    for (const { steps, head } of heads) {
      const scores = preconditionedFeatureAveraging(f, weights, source, classes, steps).to2DArray();
      const expected = scores.map((row) => row.indexOf(Math.max(...row)));
      expect([...predict(head, rows(0, n))]).toEqual(expected);
    }
  });

  it('keeps the number of steps that predicts the validation samples best, of equals the smallest', () => {
    const share = ({ head }: (typeof heads)[number]): number =>
      predict(head, rows(20, 30)).filter((label, i) => label === labels[20 + i]).length / 10;
    expect(heads.map(({ validationAccuracy }) => validationAccuracy)).toEqual(heads.map(share));
    const best = Math.max(...heads.map(share));
    expect(bestAveraging(heads)).toBe(heads.find((head) => share(head) === best));
  });
});
