import { createHash } from 'node:crypto';
import { isImage, type Dataset } from '../../data/dataset';
import { Cancelled, UserError } from '../../errors';
import { coOccurrence } from './co-occurrence';
import type { Incidence, NodeGraph } from './node-graph';

export interface ShiftSet {
  readonly distance: number;
  readonly flip: boolean;
}

/** Every shift of an image by up to `distance` pixels along either axis, its edges repeated, optionally mirrored. */
export function shiftedImages(
  image: Uint8Array | Float32Array,
  [height, width, channels]: readonly [number, number, number],
  { distance, flip }: ShiftSet,
): (Uint8Array | Float32Array)[] {
  const clamp = (at: number, length: number) => Math.min(length - 1, Math.max(0, at));
  const results: (Uint8Array | Float32Array)[] = [];
  for (const mirrored of flip ? [false, true] : [false]) {
    for (let dy = -distance; dy <= distance; dy++) {
      for (let dx = -distance; dx <= distance; dx++) {
        const shifted = image.slice();
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const column = clamp(mirrored ? width - 1 - x + dx : x + dx, width);
            const from = (clamp(y + dy, height) * width + column) * channels;
            for (let c = 0; c < channels; c++) shifted[(y * width + x) * channels + c] = image[from + c]!;
          }
        }
        results.push(shifted);
      }
    }
  }
  return results;
}

/**
 * The exact positive-pair graph of the shifts of a dataset's images: equal augmented images are one node, whatever
 * sample they come from.
 */
export function shiftGraph(dataset: Dataset, set: ShiftSet, signal?: AbortSignal): NodeGraph {
  if (!isImage(dataset))
    throw new UserError(
      'graph-shifts',
      'The graph "shifts" is made of images, but the samples are feature vectors; choose the graph "neighbours" or "operator".',
    );
  const shape = dataset.sampleShape as readonly [number, number, number];
  const size = shape[0] * shape[1] * shape[2];
  const samples = dataset.labels.length;
  const found = new Map<string, number>();
  const sampleOf: number[] = [];
  const starts = new Uint32Array(samples + 1);
  const nodes: number[] = [];
  const probabilities: number[] = [];
  for (let s = 0; s < samples; s++) {
    if (signal?.aborted) throw new Cancelled();
    const images = shiftedImages(dataset.values.subarray(s * size, (s + 1) * size), shape, set);
    const shares = new Map<number, number>();
    for (const image of images) {
      const key = createHash('sha256')
        .update(new Uint8Array(image.buffer, image.byteOffset, image.byteLength))
        .digest('base64');
      let node = found.get(key);
      if (node === undefined) {
        found.set(key, (node = sampleOf.length));
        sampleOf.push(s);
      }
      shares.set(node, (shares.get(node) ?? 0) + 1 / images.length);
    }
    for (const [node, share] of shares) {
      nodes.push(node);
      probabilities.push(share);
    }
    starts[s + 1] = nodes.length;
  }
  const augmentations: Incidence = {
    starts,
    nodes: Uint32Array.from(nodes),
    probabilities: Float64Array.from(probabilities),
  };
  return {
    graph: coOccurrence(augmentations, sampleOf.length),
    sampleOf: Int32Array.from(sampleOf),
    augmentations,
    details: {
      kind: 'shifts',
      weights: 'w(x, x′) = E[A(x|s) A(x′|s)] over all samples s, exact for the finite set.',
      ...set,
      augmentationsOfEach: (2 * set.distance + 1) ** 2 * (set.flip ? 2 : 1),
    },
  };
}
