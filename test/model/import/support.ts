import type { Device, HostArray } from '../../../engine/compute/device';
import type { ImportedModel } from '../../../engine/model/import';
import { Pass } from '../../../engine/model/layers';

/** Features and, where there is a classifier, its scores for images [n, h, w, c] of 0…1. */
export async function runImported(
  device: Device,
  { encoder, parameters, classifier }: ImportedModel,
  images: HostArray,
): Promise<{ features: HostArray; scores?: HostArray }> {
  const program = await device.compile({
    state: { ...parameters, ...classifier?.parameters },
    frozen: true,
    batch: { images: { shape: images.shape, dtype: 'float32' } },
    step(state, batch) {
      const pass = new Pass(state, 'evaluate');
      const features = encoder.apply(pass, batch.images!);
      return { outputs: { features, ...(classifier && { scores: classifier.apply(pass, features) }) } };
    },
  });
  const outputs = await program.run({ images });
  await program.dispose();
  return { features: outputs.features!, scores: outputs.scores };
}

/** [n, c, h, w] as [n, h, w, c]. */
export function channelsLast({ shape, data }: HostArray): HostArray {
  const [n, c, h, w] = shape as [number, number, number, number];
  const out = new Float32Array(data.length);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < c; k++)
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) out[((i * h + y) * w + x) * c + k] = data[((i * c + k) * h + y) * w + x]!;
  return { shape: [n, h, w, c], data: out };
}

/** The values of [n, h, w, c] in the order [n, c, h, w]. */
export function channelsFirst({ shape, data }: HostArray): Float32Array {
  const [n, h, w, c] = shape as [number, number, number, number];
  const out = new Float32Array(data.length);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < c; k++)
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) out[((i * c + k) * h + y) * w + x] = data[((i * h + y) * w + x) * c + k]!;
  return out;
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return Number.isNaN(largest) ? Infinity : largest;
}
