import * as tf from '../../compute/tensorflow';
import { namedBatchNorm, type Pass } from '../layers';
import { newNormalization, normalize } from '../normalize';
import { type Parameters, pick } from '../parameters';
import {
  checkTensors,
  type ImportOptions,
  type NetworkOfFile,
  perChannel,
  requireChannels,
  symmetricPixels,
  unknownLayer,
} from './contract';

/** Strides of the depthwise convolutions (Howard et al. 2017). */
const strides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1];
const epsilon = 1e-3;

/**
 * MobileNet v1 of any width by the names of Keras' application, in TensorFlow's layouts: conv1, then for each of 13
 * blocks conv_dw_i and conv_pw_i, each with batch norm and ReLU6; features are the global average, conv_preds the
 * classifier. Images of any size. Throws UserError.
 */
export function importMobilenet(tensors: Parameters, file: string, options: ImportOptions): NetworkOfFile {
  requireChannels(file, 3, options.inputShape);
  const { mean, std } = options.pixels ?? symmetricPixels;
  const all = pick(tensors, (name) => /^conv(1|_dw_\d+|_pw_\d+)(_bn)?\//.test(name));
  checkTensors(file, expectedShapes(all), all);
  const names = strides.map((_, i) => `conv_pw_${i + 1}`);
  const blocks = options.layer === undefined ? strides.length : names.indexOf(options.layer) + 1;
  if (blocks === 0) throw unknownLayer(file, options.layer!, names);
  const whole = blocks === strides.length;
  const own = pick(all, (name) => Number(/_[dp]w_(\d+)/.exec(name)?.[1] ?? 0) <= blocks);
  const parameters = { ...newNormalization({ mean: perChannel(mean, 3), std: perChannel(std, 3) }), ...own };
  const features = own[`conv_pw_${blocks}/kernel`]!.shape[3]!;
  const classifier = pick(tensors, (name) => whole && name.startsWith('conv_preds/'));
  return {
    description: `MobileNet v1${whole ? '' : ` up to ${options.layer}`}, ${features} features`,
    encoder: {
      inputShape: options.inputShape,
      features,
      initialize: () => parameters,
      apply: (pass, x) => apply(pass, x, blocks),
    },
    parameters,
    ...('conv_preds/kernel' in classifier &&
      'conv_preds/bias' in classifier && { classifier: { parameters: classifier, apply: classify } }),
  };
}

function apply(pass: Pass, x: tf.Tensor, blocks: number): tf.Tensor2D {
  const kernel = (name: string) => pass.get(name) as tf.Tensor4D;
  let h = tf.conv2d(normalize(pass, x as tf.Tensor4D), kernel('conv1/kernel'), 2, 'same');
  h = pass.tap('conv1', tf.relu6(normalised(pass, 'conv1_bn', h)));
  strides.slice(0, blocks).forEach((stride, i) => {
    const [depthwise, pointwise] = [`conv_dw_${i + 1}`, `conv_pw_${i + 1}`];
    h = tf.depthwiseConv2d(h, kernel(`${depthwise}/depthwise_kernel`), stride, 'same');
    h = tf.relu6(normalised(pass, `${depthwise}_bn`, h));
    h = tf.conv2d(h, kernel(`${pointwise}/kernel`), 1, 'same');
    h = pass.tap(pointwise, tf.relu6(normalised(pass, `${pointwise}_bn`, h)));
  });
  return tf.mean(h, [1, 2]);
}

function normalised(pass: Pass, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const [gamma, beta] = [`${name}/gamma`, `${name}/beta`];
  const names = { gamma, beta, mean: `${name}/moving_mean`, variance: `${name}/moving_variance` };
  return namedBatchNorm(pass, names, x, epsilon);
}

function classify(pass: Pass, features: tf.Tensor2D): tf.Tensor2D {
  const kernel = tf.reshape(pass.get('conv_preds/kernel'), [features.shape[1], -1]) as tf.Tensor2D;
  return tf.add(tf.matMul(features, kernel), pass.get('conv_preds/bias'));
}

/** Shapes that the blocks must have so that each reads what the one before wrote; widths are the file's own. */
function expectedShapes(tensors: Parameters): Record<string, { shape: number[] }> {
  const shapes: Record<string, { shape: number[] }> = {};
  const withNorm = (name: string, kernel: string, shape: number[], channels: number) => {
    shapes[`${name}/${kernel}`] = { shape };
    for (const part of ['gamma', 'beta', 'moving_mean', 'moving_variance'])
      shapes[`${name}_bn/${part}`] = { shape: [channels] };
  };
  let width = tensors['conv1/kernel']?.shape[3] ?? 0;
  withNorm('conv1', 'kernel', [3, 3, 3, width], width);
  strides.forEach((_, i) => {
    withNorm(`conv_dw_${i + 1}`, 'depthwise_kernel', [3, 3, width, 1], width);
    const next = tensors[`conv_pw_${i + 1}/kernel`]?.shape[3] ?? 0;
    withNorm(`conv_pw_${i + 1}`, 'kernel', [1, 1, width, next], next);
    width = next;
  });
  return shapes;
}
