import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stream } from '../../data/random';
import { isBuffer, type Parameters } from '../../model/parameters';
import type { AdvantageBlock } from '../../study/schema';
import { refreshStatistics } from '../../train/statistics';
import { readEncoder } from '../open';
import type { Setting } from '../setting';

/** One row of the map: a network of a certain quality. */
export interface Level {
  /** `weight noise 0.5`, `epoch 10`. */
  readonly name: string;
  /** Noise level, or epoch. */
  readonly value: number;
  /** The network; `seed` draws its noise. */
  network(seed: number): Promise<Parameters>;
}

/**
 * The map's rows, the best features first.
 * @param pretrained the encoder as pretraining left it
 * @param folder of the stage 'pretrain', for epochs of it
 */
export function levelsOf(
  { quality }: AdvantageBlock,
  setting: Setting,
  pretrained: Parameters,
  folder: string | undefined,
): Level[] {
  if (quality.kind === 'noise')
    return [...new Set(quality.levels)]
      .sort((a, b) => a - b)
      .map((value) => ({
        ...{ name: `weight noise ${value}`, value },
        network: (seed) => noisyNetwork(setting, pretrained, value, seed),
      }));
  return [...new Set(quality.epochs)]
    .sort((a, b) => b - a)
    .map((value) => ({
      ...{ name: `epoch ${value}`, value },
      network: () => {
        if (value === 0) return Promise.resolve(setting.encoder.initialize(stream(setting.seed, 'encoder')));
        const file = join(folder!, `encoder-epoch-${value}.safetensors`);
        if (!existsSync(file)) throw new Error(`${file} is missing.`);
        return readEncoder(file);
      },
    }));
}

/** Noise changes what batch normalisation sees, so that its statistics are taken anew from the source's training samples. */
async function noisyNetwork(setting: Setting, network: Parameters, level: number, seed: number): Promise<Parameters> {
  const parameters = noisyWeights(network, level, seed);
  if (level === 0 || !Object.keys(network).some((name) => isBuffer(name) && !name.startsWith('normalize.')))
    return parameters;
  const { dataset, protocol } = setting;
  return refreshStatistics(
    { ...setting, parameters },
    { dataset, rows: protocol.train, seed, augmentation: 'none', batchSize: 128 },
  );
}

/**
 * w + level · σ n, n standard normal and σ the root mean square of w, scaled back to the norm of w in expectation: level
 * 0 is the network, a large one an untrained network of the same scale. For arrays of two axes and more: kernels, not
 * biases or what normalisation learns.
 */
export function noisyWeights(network: Parameters, level: number, seed: number): Parameters {
  if (level === 0) return network;
  return Object.fromEntries(
    Object.entries(network).map(([name, array]) => {
      if (isBuffer(name) || array.shape.length < 2) return [name, array];
      const random = stream(seed, 'advantage', 'noise', name);
      const size = rootMeanSquare(array.data);
      const scale = 1 / Math.sqrt(1 + level * level);
      const data = Float32Array.from(array.data, (value) => scale * (value + level * size * random.normal()));
      return [name, { shape: array.shape, data }];
    }),
  );
}

function rootMeanSquare(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum / values.length);
}
