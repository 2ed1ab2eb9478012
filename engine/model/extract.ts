import { setImmediate as pause } from 'node:timers/promises';
import { createAugmenter, fillViews } from '../augment/augmenter';
import type { Device, TensorMap } from '../compute/device';
import type * as tf from '../compute/tensorflow';
import type { Dataset } from '../data/dataset';
import { stream } from '../data/random';
import { Cancelled } from '../errors';
import type { Encoder } from './encoder';
import { Pass } from './layers';
import type { Parameters } from './parameters';

export interface Representation {
  /** n × d, rows in the order asked for. */
  readonly features: Float32Array;
  /** n × k, where `embed` is given. */
  readonly embedding?: Float32Array;
}

export interface ExtractOptions {
  readonly device: Device;
  readonly encoder: Encoder;
  readonly parameters: Parameters;
  /** What else to compute from the features, e.g. a projection. */
  readonly embed?: (pass: Pass, features: tf.Tensor2D) => tf.Tensor2D;
  readonly dataset: Pick<Dataset, 'values' | 'sampleShape'>;
  readonly rows: Int32Array;
  readonly signal: AbortSignal;
  readonly progress?: (done: number, total: number) => void;
}

/** Samples in one pass. The last batch is filled up, since each shape would be compiled anew. */
const batchSize = 256;

/** Features of samples without augmentation, under the network's running statistics. */
export async function extract(options: ExtractOptions): Promise<Representation> {
  const { device, encoder, parameters, embed, dataset, rows, signal, progress } = options;
  const n = rows.length;
  const size = Math.min(batchSize, Math.max(1, n));
  const shape = [size, ...dataset.sampleShape];
  const program = await device.compile({
    state: parameters,
    frozen: true,
    batch: { samples: { shape, dtype: 'float32' } },
    step(state, batch) {
      const pass = new Pass(state, 'evaluate');
      const features = encoder.apply(pass, batch.samples!);
      const outputs: TensorMap = { features };
      if (embed) outputs.embedding = embed(pass, features);
      return { outputs };
    },
  });
  const augmenter = createAugmenter('none', dataset.sampleShape);
  const nothingRandom = stream(0);
  const d = encoder.features;
  const features = new Float32Array(n * d);
  let embedding: Float32Array | undefined;
  try {
    for (let start = 0; start < n; start += size) {
      if (signal.aborted) throw new Cancelled();
      const count = Math.min(size, n - start);
      const data = new Float32Array(size * augmenter.size);
      const part = rows.subarray(start, start + count);
      fillViews(augmenter, dataset.values, part, 1, data.subarray(0, count * augmenter.size), () => nothingRandom);
      const outputs = await program.run({ samples: { shape, data } });
      features.set(outputs.features!.data.subarray(0, count * d), start * d);
      if (outputs.embedding) {
        const k = outputs.embedding.shape[1]!;
        embedding ??= new Float32Array(n * k);
        embedding.set(outputs.embedding.data.subarray(0, count * k), start * k);
      }
      progress?.(start + count, n);
      await pause();
    }
  } finally {
    await program.dispose();
  }
  return { features, embedding };
}
