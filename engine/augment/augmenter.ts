import { type Random, stream } from '../data/random';
import { UserError } from '../errors';
import type { AugmentationName } from '../study/schema';
import type { Augmenter } from './contract';
import { copy } from './gather';
import { ImageAugmenter } from './image-augmenter';
import { type Preset, presetFor } from './presets';
import { type FeatureStatistics, featureStatistics, VectorAugmenter } from './vector-augmenter';

export type { Augmenter };

/** Everything here can be sent to a worker. */
export interface AugmenterOptions {
  /** Instead of the set's own parameters. */
  readonly preset?: Preset;
  /** Needed for feature vectors: noise is relative to the deviation, masked features take the mean. */
  readonly statistics?: FeatureStatistics;
  /** Rows that may be mixed into feature vectors; needed for 'vector-mix'. */
  readonly mixRows?: Int32Array;
}

/** What a set needs to know of the samples: statistics of the given rows, and the rows to mix in. Nothing for images. */
export function augmenterOptions(
  name: AugmentationName,
  values: ArrayLike<number>,
  rows: Int32Array,
  size: number,
): AugmenterOptions {
  if (name === 'vector') return { statistics: featureStatistics(values, rows, size) };
  if (name === 'vector-mix') return { statistics: featureStatistics(values, rows, size), mixRows: rows };
  return {};
}

/**
 * The augmenter of a set for samples of shape [height, width, channels] (images) or [d] (feature vectors).
 * Pixels from outside the frame repeat the frame's edge.
 * @throws UserError where the set does not suit the samples
 */
export function createAugmenter(
  name: AugmentationName,
  sampleShape: readonly number[],
  options: AugmenterOptions = {},
): Augmenter {
  const image = sampleShape.length === 3;
  if (name === 'none' && !options.preset) return new PlainAugmenter(sampleShape);
  const preset = options.preset ?? presetFor(name, sampleShape[2] ?? 0);
  if (preset.kind === 'vector') {
    if (image)
      throw new UserError(
        'augmentation.needs-vectors',
        `The augmentation "${name}" is for feature vectors, but the samples are images; ` +
          'choose "simclr", "byol", "strong", "light" or "none".',
      );
    if (!options.statistics) throw new TypeError(`The augmentation "${name}" needs the features' statistics.`);
    return new VectorAugmenter(sampleShape, preset, options.statistics, options.mixRows);
  }
  if (!image)
    throw new UserError(
      'augmentation.needs-images',
      `The augmentation "${name}" is for images, but the samples are feature vectors; choose "vector", "vector-mix" or "none".`,
    );
  const channels = sampleShape[2];
  if (channels !== 1 && channels !== 3)
    throw new UserError(
      'augmentation.channels',
      `The augmentation "${name}" is for images of 1 or 3 channels, but the images have ${channels}; ` +
        'set data.image.channels to "gray" or "rgb", or choose "none".',
    );
  return new ImageAugmenter(sampleShape, preset);
}

/** No augmentation: bytes become floats from 0 to 1, floats stay. */
class PlainAugmenter implements Augmenter {
  readonly size: number;

  constructor(readonly sampleShape: readonly number[]) {
    this.size = sampleShape.reduce((a, b) => a * b, 1);
  }

  apply(values: Uint8Array | Float32Array, row: number, _random: Random, out: Float32Array, outOffset: number): void {
    const scale = values instanceof Uint8Array ? 1 / 255 : 1;
    copy(values, row * this.size, this.size, scale, out, outOffset);
  }
}

/** The stream of one view: the same whatever else is drawn, in whatever order, on whatever thread. */
export function viewStream(seed: number, epoch: number, row: number, view: number): Random {
  return stream(seed, 'augment', epoch, row, view);
}

/**
 * Writes `views` views of each row: out is [views, rows, ...sampleShape], so that each view of the batch is one
 * contiguous block.
 * @param key the stream of a view of a row of the dataset, e.g. `viewStream` of a seed and an epoch
 */
export function fillViews(
  augmenter: Augmenter,
  values: Uint8Array | Float32Array,
  rows: Int32Array,
  views: number,
  out: Float32Array,
  key: (row: number, view: number) => Random,
): void {
  const { size } = augmenter;
  if (out.length !== views * rows.length * size)
    throw new RangeError(`Output has ${out.length} values, but ${views} × ${rows.length} × ${size} are written.`);
  const last = values.length / size - 1;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (row < 0 || row > last) throw new RangeError(`Row ${row} is not in 0…${last}.`);
    for (let view = 0; view < views; view++)
      augmenter.apply(values, row, key(row, view), out, (view * rows.length + i) * size);
  }
}
