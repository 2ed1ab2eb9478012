import { setImmediate as pause } from 'node:timers/promises';
import { createAugmenter, fillViews } from '../augment/augmenter';
import type { Device, TensorMap } from '../compute/device';
import type { Dataset } from '../data/dataset';
import { stream } from '../data/random';
import { Cancelled } from '../errors';
import type { Encoder } from './encoder';
import { projection } from './heads';
import { Pass } from './layers';
import type { Parameters } from './parameters';

export interface Representation {
  /** n × d, rows in the order asked for. */
  readonly features: Float32Array;
  /** n × k after the projection head, where the parameters have one. */
  readonly embedding?: Float32Array;
}

export interface ExtractOptions {
  readonly device: Device;
  readonly encoder: Encoder;
  readonly parameters: Parameters;
  readonly dataset: Pick<Dataset, 'values' | 'sampleShape'>;
  readonly rows: Int32Array;
  readonly signal: AbortSignal;
  readonly progress?: (done: number, total: number) => void;
}

/** Samples in one pass. The last batch is filled up, since each shape would be compiled anew. */
const batchSize = 256;

/** Features of samples without augmentation, under the network's running statistics. */
export async function extract(options: ExtractOptions): Promise<Representation> {
  const { device, encoder, parameters, dataset, rows, signal, progress } = options;
  const n = rows.length;
  const projected = parameters['projection.0.weight'] !== undefined;
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
      if (projected) outputs.embedding = projection(pass, features);
      return { outputs };
    },
  });
  const augmenter = createAugmenter('none', dataset.sampleShape);
  const nothingRandom = stream(0);
  const d = encoder.features;
  const k = projected ? parameters['projection.3.bias']!.data.length : 0;
  const features = new Float32Array(n * d);
  const embedding = new Float32Array(n * k);
  try {
    for (let start = 0; start < n; start += size) {
      if (signal.aborted) throw new Cancelled();
      const count = Math.min(size, n - start);
      const data = new Float32Array(size * augmenter.size);
      const part = rows.subarray(start, start + count);
      fillViews(augmenter, dataset.values, part, 1, data.subarray(0, count * augmenter.size), () => nothingRandom);
      const outputs = await program.run({ samples: { shape, data } });
      features.set(outputs.features!.data.subarray(0, count * d), start * d);
      if (projected) embedding.set(outputs.embedding!.data.subarray(0, count * k), start * k);
      progress?.(start + count, n);
      await pause();
    }
  } finally {
    await program.dispose();
  }
  return projected ? { features, embedding } : { features };
}
