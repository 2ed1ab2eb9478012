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
  /** Channels of each stage; the last is the length of the feature vector (four times it with bottlenecks). */
  readonly widths: readonly number[];
  /** Blocks in each stage. */
  readonly blocks: readonly number[];
  /** Stride of the first convolution. */
  readonly stride: number;
  /** basic: two 3x3 convolutions. bottleneck: 1x1, 3x3 (with the stride, as torchvision has it), 1x1 to four times the width. */
  readonly block?: 'basic' | 'bottleneck';
  /** cifar: one 3x3 convolution. imagenet: 7x7 with stride 2, then 3x3 maximum pooling with stride 2. */
  readonly stem?: 'cifar' | 'imagenet';
}

/**
 * ResNet (He et al. 2016), by default of basic blocks with the CIFAR stem. Every stage but the first halves the image.
 * Features are the global average. Names are torchvision's.
 */
export function resnet(options: ResnetOptions): Encoder {
  const { inputShape, statistics, widths, stride, block: kind = 'basic', stem = 'cifar' } = options;
  const expansion = kind === 'bottleneck' ? 4 : 1;
  const list = blockList(widths, options.blocks, expansion);
  const layer = kind === 'bottleneck' ? bottleneck : basicBlock;
  return {
    inputShape,
    features: widths.at(-1)! * expansion,
    initialize: (random) =>
      Object.assign(
        newNormalization(statistics),
        newConvolution('conv1', widths[0]!, inputShape[2]!, stem === 'imagenet' ? 7 : 3, random),
        newBatchNorm('bn1', widths[0]!),
        ...list.map((block) => newBlock(block, kind, random)),
      ),
    apply(pass: Pass, x: tf.Tensor): tf.Tensor2D {
      const first = convolution(pass, 'conv1', normalize(pass, x as tf.Tensor4D), stride);
      let h = tf.relu(batchNorm(pass, 'bn1', first));
      if (stem === 'imagenet') h = tf.maxPool(h, 3, 2, 1, 'floor');
      pass.tap('stem', h);
      for (const block of list) h = pass.tap(block.name, layer(pass, block, h));
      return tf.mean(h, [1, 2]);
    },
  };
}

interface Block {
  readonly name: string;
  readonly inputs: number;
  readonly width: number;
  readonly outputs: number;
  readonly stride: number;
}

function blockList(widths: readonly number[], blocks: readonly number[], expansion: number): Block[] {
  return widths.flatMap((width, stage) =>
    Array.from({ length: blocks[stage]! }, (_, i) => ({
      name: `layer${stage + 1}.${i}`,
      inputs: i > 0 ? width * expansion : stage > 0 ? widths[stage - 1]! * expansion : width,
      width,
      outputs: width * expansion,
      stride: i === 0 && stage > 0 ? 2 : 1,
    })),
  );
}

function hasShortcut({ inputs, outputs, stride }: Block): boolean {
  return stride !== 1 || inputs !== outputs;
}

function newBlock(block: Block, kind: 'basic' | 'bottleneck', random: Random): Parameters {
  const { name, inputs, width, outputs } = block;
  return {
    ...newConvolution(`${name}.conv1`, width, inputs, kind === 'bottleneck' ? 1 : 3, random),
    ...newBatchNorm(`${name}.bn1`, width),
    ...newConvolution(`${name}.conv2`, width, width, 3, random),
    ...newBatchNorm(`${name}.bn2`, width),
    ...(kind === 'bottleneck' && {
      ...newConvolution(`${name}.conv3`, outputs, width, 1, random),
      ...newBatchNorm(`${name}.bn3`, outputs),
    }),
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
  return tf.relu(tf.add(second, shortcut(pass, block, x))) as tf.Tensor4D;
}

function bottleneck(pass: Pass, block: Block, x: tf.Tensor4D): tf.Tensor4D {
  const { name, stride } = block;
  const first = tf.relu(batchNorm(pass, `${name}.bn1`, convolution(pass, `${name}.conv1`, x)));
  const second = tf.relu(batchNorm(pass, `${name}.bn2`, convolution(pass, `${name}.conv2`, first, stride)));
  const third = batchNorm(pass, `${name}.bn3`, convolution(pass, `${name}.conv3`, second));
  return tf.relu(tf.add(third, shortcut(pass, block, x))) as tf.Tensor4D;
}

function shortcut(pass: Pass, block: Block, x: tf.Tensor4D): tf.Tensor4D {
  const name = `${block.name}.downsample`;
  if (!hasShortcut(block)) return x;
  return batchNorm(pass, `${name}.1`, convolution(pass, `${name}.0`, x, block.stride));
}
