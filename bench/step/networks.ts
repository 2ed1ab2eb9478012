import { batchNorm } from '../../engine/compute/batch-norm';
import type { HostArray, HostArrays, ProgramDefinition, TensorMap } from '../../engine/compute/device';
import { lossAndGradients } from '../../engine/compute/gradients';
import * as tf from '../../engine/compute/tensorflow';
import { stream } from '../../engine/data/random';

/** A network to time: what it is called, the shape of one image, and its encoder on named parameters. */
export interface Network {
  readonly name: string;
  /** Pairs of images in a step; a step sees twice as many images. */
  readonly pairs: number;
  readonly image: readonly number[];
  readonly parameters: HostArrays;
  /** In training, batch norm uses the batch's statistics; else its running ones, here those of the start, 0 and 1. */
  encode(parameters: TensorMap, x: tf.Tensor, training: boolean): tf.Tensor2D;
}

class Parameters {
  readonly arrays: Record<string, HostArray> = {};
  private readonly random = stream(0, 'bench', 'step');

  add(name: string, shape: number[], fanIn: number): void {
    const scale = Math.sqrt(2 / fanIn);
    const size = shape.reduce((a, b) => a * b, 1);
    this.arrays[name] = { data: Float32Array.from({ length: size }, () => scale * this.random.normal()), shape };
  }

  fill(name: string, size: number, value: number): void {
    this.arrays[name] = { data: new Float32Array(size).fill(value), shape: [size] };
  }
}

function norm(p: TensorMap, name: string, x: tf.Tensor, training: boolean): tf.Tensor4D {
  const [gamma, beta] = [p[`${name}.weight`] as tf.Tensor1D, p[`${name}.bias`] as tf.Tensor1D];
  if (training) return batchNorm(x, gamma, beta, 1e-5).y as tf.Tensor4D;
  return tf.add(tf.mul(x, tf.mul(gamma, 1 / Math.sqrt(1 + 1e-5))), beta);
}

const convolution = (p: TensorMap, name: string, x: tf.Tensor, stride: number): tf.Tensor4D => {
  // Kept as [out, in, h, w], as in the engine's networks and in PyTorch's.
  const weight = p[`${name}.weight`]!;
  const filter = tf.transpose(weight, [2, 3, 1, 0]) as tf.Tensor4D;
  return tf.conv2d(x as tf.Tensor4D, filter, stride, filter.shape[0] === 1 ? 0 : 1);
};

/** Residual network of basic blocks with the CIFAR stem; ResNet-18 has four stages of two blocks, ResNet-20 three of three. */
function residual(name: string, widths: readonly number[], blocks: number, pairs: number): Network {
  const parameters = new Parameters();
  const conv = (key: string, size: number, from: number, to: number): void => {
    parameters.add(`${key}.weight`, [to, from, size, size], size * size * from);
  };
  const bn = (key: string, channels: number): void => {
    parameters.fill(`${key}.weight`, channels, 1);
    parameters.fill(`${key}.bias`, channels, 0);
  };
  conv('conv1', 3, 3, widths[0]!);
  bn('bn1', widths[0]!);
  const plan: { key: string; stride: number; project: boolean }[] = [];
  let from = widths[0]!;
  widths.forEach((width, stage) => {
    for (let block = 0; block < blocks; block++) {
      const key = `layer${stage + 1}.${block}`;
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const project = stride > 1 || from !== width;
      conv(`${key}.conv1`, 3, from, width);
      bn(`${key}.bn1`, width);
      conv(`${key}.conv2`, 3, width, width);
      bn(`${key}.bn2`, width);
      if (project) {
        conv(`${key}.downsample.0`, 1, from, width);
        bn(`${key}.downsample.1`, width);
      }
      plan.push({ key, stride, project });
      from = width;
    }
  });
  parameters.add('fc.weight', [from, 128], from);
  return {
    name,
    pairs,
    image: [32, 32, 3],
    parameters: parameters.arrays,
    encode: (p, x, training) => {
      let y: tf.Tensor4D = tf.relu(norm(p, 'bn1', convolution(p, 'conv1', x, 1), training));
      for (const { key, stride, project } of plan) {
        const inner = tf.relu(norm(p, `${key}.bn1`, convolution(p, `${key}.conv1`, y, stride), training));
        const outer = norm(p, `${key}.bn2`, convolution(p, `${key}.conv2`, inner, 1), training);
        const skip = project
          ? norm(p, `${key}.downsample.1`, convolution(p, `${key}.downsample.0`, y, stride), training)
          : y;
        y = tf.relu(tf.add(outer, skip) as tf.Tensor4D);
      }
      return tf.matMul(tf.mean(y, [1, 2]) as tf.Tensor2D, p['fc.weight'] as tf.Tensor2D);
    },
  };
}

export const resnet18 = residual('ResNet-18', [64, 128, 256, 512], 2, 16);
export const resnet20 = residual('ResNet-20', [16, 32, 64], 3, 32);

/** 784-512-512-128 with batch norm after the hidden layers. */
export const mlp: Network = (() => {
  const parameters = new Parameters();
  const sizes = [784, 512, 512, 128];
  sizes.slice(1).forEach((to, i) => {
    parameters.add(`${i}.weight`, [sizes[i]!, to], sizes[i]!);
    parameters.fill(`${i}.bias`, to, 0);
    if (i === 2) return;
    parameters.fill(`bn${i}.weight`, to, 1);
    parameters.fill(`bn${i}.bias`, to, 0);
  });
  return {
    name: 'MLP',
    pairs: 128,
    image: [784],
    parameters: parameters.arrays,
    encode: (p, x, training) => {
      let y = x as tf.Tensor2D;
      for (let i = 0; i < 3; i++) {
        y = tf.add(tf.matMul(y, p[`${i}.weight`] as tf.Tensor2D), p[`${i}.bias`]!);
        if (i < 2) y = tf.relu(norm(p, `bn${i}`, y, training)) as unknown as tf.Tensor2D;
      }
      return y;
    },
  };
})();

/** conv32-pool-conv64-pool-conv128-conv128, batch norm, a feature layer of 256: the network of the digit studies. */
export const convnet: Network = (() => {
  const parameters = new Parameters();
  const widths = [1, 32, 64, 128, 128];
  widths.slice(1).forEach((to, i) => {
    parameters.add(`conv${i}.weight`, [to, widths[i]!, 3, 3], 9 * widths[i]!);
    parameters.fill(`bn${i}.weight`, to, 1);
    parameters.fill(`bn${i}.bias`, to, 0);
  });
  parameters.add('fc.weight', [4 * 4 * 128, 256], 2048);
  return {
    name: 'convnet',
    pairs: 512,
    image: [16, 16, 1],
    parameters: parameters.arrays,
    encode: (p, x, training) => {
      let y = x as tf.Tensor4D;
      for (let i = 0; i < 4; i++) {
        y = tf.relu(norm(p, `bn${i}`, convolution(p, `conv${i}`, y, 1), training));
        if (i < 2) y = tf.maxPool(y, 2, 2, 'valid');
      }
      return tf.matMul(tf.reshape(y, [y.shape[0], 2048]), p['fc.weight'] as tf.Tensor2D);
    },
  };
})();

/** −2 mean(zᵢ·z′ᵢ) + mean over i ≠ j of (zᵢ·z′ⱼ)². */
function spectralLoss(a: tf.Tensor2D, b: tf.Tensor2D): tf.Scalar {
  const n = a.shape[0];
  const products = tf.matMul(a, b, false, true);
  const onDiagonal = tf.sum(tf.mul(a, b), 1);
  const squares = tf.sub(tf.sum(tf.square(products)), tf.sum(tf.square(onDiagonal)));
  return tf.add(tf.mul(tf.mean(onDiagonal), -2), tf.div(squares, n * (n - 1))) as tf.Scalar;
}

/** The spectral contrastive loss of a batch whose first half are views of the same images as its second. */
export function lossOf(network: Network, parameters: TensorMap, x: tf.Tensor): tf.Scalar {
  const z = tf.mul(network.encode(parameters, x, true), 0.05);
  const [a, b] = tf.split(z, 2) as [tf.Tensor2D, tf.Tensor2D];
  return spectralLoss(a, b);
}

/** A whole training step: both views, spectral contrastive loss, gradients, SGD with momentum. */
export function trainingStep(network: Network): ProgramDefinition {
  const slots = Object.fromEntries(
    Object.entries(network.parameters).map(([name, { data, shape }]): [string, HostArray] => [
      `momentum/${name}`,
      { data: new Float32Array(data.length), shape },
    ]),
  );
  const names = Object.keys(network.parameters);
  return {
    state: { ...network.parameters, ...slots },
    batch: { x: { shape: [2 * network.pairs, ...network.image], dtype: 'float32' } },
    step: (state, batch) => {
      const parameters = Object.fromEntries(names.map((name) => [name, state[name]!]));
      const { loss, gradients } = lossAndGradients(parameters, (p) => ({ loss: lossOf(network, p, batch['x']!) }));
      const next: TensorMap = {};
      for (const name of names) {
        const velocity = tf.add(tf.mul(state[`momentum/${name}`]!, 0.9), gradients[name]!);
        next[`momentum/${name}`] = velocity;
        next[name] = tf.sub(parameters[name]!, tf.mul(velocity, 1e-3));
      }
      return { state: next, outputs: { loss } };
    },
  };
}

/** Feature extraction with constant weights. */
export function frozenEncoder(network: Network): ProgramDefinition {
  return {
    state: network.parameters,
    frozen: true,
    batch: { x: { shape: [2 * network.pairs, ...network.image], dtype: 'float32' } },
    step: (state, batch) => ({ outputs: { z: network.encode(state, batch['x']!, false) } }),
  };
}
