import { setImmediate as pause } from 'node:timers/promises';
import { type Augmenter, createAugmenter, fillViews } from '../augment/augmenter';
import type { Device, HostArrays, Program, TensorMap } from '../compute/device';
import type * as tf from '../compute/tensorflow';
import { elementCount } from '../data/array';
import type { Dataset } from '../data/dataset';
import { type Random, stream } from '../data/random';
import { Cancelled } from '../errors';
import { pooled } from './blocks';
import type { Encoder } from './encoder';
import { Pass } from './layers';
import type { Parameters } from './parameters';

export interface Representation {
  /** n × d, rows in the order asked for. */
  readonly features: Float32Array;
  /** n × k, where `embed` is given. */
  readonly embedding?: Float32Array;
  /** n × channels for each of the blocks asked for: its last activations, averaged over places. */
  readonly layers: readonly Float32Array[];
}

export interface ExtractorOptions {
  readonly device: Device;
  readonly encoder: Encoder;
  readonly parameters: Parameters;
  /** What else to compute from the features, e.g. a projection. */
  readonly embed?: (pass: Pass, features: tf.Tensor2D) => tf.Tensor2D;
  /** Names of blocks whose activations are wanted too. */
  readonly layers?: readonly string[];
  /**
   * False for networks of one shape with ever new weights: the compiled program is used again, at the price of a
   * slower pass.
   */
  readonly frozen?: boolean;
  readonly dataset: Pick<Dataset, 'values' | 'sampleShape'>;
  readonly signal: AbortSignal;
}

export interface Look {
  readonly rows: Int32Array;
  /** A random view of each sample is looked at instead of the sample as it is. */
  readonly view?: { readonly augmenter: Augmenter; readonly random: (row: number) => Random };
  readonly progress?: (done: number, total: number) => void;
}

export type ExtractOptions = ExtractorOptions & Look;

/** A network that is compiled once and looks at samples as often as asked, until it is disposed of. */
export interface Extractor {
  extract(look: Look): Promise<Representation>;
  dispose(): Promise<void>;
}

/** Samples in one pass at most. The last batch is filled up, since each shape would be compiled anew. */
const largestBatch = 256;
/** Values that enter a network in one pass: 256 images of 48 × 48 pixels, since what a network holds grows with them. */
const largestInput = 256 * 48 * 48 * 3;

function batchFor({ networkShape, inputShape }: Encoder): number {
  const values = elementCount(networkShape ?? inputShape);
  return Math.max(1, Math.min(largestBatch, Math.floor(largestInput / values)));
}

/** Features of samples, by default without augmentation, under the network's running statistics. */
export async function extract(options: ExtractOptions): Promise<Representation> {
  const extractor = await openExtractor(options, options.rows.length);
  try {
    return await extractor.extract(options);
  } finally {
    await extractor.dispose();
  }
}

/** @param most samples that one look is at, where that is known, so that few of them do not fill a large batch */
export async function openExtractor(options: ExtractorOptions, most = largestBatch): Promise<Extractor> {
  const { device, encoder, parameters, embed, dataset, layers = [], frozen = true } = options;
  const size = Math.min(batchFor(encoder), Math.max(1, most));
  const shape = [size, ...dataset.sampleShape];
  const program = await device.compile({
    state: parameters,
    frozen,
    batch: { samples: { shape, dtype: 'float32' } },
    step(state, batch) {
      const outputs: TensorMap = {};
      const passed = (name: string, activations: tf.Tensor): void => {
        if (layers.includes(name)) outputs[`layer/${name}`] = pooled(activations);
      };
      const pass = new Pass(state, 'evaluate', layers.length > 0 ? { passed } : undefined);
      const features = (outputs.features = encoder.apply(pass, batch.samples!));
      if (embed) outputs.embedding = embed(pass, features);
      return { outputs };
    },
  });
  return {
    extract: (look) => run(program, shape, options, look),
    dispose: () => program.dispose(),
  };
}

async function run(
  program: Program,
  shape: readonly number[],
  { encoder, dataset, signal, layers = [] }: ExtractorOptions,
  { rows, view, progress }: Look,
): Promise<Representation> {
  const n = rows.length;
  const size = shape[0]!;
  const nothingRandom = stream(0);
  const { augmenter, random } = view ?? {
    augmenter: createAugmenter('none', dataset.sampleShape),
    random: () => nothingRandom,
  };
  const d = encoder.features;
  const features = new Float32Array(n * d);
  let embedding: Float32Array | undefined;
  const activations: Float32Array[] = [];
  const keep = (into: Float32Array | undefined, { data, shape }: HostArrays[string], start: number, count: number) => {
    const width = shape[1]!;
    into ??= new Float32Array(n * width);
    into.set(data.subarray(0, count * width), start * width);
    return into;
  };
  for (let start = 0; start < n; start += size) {
    if (signal.aborted) throw new Cancelled();
    const count = Math.min(size, n - start);
    const data = new Float32Array(size * augmenter.size);
    const part = rows.subarray(start, start + count);
    fillViews(augmenter, dataset.values, part, 1, data.subarray(0, count * augmenter.size), random);
    const outputs = await program.run({ samples: { shape, data } });
    keep(features, outputs.features!, start, count);
    if (outputs.embedding) embedding = keep(embedding, outputs.embedding, start, count);
    layers.forEach((name, i) => {
      activations[i] = keep(activations[i], outputs[`layer/${name}`]!, start, count);
    });
    progress?.(start + count, n);
    await pause();
  }
  return { features, embedding, layers: activations };
}
