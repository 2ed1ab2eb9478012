import * as tf from '../compute/tensorflow';
import type { Random } from '../data/random';
import type { PretrainBlock } from '../study/schema';
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
  /** Linear layers. By default 2. */
  readonly layers?: number;
  /** Batch norm after the last layer too. By default none. */
  readonly outputNorm?: boolean;
}

/** MLP between features and f, as torch's Sequential(Linear, BatchNorm1d, ReLU, …, Linear) would name it. */
export function newProjection(
  { features, hidden, output, layers = 2, outputNorm = false }: ProjectionOptions,
  random: Random,
  name = 'projection',
): Parameters {
  const widths = [features, ...Array<number>(layers - 1).fill(hidden), output];
  return Object.assign(
    {},
    ...Array.from({ length: layers }, (_, layer) => ({
      ...newLinear(`${name}.${3 * layer}`, widths[layer + 1]!, widths[layer]!, random),
      ...((layer < layers - 1 || outputNorm) && newBatchNorm(`${name}.${3 * layer + 1}`, widths[layer + 1]!)),
    })),
  ) as Parameters;
}

/** The MLP that `newProjection` made: its parameters tell how deep it is. */
export function projection(pass: Pass, features: tf.Tensor2D, name = 'projection'): tf.Tensor2D {
  let h = features;
  for (let layer = 0; ; layer += 3) {
    h = linear(pass, `${name}.${layer}`, h);
    if (pass.has(`${name}.${layer + 1}.weight`)) h = batchNorm(pass, `${name}.${layer + 1}`, h);
    if (!pass.has(`${name}.${layer + 3}.weight`)) return h;
    h = tf.relu(h);
  }
}

/** f as the spectral contrastive loss sees it: rows of norm ≥ √μ are rescaled to √μ, shorter ones stay. z: n × k. */
export function limitNorms(z: tf.Tensor2D, mu: number): tf.Tensor2D {
  const squares = tf.sum(tf.square(z), 1, true);
  // 1 within the ball of radius √μ; a maximum has no infinite gradient at the origin, unlike a root.
  return tf.mul(z, tf.mul(tf.rsqrt(tf.maximum(squares, mu)), Math.sqrt(mu)));
}

/** Rows of Euclidean norm 1; a row of zeros stays. z: n × k. */
export function unitRows(z: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(z, tf.rsqrt(tf.maximum(tf.sum(tf.square(z), 1, true), 1e-12)));
}

/**
 * From features to f as the objective has it: norms limited (spectral), unit vectors where only their angle counts,
 * else as they are. Undefined for an objective without a projection.
 */
export function embedding({
  objective,
  mu,
}: Pick<PretrainBlock, 'objective' | 'mu'>): ((pass: Pass, features: tf.Tensor2D) => tf.Tensor2D) | undefined {
  switch (objective) {
    case 'spectral':
      return (pass, features) => limitNorms(projection(pass, features), mu);
    case 'simclr':
    case 'swav':
    case 'simsiam':
    case 'byol':
      return (pass, features) => unitRows(projection(pass, features));
    case 'barlow-twins':
    case 'vicreg':
      return (pass, features) => projection(pass, features);
    case 'supervised':
    case 'dann':
      return undefined;
  }
}
