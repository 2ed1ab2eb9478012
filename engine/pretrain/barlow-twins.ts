import { batchNormEpsilon } from '../model/layers';
import * as tf from '../compute/tensorflow';
import type { PretrainBlock } from '../study/schema';
import type { Objective } from './objective';
import { onWideProjection } from './wide-projection';

/**
 * Barlow Twins (Zbontar et al. 2021): C = ẑ1ᵀẑ2/n of columns brought to mean 0 and variance 1 over the batch;
 * Σ_i (C_ii − 1)² + λ Σ_{i≠j} C_ij². z1, z2: n × k.
 */
export function barlowTwinsLoss(z1: tf.Tensor2D, z2: tf.Tensor2D, lambda: number): tf.Scalar {
  const n = z1.shape[0];
  const first = standardised(z1);
  const second = standardised(z2);
  const diagonal = tf.mean(tf.mul(first, second), 0);
  const correlation = tf.div(tf.matMul(first, second, true, false), n);
  const offDiagonal = tf.sub(tf.sum(tf.square(correlation)), tf.sum(tf.square(diagonal)));
  return tf.add(tf.sum(tf.square(tf.sub(diagonal, 1))), tf.mul(offDiagonal, lambda));
}

/** As batch norm without scale and offset does it: the variance is that of the population. */
function standardised(z: tf.Tensor2D): tf.Tensor2D {
  const centred = tf.sub(z, tf.mean(z, 0, true));
  return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), 0, true), batchNormEpsilon)));
}

export function barlowTwins({ barlowTwins: { lambda, width } }: PretrainBlock, features: number): Objective {
  return onWideProjection(width, features, (z1, z2) => barlowTwinsLoss(z1, z2, lambda));
}
