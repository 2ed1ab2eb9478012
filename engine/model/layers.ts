import { batchNorm as normaliseBatch } from '../compute/batch-norm';
import type { TensorMap } from '../compute/device';
import * as tf from '../compute/tensorflow';
import type { Random } from '../data/random';
import { filled, heNormal, type Parameters, uniformFanIn } from './parameters';

/**
 * How batch normalisation works. train: by the batch's own statistics, moving the running ones; batch: by the batch's
 * own, leaving the running ones; evaluate: by the running ones.
 */
export type Mode = 'train' | 'batch' | 'evaluate';

/** Who wants to know what happens on the way through a network. */
export interface PassObserver {
  /** A parameter is read. */
  used?(name: string): void;
  /** A block of the network ends with these activations: [n, h, w, c], [n, tokens, c] or [n, c]. */
  passed?(name: string, activations: tf.Tensor): void;
}

/**
 * One pass through a network: the parameters by name, and what batch normalisation leaves behind. Layers are
 * functions of it, so that a network reads like its definition in PyTorch.
 */
export class Pass {
  /** Running statistics after this pass; empty in evaluation. */
  readonly buffers: TensorMap = {};

  constructor(
    private readonly parameters: TensorMap,
    readonly mode: Mode,
    private readonly observer?: PassObserver,
  ) {}

  get(name: string): tf.Tensor {
    const parameter = this.parameters[name];
    if (!parameter) throw new Error(`The network has no parameter ${name}.`);
    this.observer?.used?.(name);
    return parameter;
  }

  has(name: string): boolean {
    return this.parameters[name] !== undefined;
  }

  /**
   * A pass through another copy of the network, whose parameters have the prefix; what has no copy is shared. It leaves
   * no running statistics behind.
   */
  under(prefix: string): Pass {
    const own = Object.entries(this.parameters).filter(([name]) => name.startsWith(prefix));
    const renamed = own.map(([name, parameter]) => [name.slice(prefix.length), parameter] as const);
    return new Pass(
      { ...this.parameters, ...Object.fromEntries(renamed) },
      this.mode === 'train' ? 'batch' : this.mode,
    );
  }

  /** Says that a block of the network ends here. */
  tap<T extends tf.Tensor>(name: string, activations: T): T {
    this.observer?.passed?.(name, activations);
    return activations;
  }

  /** True where taps are of use: activations need not be made ready for them otherwise. */
  get tapped(): boolean {
    return this.observer?.passed !== undefined;
  }
}

export const batchNormEpsilon = 1e-5;
/** Weight of a batch in the running statistics (PyTorch's "momentum"). */
export const batchNormMomentum = 0.1;

/** 2-D convolution without bias, padded so that stride 1 keeps the size. x: [n, h, w, c]. */
export function convolution(pass: Pass, name: string, x: tf.Tensor4D, stride = 1): tf.Tensor4D {
  const weight = pass.get(`${name}.weight`);
  const padding = (weight.shape[2]! - 1) / 2;
  // [out, in, h, w] → TensorFlow.js's [h, w, in, out]; when compiled this moves no data.
  return tf.conv2d(x, tf.transpose(weight, [2, 3, 1, 0]) as tf.Tensor4D, stride, padding, 'NHWC', 1, 'floor');
}

/** x · weightᵀ + bias. x: [n, in]. */
export function linear(pass: Pass, name: string, x: tf.Tensor2D): tf.Tensor2D {
  return tf.add(tf.matMul(x, pass.get(`${name}.weight`) as tf.Tensor2D, false, true), pass.get(`${name}.bias`));
}

/** Where a batch normalisation finds its parameters and running statistics. */
export interface BatchNormNames {
  readonly gamma: string;
  readonly beta: string;
  readonly mean: string;
  readonly variance: string;
}

/** Batch normalisation by PyTorch's names. x: [n, h, w, c] or [n, c]. */
export function batchNorm<T extends tf.Tensor>(pass: Pass, name: string, x: T): T {
  const [gamma, beta] = [`${name}.weight`, `${name}.bias`];
  return namedBatchNorm(pass, { gamma, beta, mean: `${name}.running_mean`, variance: `${name}.running_var` }, x);
}

/** Batch normalisation over every axis but the last (Ioffe & Szegedy 2015). x: [n, h, w, c] or [n, c]. */
export function namedBatchNorm<T extends tf.Tensor>(
  pass: Pass,
  names: BatchNormNames,
  x: T,
  epsilon = batchNormEpsilon,
): T {
  const gamma = pass.get(names.gamma);
  const beta = pass.get(names.beta);
  const mean = pass.get(names.mean);
  const variance = pass.get(names.variance);
  if (pass.mode === 'evaluate') {
    const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, epsilon)));
    return tf.add(tf.mul(x, scale), tf.sub(beta, tf.mul(mean, scale)));
  }
  const normalised = normaliseBatch(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, epsilon);
  if (pass.mode === 'batch') return normalised.y;
  const count = x.size / x.shape.at(-1)!;
  const move = (running: tf.Tensor, batch: tf.Tensor): tf.Tensor =>
    tf.keep(tf.add(tf.mul(running, 1 - batchNormMomentum), tf.mul(batch, batchNormMomentum)));
  pass.buffers[names.mean] = move(mean, normalised.mean);
  // PyTorch keeps the unbiased variance.
  pass.buffers[names.variance] = move(variance, tf.mul(normalised.variance, count / Math.max(1, count - 1)));
  return normalised.y;
}

export function newConvolution(name: string, out: number, inputs: number, size: number, random: Random): Parameters {
  return { [`${name}.weight`]: heNormal([out, inputs, size, size], random) };
}

/** A convolution that starts as PyTorch's layer does unless told otherwise. */
export function newPlainConvolution(
  name: string,
  out: number,
  inputs: number,
  size: number,
  random: Random,
): Parameters {
  return { [`${name}.weight`]: uniformFanIn([out, inputs, size, size], inputs * size * size, random) };
}

export function newLinear(name: string, out: number, inputs: number, random: Random): Parameters {
  return {
    [`${name}.weight`]: uniformFanIn([out, inputs], inputs, random),
    [`${name}.bias`]: uniformFanIn([out], inputs, random),
  };
}

export function newBatchNorm(name: string, channels: number): Parameters {
  return {
    [`${name}.weight`]: filled([channels], 1),
    [`${name}.bias`]: filled([channels], 0),
    [`${name}.running_mean`]: filled([channels], 0),
    [`${name}.running_var`]: filled([channels], 1),
  };
}
