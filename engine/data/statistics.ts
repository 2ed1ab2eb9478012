import { elementCount } from './array';
import { Split, type Dataset } from './dataset';

export interface ChannelStatistics {
  /** One for each channel: the last axis of a sample (for features, each feature). Images are scaled to 0…1. */
  readonly mean: number[];
  /** Standard deviation over the population; 1 for a channel that never changes, since it is divided by. */
  readonly std: number[];
}

/** Mean and deviation of each channel over the training samples of every domain (Welford 1962). */
export function channelStatistics({ sampleShape, values, splits }: Dataset): ChannelStatistics {
  const channels = sampleShape.at(-1)!;
  const size = elementCount(sampleShape);
  const scale = sampleShape.length === 3 ? 1 / 255 : 1;
  const mean = new Float64Array(channels);
  const squares = new Float64Array(channels);
  let count = 0;
  for (let row = 0; row < splits.length; row++) {
    if (splits[row] !== Split.train) continue;
    for (let start = row * size; start < (row + 1) * size; start += channels) {
      count++;
      for (let c = 0; c < channels; c++) {
        const value = values[start + c]! * scale;
        const difference = value - mean[c]!;
        mean[c]! += difference / count;
        squares[c]! += difference * (value - mean[c]!);
      }
    }
  }
  const deviations = Array.from(squares, (sum) => Math.sqrt(sum / Math.max(1, count)));
  // Rounding alone leaves a constant channel with about 1e-16.
  return { mean: [...mean], std: deviations.map((value, c) => (value > 1e-12 * Math.abs(mean[c]!) ? value : 1)) };
}

/** Samples by [domain][class][split]; those without label are not in it. */
export function countSamples({ domainNames, classNames, domains, labels, splits }: Dataset): number[][][] {
  const counts = domainNames.map(() => classNames.map(() => [0, 0, 0]));
  labels.forEach((label, row) => {
    if (label >= 0) counts[domains[row]!]![label]![splits[row]!]!++;
  });
  return counts;
}
