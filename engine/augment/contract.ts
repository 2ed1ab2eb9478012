import type { Random } from '../data/random';

/** Writes random views of samples of one shape. All that is random comes from the stream that it is given. */
export interface Augmenter {
  readonly sampleShape: readonly number[];
  /** Values in one view: prod(sampleShape). */
  readonly size: number;
  /**
   * Writes one view of a row.
   * @param values the whole dataset, row-major, channels last; images as bytes 0…255 or floats 0…1
   * @param out receives `size` floats from `outOffset` on; images 0…1, channels last
   */
  apply(values: Uint8Array | Float32Array, row: number, random: Random, out: Float32Array, outOffset: number): void;
}
