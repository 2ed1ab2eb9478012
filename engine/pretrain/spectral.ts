import * as tf from '../compute/tensorflow';
import { limitNorms, newProjection, projection } from '../model/heads';
import type { PretrainBlock } from '../study/schema';
import type { Objective } from './objective';
import { splitViews } from './views';

/**
 * Spectral contrastive loss of a batch (HaoChen et al. 2021, mini-batch form of the reference implementation):
 * rows of norm ≥ √μ are rescaled to √μ; −2 mean_i z1_i·z2_i + Σ_{i≠j} (z1_i·z2_j)² / (n(n−1)), divided by μ.
 * Negatives are cross-view pairs of different samples.
 *
 * σ generalises it (HaoChen et al. 2022): E‖f(x) − f(x⁺)‖² + σ‖E[f fᵀ] − I‖²_F less its constant σk, that is
 * −2 mean_i z1_i·z2_i + (1 − σ) mean_i (‖z1_i‖² + ‖z2_i‖²) + σ Σ_{i≠j} (z1_i·z2_j)² / (n(n−1)).
 * @param z1 n × k, the first view of each sample
 * @param z2 n × k, the second view
 */
export function spectralContrastiveLoss(z1: tf.Tensor2D, z2: tf.Tensor2D, mu: number, sigma = 1): tf.Scalar {
  const n = z1.shape[0];
  if (n < 2) throw new RangeError('A batch needs at least two samples for negatives.');
  const first = limitNorms(z1, mu);
  const second = limitNorms(z2, mu);
  const diagonal = tf.sum(tf.mul(first, second), 1);
  const products = tf.matMul(first, second, false, true);
  const positive = tf.mul(tf.mean(diagonal), -2);
  const offDiagonal = tf.sub(tf.sum(tf.square(products)), tf.sum(tf.square(diagonal)));
  const negative = tf.div(offDiagonal, n * (n - 1));
  if (sigma === 1) return tf.div(tf.add(positive, negative), mu);
  const norms = tf.div(tf.add(tf.sum(tf.square(first)), tf.sum(tf.square(second))), n);
  const attraction: tf.Scalar = tf.add(positive, tf.mul(norms, 1 - sigma));
  return tf.div(tf.add(attraction, tf.mul(negative, sigma)), mu);
}

export function spectral({ projection: shape, mu, sigma }: PretrainBlock, features: number): Objective {
  return {
    views: 2,
    initialize: (_encoder, random) => newProjection({ features, ...shape }, random('projection')),
    loss({ pass, encode, views }) {
      const [z1, z2] = splitViews(projection(pass, encode(pass)), views);
      return spectralContrastiveLoss(z1!, z2!, mu, sigma);
    },
  };
}
