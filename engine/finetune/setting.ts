import type { Device } from '../compute/device';
import type { StoredDataset } from '../data/stored-dataset';
import type { Block } from '../model/blocks';
import type { Encoder } from '../model/encoder';
import type { Protocol } from '../probe';
import type { Reporter } from '../run/stage';
import type { FinetuneBlock } from '../study/schema';

/** All that fine-tuning needs, whichever stage asks for it. */
export interface Setting {
  readonly device: Device;
  readonly signal: AbortSignal;
  readonly report: Reporter;
  /** Where trials are kept until one is chosen. */
  readonly folder: string;
  readonly settings: FinetuneBlock;
  readonly seed: number;
  readonly encoder: Encoder;
  /** Of the encoder, from input to features. */
  readonly blocks: readonly Block[];
  readonly dataset: StoredDataset;
  readonly protocol: Protocol;
}

/** At most so many of the items, evenly spaced. */
export function evenly(items: Int32Array, most: number): Int32Array {
  if (items.length <= most) return items;
  return Int32Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)]!);
}

/** The mean of the finite ones; NaN where there is none. */
export function finiteMean(values: ArrayLike<number>): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]!)) continue;
    sum += values[i]!;
    count++;
  }
  return sum / count;
}
