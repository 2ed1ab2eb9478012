import * as tf from '../../../compute/tensorflow';
import { namedBatchNorm } from '../../layers';
import { type Call, type Operator } from './operator';
import { axisOf, channelsLast, fromTensor, plain, shapeOf } from './value';

type Pads = readonly [top: number, left: number, bottom: number, right: number];
interface Window {
  readonly size: readonly [number, number];
  readonly strides: [number, number];
  readonly dilations: [number, number];
  readonly pads: Pads;
}

/** The window of a 2-D convolution or pooling over h × w, padding made explicit. */
function windowOf(call: Call, kernel: readonly number[], height: number, width: number): Window {
  if (kernel.length !== 2) throw call.unsupported(`${kernel.length} spatial dimensions`);
  const size = [kernel[0]!, kernel[1]!] as const;
  const strides = (call.numbers('strides') ?? [1, 1]) as [number, number];
  const dilations = (call.numbers('dilations') ?? [1, 1]) as [number, number];
  const auto = call.text('auto_pad', 'NOTSET');
  let pads = (call.numbers('pads') ?? [0, 0, 0, 0]) as unknown as Pads;
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const total = [height, width].map((side, i) => {
      const span = (size[i]! - 1) * dilations[i]! + 1;
      return Math.max(0, (Math.ceil(side / strides[i]!) - 1) * strides[i]! + span - side);
    });
    const [less, more] = [total.map((pad) => Math.floor(pad / 2)), total.map((pad) => Math.ceil(pad / 2))];
    const [before, after] = auto === 'SAME_UPPER' ? [less, more] : [more, less];
    pads = [before[0]!, before[1]!, after[0]!, after[1]!];
  } else if (auto === 'VALID') pads = [0, 0, 0, 0];
  if (call.number('ceil_mode', 0) === 1) pads = ceiled(pads, size, strides, height, width);
  return { size, strides, dilations, pads };
}

/** More padding at the end, so that rounding up needs none; a window that would start in it is dropped, as ONNX says. */
function ceiled(pads: Pads, size: readonly number[], strides: readonly number[], height: number, width: number): Pads {
  const end = [height, width].map((side, i) => {
    const [before, after] = [pads[i]!, pads[i + 2]!];
    let count = Math.ceil((side + before + after - size[i]!) / strides[i]!) + 1;
    if ((count - 1) * strides[i]! >= side + before) count--;
    return Math.max(after, (count - 1) * strides[i]! + size[i]! - side - before);
  });
  return [pads[0], pads[1], end[0]!, end[1]!];
}

/**
 * Padding as TensorFlow.js takes it: one number where everything about the window is square (with a number it computes
 * both sides of the result by the first), else none, the image being padded before.
 */
function padding(
  x: tf.Tensor4D,
  { size, strides, dilations, pads }: Window,
  value = 0,
): [tf.Tensor4D, number | 'valid'] {
  const square = [size, strides, dilations].every(([a, b]) => a === b) && pads.every((pad) => pad === pads[0]);
  return square && pads[0] > 0 ? [x, pads[0]] : [padded(x, pads, value), 'valid'];
}

function padded(x: tf.Tensor4D, [top, left, bottom, right]: Pads, value = 0): tf.Tensor4D {
  if (top + left + bottom + right === 0) return x;
  const around: [number, number][] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return tf.pad(x, around, value);
}

const convolution: Operator = (call) => {
  const [image, weight] = [call.input(0), plain(call.input(1))];
  if (shapeOf(image).length !== 4) throw call.unsupported(`${shapeOf(image).length - 2} spatial dimensions`);
  const x = channelsLast(image);
  const [out, inputs, ...kernel] = weight.shape as [number, number, ...number[]];
  const window = windowOf(call, kernel, x.shape[1], x.shape[2]);
  const { strides, dilations } = window;
  const groups = call.number('group', 1);
  const [input, pad] = padding(x, window);
  const rounding = pad === 'valid' ? undefined : 'floor';
  const convolve = (part: tf.Tensor4D, filter: tf.Tensor): tf.Tensor4D =>
    tf.conv2d(part, tf.transpose(filter, [2, 3, 1, 0]) as tf.Tensor4D, strides, pad, 'NHWC', dilations, rounding);
  let y: tf.Tensor4D;
  if (groups === 1) y = convolve(input, weight);
  else if (inputs === 1 && groups === x.shape[3]) {
    // [c·m, 1, h, w] → TensorFlow.js's [h, w, c, m].
    const grouped = tf.reshape(weight, [groups, out / groups, ...kernel]);
    const filter = tf.transpose(grouped, [2, 3, 0, 1]) as tf.Tensor4D;
    y = tf.depthwiseConv2d(input, filter, strides, pad, 'NHWC', dilations, rounding);
  } else {
    const images = tf.split(input, groups, 3) as tf.Tensor4D[];
    const filters = tf.split(weight, groups, 0);
    y = tf.concat(
      images.map((part, g) => convolve(part, filters[g]!)),
      3,
    );
  }
  const bias = call.optional(2);
  return fromTensor(bias ? tf.add(y, plain(bias)) : y, true);
};

const maxPool: Operator = (call) => {
  const x = channelsLast(call.input(0));
  const window = windowOf(call, call.numbers('kernel_shape') ?? [], x.shape[1], x.shape[2]);
  if (window.dilations.some((dilation) => dilation !== 1)) throw call.unsupported('dilations');
  const [input, pad] = padding(x, window, -3.4e38);
  const pooled = tf.maxPool(input, [...window.size], window.strides, pad, pad === 'valid' ? undefined : 'floor');
  return fromTensor(pooled, true);
};

const averagePool: Operator = (call) => {
  const x = channelsLast(call.input(0));
  const { size, strides, pads } = windowOf(call, call.numbers('kernel_shape') ?? [], x.shape[1], x.shape[2]);
  const average = (tensor: tf.Tensor4D): tf.Tensor4D => tf.avgPool(tensor, [...size], strides, 'valid');
  const none = pads.every((pad) => pad === 0);
  const sums = average(padded(x, pads));
  if (none) return fromTensor(sums, true);
  // Without padding in the count, and never with what only rounding up added.
  const counted =
    call.number('count_include_pad', 0) === 1 ? ((call.numbers('pads') ?? [0, 0, 0, 0]) as unknown as Pads) : undefined;
  const ones = tf.ones([1, x.shape[1], x.shape[2], 1]) as tf.Tensor4D;
  const real = counted
    ? padded(padded(ones, counted, 1), [0, 0, pads[2] - counted[2], pads[3] - counted[3]])
    : padded(ones, pads);
  return fromTensor(tf.div(sums, average(real)), true);
};

const globalPool =
  (pool: (x: tf.Tensor, axes: number[], keep: boolean) => tf.Tensor): Operator =>
  (call) =>
    fromTensor(pool(channelsLast(call.input(0)), [1, 2], true), true);

const batchNormalization: Operator = (call) => {
  const epsilon = call.number('epsilon', 1e-5);
  const names = [1, 2, 3, 4].map((input) => call.parameterName(input));
  const image = shapeOf(call.input(0)).length === 4;
  if (!image && shapeOf(call.input(0)).length !== 2) throw call.unsupported('other than images or vectors');
  const x = image ? channelsLast(call.input(0)) : plain(call.input(0));
  const [gamma, beta, mean, variance] = names;
  if (gamma !== undefined && beta !== undefined && mean !== undefined && variance !== undefined)
    return fromTensor(namedBatchNorm(call.pass, { gamma, beta, mean, variance }, x, epsilon), image);
  const [g, b, m, v] = [1, 2, 3, 4].map((input) => plain(call.input(input))) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const scale = tf.mul(g, tf.rsqrt(tf.add(v, epsilon)));
  return fromTensor(tf.add(tf.mul(x, scale), tf.sub(b, tf.mul(m, scale))), image);
};

const layerNormalization: Operator = (call) => {
  const x = plain(call.input(0));
  const axis = axisOf(call.number('axis', -1), x.rank);
  const axes = Array.from({ length: x.rank - axis }, (_, i) => axis + i);
  const normal = standardized(x, axes, call.number('epsilon', 1e-5));
  const scaled = tf.mul(normal, plain(call.input(1)));
  const bias = call.optional(2);
  return fromTensor(bias ? tf.add(scaled, plain(bias)) : scaled);
};

const instanceNormalization: Operator = (call) => {
  const x = channelsLast(call.input(0));
  const normal = standardized(x, [1, 2], call.number('epsilon', 1e-5));
  return fromTensor(tf.add(tf.mul(normal, plain(call.input(1))), plain(call.input(2))), true);
};

function standardized(x: tf.Tensor, axes: number[], epsilon: number): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, axes, true));
  return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), axes, true), epsilon)));
}

const gemm: Operator = (call) => {
  const [a, b] = [plain(call.input(0)) as tf.Tensor2D, plain(call.input(1)) as tf.Tensor2D];
  let y: tf.Tensor = tf.matMul(a, b, call.number('transA', 0) === 1, call.number('transB', 0) === 1);
  const [alpha, beta] = [call.number('alpha', 1), call.number('beta', 1)];
  if (alpha !== 1) y = tf.mul(y, alpha);
  const bias = call.optional(2);
  if (!bias) return fromTensor(y);
  return fromTensor(tf.add(y, beta === 1 ? plain(bias) : tf.mul(plain(bias), beta)));
};

const matMul: Operator = (call) => {
  const [a, b] = [plain(call.input(0)), plain(call.input(1))];
  if (a.rank < 2 || b.rank < 2) throw call.unsupported('vectors');
  if (b.rank === 2) {
    const inner = a.shape.at(-1)!;
    const rows = tf.reshape(a, [-1, inner]) as tf.Tensor2D;
    const y = tf.matMul(rows, b as tf.Tensor2D);
    return fromTensor(a.rank === 2 ? y : tf.reshape(y, [...a.shape.slice(0, -1), b.shape[1]!]));
  }
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const whole = (tensor: tf.Tensor): tf.Tensor => {
    const shape = [...batch, ...tensor.shape.slice(-2)];
    return tensor.shape.join() === shape.join() ? tensor : tf.broadcastTo(tensor, shape as [number]);
  };
  return fromTensor(tf.matMul(whole(a), whole(b)));
};

/** Softmax along one axis; before opset 13 along all axes from the given one on. */
const softmax =
  (apply: (x: tf.Tensor) => tf.Tensor): Operator =>
  (call) => {
    const x = plain(call.input(0));
    const axis = axisOf(call.number('axis', call.opset < 13 ? 1 : -1), x.rank);
    if (axis === x.rank - 1) return fromTensor(apply(x));
    if (call.opset < 13) {
      const rows = x.shape.slice(0, axis).reduce((p, n) => p * n, 1);
      return fromTensor(tf.reshape(apply(tf.reshape(x, [rows, -1])), x.shape));
    }
    const order = x.shape.map((_, i) => i).filter((i) => i !== axis);
    const back = x.shape.map((_, i) => (i === axis ? x.rank - 1 : order.indexOf(i)));
    return fromTensor(tf.transpose(apply(tf.transpose(x, [...order, axis])), back));
  };

export const layers: Record<string, Operator> = {
  Conv: convolution,
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalPool(tf.mean),
  GlobalMaxPool: globalPool(tf.max),
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization,
  Gemm: gemm,
  MatMul: matMul,
  Softmax: softmax((x) => tf.softmax(x)),
  LogSoftmax: softmax((x) => tf.logSoftmax(x)),
};
