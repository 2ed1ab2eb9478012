import * as tf from '../compute/tensorflow';
import type { Random } from '../data/random';
import type { ChannelStatistics } from '../data/statistics';
import type { Encoder } from './encoder';
import { batchNorm, convolution, newBatchNorm, newConvolution, type Pass } from './layers';
import { newNormalization, normalize } from './normalize';
import type { Parameters } from './parameters';

export interface ResnetOptions {
  readonly inputShape: readonly number[];
  readonly statistics: ChannelStatistics;
  /** Channels of each stage; the last is the length of the feature vector. */
  readonly widths: readonly number[];
  /** Basic blocks in each stage. */
  readonly blocks: readonly number[];
  /** Stride of the first convolution. */
  readonly stride: number;
}

/**
 * ResNet of basic blocks (He et al. 2016) with the CIFAR stem: one 3x3 convolution instead of 7x7
 * with stride 2 and pooling.
 * Every stage but the first halves the image. Features are the global average. Names are torchvision's.
 */
export function resnet({ inputShape, statistics, widths, blocks, stride }: ResnetOptions): Encoder {
  const list = blockList(widths, blocks);
  return {
    inputShape,
    features: widths.at(-1)!,
    initialize: (random) =>
      Object.assign(
        newNormalization(statistics),
        newConvolution('conv1', widths[0]!, inputShape[2]!, 3, random),
        newBatchNorm('bn1', widths[0]!),
        ...list.map((block) => newBlock(block, random)),
      ),
    apply(pass: Pass, x: tf.Tensor): tf.Tensor2D {
      const first = convolution(pass, 'conv1', normalize(pass, x as tf.Tensor4D), stride);
      let h = tf.relu(batchNorm(pass, 'bn1', first));
      for (const block of list) h = basicBlock(pass, block, h);
      return tf.mean(h, [1, 2]);
    },
  };
}

interface Block {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
}

function blockList(widths: readonly number[], blocks: readonly number[]): Block[] {
  return widths.flatMap((outputs, stage) =>
    Array.from({ length: blocks[stage]! }, (_, i) => ({
      name: `layer${stage + 1}.${i}`,
      inputs: i > 0 ? outputs : widths[Math.max(0, stage - 1)]!,
      outputs,
      stride: i === 0 && stage > 0 ? 2 : 1,
    })),
  );
}

function hasShortcut({ inputs, outputs, stride }: Block): boolean {
  return stride !== 1 || inputs !== outputs;
}

function newBlock(block: Block, random: Random): Parameters {
  const { name, inputs, outputs } = block;
  return {
    ...newConvolution(`${name}.conv1`, outputs, inputs, 3, random),
    ...newBatchNorm(`${name}.bn1`, outputs),
    ...newConvolution(`${name}.conv2`, outputs, outputs, 3, random),
    ...newBatchNorm(`${name}.bn2`, outputs),
    ...(hasShortcut(block) && {
      ...newConvolution(`${name}.downsample.0`, outputs, inputs, 1, random),
      ...newBatchNorm(`${name}.downsample.1`, outputs),
    }),
  };
}

function basicBlock(pass: Pass, block: Block, x: tf.Tensor4D): tf.Tensor4D {
  const { name, stride } = block;
  const first = tf.relu(batchNorm(pass, `${name}.bn1`, convolution(pass, `${name}.conv1`, x, stride)));
  const second = batchNorm(pass, `${name}.bn2`, convolution(pass, `${name}.conv2`, first));
  const shortcut = hasShortcut(block)
    ? batchNorm(pass, `${name}.downsample.1`, convolution(pass, `${name}.downsample.0`, x, stride))
    : x;
  return tf.relu(tf.add(second, shortcut)) as tf.Tensor4D;
}
