import type { Random } from '../data/random';
import type { Augmenter } from './contract';
import type { VectorPreset } from './presets';

/** Mean and standard deviation of each feature over the rows that may be looked at (the training rows). */
export interface FeatureStatistics {
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

/** Statistics (population form) of `rows` of values with `size` features a row. */
export function featureStatistics(values: ArrayLike<number>, rows: Int32Array, size: number): FeatureStatistics {
  const mean = new Float64Array(size);
  const square = new Float64Array(size);
  for (const row of rows) for (let j = 0; j < size; j++) mean[j]! += values[row * size + j]! / rows.length;
  for (const row of rows)
    for (let j = 0; j < size; j++) square[j]! += (values[row * size + j]! - mean[j]!) ** 2 / rows.length;
  return { mean: Float32Array.from(mean), deviation: Float32Array.from(square, Math.sqrt) };
}

/** Views of feature vectors [d]: mixing with another row, Gaussian noise, masking by the mean, in this order. */
export class VectorAugmenter implements Augmenter {
  readonly size: number;

  /** @param mixRows rows that may be mixed in; needed where `preset.mix` is above 0. */
  constructor(
    readonly sampleShape: readonly number[],
    private readonly preset: VectorPreset,
    private readonly statistics: FeatureStatistics,
    private readonly mixRows: Int32Array | undefined,
  ) {
    this.size = sampleShape.reduce((a, b) => a * b, 1);
    if (statistics.mean.length !== this.size || statistics.deviation.length !== this.size)
      throw new RangeError(`Feature statistics must have ${this.size} values, one a feature.`);
    if (preset.mix > 0 && !mixRows?.length) throw new RangeError('Mixing needs the rows that may be mixed in.');
  }

  apply(values: Uint8Array | Float32Array, row: number, random: Random, out: Float32Array, outOffset: number): void {
    const { size, preset, mixRows } = this;
    const { mean, deviation } = this.statistics;
    let weight = 0;
    let other = row;
    if (preset.mix > 0 && mixRows && random.chance(preset.mix)) {
      weight = random.uniform(0, preset.mixWeight);
      other = mixRows[random.below(mixRows.length)]!;
    }
    for (let j = 0; j < size; j++) {
      let value = values[row * size + j]!;
      if (weight > 0) value = (1 - weight) * value + weight * values[other * size + j]!;
      if (preset.noise > 0) value += preset.noise * deviation[j]! * random.normal();
      if (preset.mask > 0 && random.chance(preset.mask)) value = mean[j]!;
      out[outOffset + j] = value;
    }
  }
}
