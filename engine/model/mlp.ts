import * as tf from '../compute/tensorflow';
import type { ChannelStatistics } from '../data/statistics';
import type { Encoder } from './encoder';
import { batchNorm, linear, newBatchNorm, newLinear, type Pass } from './layers';
import { newNormalization, normalize } from './normalize';

export interface MlpOptions {
  readonly inputShape: readonly number[];
  readonly statistics: ChannelStatistics;
  readonly hidden: number;
  readonly features: number;
}

/** Two hidden layers and the feature layer, each linear, batch norm, ReLU. */
export function mlp({ inputShape, statistics, hidden, features }: MlpOptions): Encoder {
  const inputs = inputShape.reduce((a, b) => a * b, 1);
  const widths = [inputs, hidden, hidden, features];
  const layers = [1, 2, 3];
  return {
    inputShape,
    features,
    initialize: (random) =>
      Object.assign(
        newNormalization(statistics),
        ...layers.map((i) => ({
          ...newLinear(`fc${i}`, widths[i]!, widths[i - 1]!, random),
          ...newBatchNorm(`bn${i}`, widths[i]!),
        })),
      ),
    apply(pass: Pass, x: tf.Tensor): tf.Tensor2D {
      let h = tf.reshape(normalize(pass, x), [x.shape[0]!, inputs]) as tf.Tensor2D;
      for (const i of layers) h = pass.tap(`fc${i}`, tf.relu(batchNorm(pass, `bn${i}`, linear(pass, `fc${i}`, h))));
      return h;
    },
  };
}
