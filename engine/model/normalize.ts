import * as tf from '../compute/tensorflow';
import type { ChannelStatistics } from '../data/statistics';
import type { Pass } from './layers';
import type { Parameters } from './parameters';

/** The input's mean and deviation by channel travel with the checkpoint, as buffers. */
export function newNormalization({ mean, std }: ChannelStatistics): Parameters {
  return {
    'normalize.mean': { shape: [mean.length], data: Float32Array.from(mean) },
    'normalize.std': { shape: [std.length], data: Float32Array.from(std) },
  };
}

/** (x − mean) / std along the last axis. */
export function normalize<T extends tf.Tensor>(pass: Pass, x: T): T {
  return tf.div(tf.sub(x, pass.get('normalize.mean')), pass.get('normalize.std'));
}
