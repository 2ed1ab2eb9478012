import * as tf from '../compute/tensorflow';
import type { ChannelStatistics } from '../data/statistics';
import type { Encoder } from './encoder';
import { batchNorm, convolution, linear, newBatchNorm, newLinear, newPlainConvolution, type Pass } from './layers';
import { newNormalization, normalize } from './normalize';

export interface ConvnetOptions {
  readonly inputShape: readonly number[];
  readonly statistics: ChannelStatistics;
  readonly width: number;
  readonly features: number;
}

/** Four 3x3 convolutions (w, pool, 2w, pool, 4w, 4w), flattened, and a feature layer; each with batch norm and ReLU. */
export function convnet({ inputShape, statistics, width, features }: ConvnetOptions): Encoder {
  const [height, rowLength, channels] = inputShape as [number, number, number];
  const widths = [channels, width, 2 * width, 4 * width, 4 * width];
  const layers = [1, 2, 3, 4];
  const flat = Math.floor(height / 4) * Math.floor(rowLength / 4) * 4 * width;
  return {
    inputShape,
    features,
    initialize: (random) =>
      Object.assign(
        newNormalization(statistics),
        ...layers.map((i) => ({
          ...newPlainConvolution(`conv${i}`, widths[i]!, widths[i - 1]!, 3, random),
          ...newBatchNorm(`bn${i}`, widths[i]!),
        })),
        newLinear('fc', features, flat, random),
        newBatchNorm('bn_fc', features),
      ),
    apply(pass: Pass, x: tf.Tensor): tf.Tensor2D {
      let h = normalize(pass, x as tf.Tensor4D);
      for (const i of layers) {
        h = tf.relu(batchNorm(pass, `bn${i}`, convolution(pass, `conv${i}`, h)));
        if (i <= 2) h = tf.maxPool(h, 2, 2, 'valid');
        pass.tap(`conv${i}`, h);
      }
      // PyTorch flattens [n, c, h, w].
      const vector = tf.reshape(tf.transpose(h, [0, 3, 1, 2]), [h.shape[0], flat]) as tf.Tensor2D;
      return tf.relu(batchNorm(pass, 'bn_fc', linear(pass, 'fc', vector)));
    },
  };
}
