import { UserError } from '../errors';
import type { AugmentationName } from '../study/schema';
import { type AugmenterOptions, createAugmenter, fillViews, viewStream } from './augmenter';
import { presetFor } from './presets';

/** Views of small crops beside the others, enlarged to the size of the sample (multi-crop, Caron et al. 2020). */
export interface LocalViews {
  readonly count: number;
  /** Smallest and largest share of the area that such a crop shows. */
  readonly scale: readonly [number, number];
}

export interface ViewSettings {
  readonly augmentation: AugmentationName;
  readonly sampleShape: readonly number[];
  readonly options?: AugmenterOptions;
  readonly views: number;
  readonly localViews?: LocalViews;
  readonly seed: number;
}

export interface ViewFiller {
  /** Values of one view. */
  readonly size: number;
  /** Views of a sample, local ones included. */
  readonly views: number;
  /** [views, rows, ...sampleShape], local views last. */
  fill(values: Uint8Array | Float32Array, rows: Int32Array, epoch: number): Float32Array;
}

/**
 * Fills batches with views and local views.
 * @throws UserError where the augmentation does not suit the samples
 */
export function createViewFiller(settings: ViewSettings): ViewFiller {
  const { augmentation, sampleShape, options = {}, views, localViews, seed } = settings;
  const whole = createAugmenter(augmentation, sampleShape, options);
  const local = localViews && createAugmenter(augmentation, sampleShape, localOptions(settings, localViews));
  const count = views + (localViews?.count ?? 0);
  return {
    size: whole.size,
    views: count,
    fill(values, rows, epoch) {
      const out = new Float32Array(count * rows.length * whole.size);
      const key = (first: number) => (row: number, view: number) => viewStream(seed, epoch, row, first + view);
      const end = views * rows.length * whole.size;
      fillViews(whole, values, rows, views, out.subarray(0, end), key(0));
      if (local) fillViews(local, values, rows, localViews.count, out.subarray(end), key(views));
      return out;
    },
  };
}

function localOptions(
  { augmentation, sampleShape, options = {} }: ViewSettings,
  { scale }: LocalViews,
): AugmenterOptions {
  const preset = options.preset ?? presetFor(augmentation, sampleShape[2] ?? 0);
  if (preset.kind === 'vector')
    throw new UserError(
      'augmentation.local-views',
      'Small crops are for images, but the samples are feature vectors; set swav.localViews to 0.',
    );
  return { ...options, preset: { ...preset, crop: { ratio: preset.crop?.ratio ?? [3 / 4, 4 / 3], scale } } };
}
