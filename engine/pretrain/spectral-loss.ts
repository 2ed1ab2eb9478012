import * as tf from '../compute/tensorflow';
import { limitNorms } from '../model/heads';

/**
 * Spectral contrastive loss of a batch (HaoChen et al. 2021, mini-batch form of the reference implementation):
 * rows of norm ≥ √μ are rescaled to √μ; −2 mean_i z1_i·z2_i + Σ_{i≠j} (z1_i·z2_j)² / (n(n−1)), divided by μ.
 * Negatives are cross-view pairs of different samples.
 * @param z1 n × k, the first view of each sample
 * @param z2 n × k, the second view
 */
export function spectralContrastiveLoss(z1: tf.Tensor2D, z2: tf.Tensor2D, mu: number): tf.Scalar {
  const n = z1.shape[0];
  if (n < 2) throw new RangeError('A batch needs at least two samples for negatives.');
  const first = limitNorms(z1, mu);
  const second = limitNorms(z2, mu);
  const diagonal = tf.sum(tf.mul(first, second), 1);
  const products = tf.matMul(first, second, false, true);
  const positive = tf.mul(tf.mean(diagonal), -2);
  const offDiagonal = tf.sub(tf.sum(tf.square(products)), tf.sum(tf.square(diagonal)));
  const negative = tf.div(offDiagonal, n * (n - 1));
  return tf.div(tf.add(positive, negative), mu);
}
