import * as tf from '../compute/tensorflow';
import type { Random } from '../data/random';
import { batchNorm, linear, newBatchNorm, newLinear, type Pass } from './layers';
import type { Parameters } from './parameters';

/** Linear classifier on features; PyTorch's nn.Linear under the name `head`. */
export function newHead(features: number, classes: number, random: Random): Parameters {
  return newLinear('head', classes, features, random);
}

export function head(pass: Pass, features: tf.Tensor2D): tf.Tensor2D {
  return linear(pass, 'head', features);
}

export interface ProjectionOptions {
  readonly features: number;
  readonly hidden: number;
  readonly output: number;
}

/** MLP between features and f, as torch's Sequential(Linear, BatchNorm1d, ReLU, Linear) would name it. */
export function newProjection({ features, hidden, output }: ProjectionOptions, random: Random): Parameters {
  return {
    ...newLinear('projection.0', hidden, features, random),
    ...newBatchNorm('projection.1', hidden),
    ...newLinear('projection.3', output, hidden, random),
  };
}

export function projection(pass: Pass, features: tf.Tensor2D): tf.Tensor2D {
  const hidden = tf.relu(batchNorm(pass, 'projection.1', linear(pass, 'projection.0', features)));
  return linear(pass, 'projection.3', hidden);
}

/** f as the spectral contrastive loss sees it: rows of norm ≥ √μ are rescaled to √μ, shorter ones stay. z: n × k. */
export function limitNorms(z: tf.Tensor2D, mu: number): tf.Tensor2D {
  const squares = tf.sum(tf.square(z), 1, true);
  // 1 within the ball of radius √μ; a maximum has no infinite gradient at the origin, unlike a root.
  return tf.mul(z, tf.mul(tf.rsqrt(tf.maximum(squares, mu)), Math.sqrt(mu)));
}
