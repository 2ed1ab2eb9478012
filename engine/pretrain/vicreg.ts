import * as tf from '../compute/tensorflow';
import type { PretrainBlock } from '../study/schema';
import type { Objective } from './objective';
import { onWideProjection } from './wide-projection';

/** Keeps the root's gradient finite, as published. */
const epsilon = 1e-4;

/**
 * VICReg (Bardes et al. 2022): invariance · mean (z1 − z2)² over all entries
 * + variance · ½ Σ_views mean_j max(0, 1 − √(var_j + 10⁻⁴))
 * + covariance · Σ_views Σ_{i≠j} cov_ij² / k, with variances and covariances over n − 1. z1, z2: n × k.
 */
export function vicregLoss(
  z1: tf.Tensor2D,
  z2: tf.Tensor2D,
  { invariance, variance, covariance }: PretrainBlock['vicreg'],
): tf.Scalar {
  const terms = [z1, z2].map((z) => {
    const [n, k] = z.shape;
    const centred = tf.sub(z, tf.mean(z, 0, true));
    const variances = tf.div(tf.sum(tf.square(centred), 0), n - 1);
    const hinge: tf.Scalar = tf.mean(tf.relu(tf.sub(1, tf.sqrt(tf.add(variances, epsilon)))));
    const covariances = tf.div(tf.matMul(centred, centred, true, false), n - 1);
    const offDiagonal: tf.Scalar = tf.sub(tf.sum(tf.square(covariances)), tf.sum(tf.square(variances)));
    return tf.add(tf.mul(hinge, variance / 2), tf.mul(offDiagonal, covariance / k));
  });
  const apart: tf.Scalar = tf.mean(tf.square(tf.sub(z1, z2)));
  return tf.addN([tf.mul(apart, invariance), ...terms]) as tf.Scalar;
}

export function vicreg({ vicreg: settings }: PretrainBlock, features: number): Objective {
  return onWideProjection(settings.width, features, (z1, z2) => vicregLoss(z1, z2, settings));
}
