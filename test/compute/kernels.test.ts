import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import * as tf from '../../engine/compute/tensorflow';
import { describe, it } from 'vitest';
import type { HostArrays, TensorMap } from '../../engine/compute/device';
import { expectSameDerivative } from './differentiate';
import { expectParity, normal } from './parity';

type Case = [name: string, inputs: HostArrays, f: (x: TensorMap) => tf.Tensor];

const a = normal([2, 5, 6, 3], 1);
const b = normal([2, 5, 6, 3], 2);
const matrix = normal([4, 7], 3);
const other = normal([7, 5], 4);
const positive = { ...a, data: a.data.map((v) => Math.abs(v) + 0.1) };
const indices = { data: Int32Array.of(3, 0, 3, 1, 2), shape: [5] };

const differentiable: Case[] = [
  ['add broadcast', { a, b: normal([3], 5) }, (t) => t.a!.add(t.b!)],
  ['add scalar-like', { a, b: normal([1, 1, 1, 3], 5) }, (t) => t.a!.add(t.b!)],
  ['sub', { a, b }, (t) => t.a!.sub(t.b!)],
  ['mul broadcast rows', { a, b: normal([6, 3], 5) }, (t) => t.a!.mul(t.b!)],
  ['div', { a, b: positive }, (t) => t.a!.div(t.b!)],
  ['pow', { a: positive, b }, (t) => t.a!.pow(t.b!)],
  ['maximum', { a, b }, (t) => tf.maximum(t.a!, t.b!)],
  ['minimum', { a, b }, (t) => tf.minimum(t.a!, t.b!)],
  ['squaredDifference', { a, b }, (t) => tf.squaredDifference(t.a!, t.b!)],
  ['where', { a, b }, (t) => tf.where(t.a!.greater(0.2), t.a!, t.b!)],
  ...(
    [
      'relu',
      'sigmoid',
      'tanh',
      'softplus',
      'exp',
      'abs',
      'neg',
      'square',
      'erf',
      'elu',
      'selu',
      'relu6',
      'sin',
      'cos',
    ] as const
  ).map((name): Case => [name, { a }, (t) => tf[name](t.a!)]),
  ...(['log', 'sqrt', 'rsqrt', 'reciprocal', 'log1p'] as const).map((name): Case => [
    name,
    { a: positive },
    (t) => tf[name](t.a!),
  ]),
  ['leakyRelu', { a }, (t) => tf.leakyRelu(t.a!, 0.1)],
  ['expm1', { a }, (t) => tf.expm1(t.a!)],
  ['clip', { a }, (t) => t.a!.clipByValue(-0.5, 0.7)],
  ['sum axes', { a }, (t) => t.a!.sum([0, 2])],
  ['sum keep', { a }, (t) => t.a!.sum([1, 3], true)],
  ['mean all', { a }, (t) => t.a!.mean()],
  ['max axis', { a }, (t) => t.a!.max([3])],
  ['min axis', { a }, (t) => t.a!.min([1])],
  ['softmax', { a }, (t) => tf.softmax(t.a!)],
  ['logSoftmax', { a }, (t) => tf.logSoftmax(t.a!)],
  ['logSumExp', { a }, (t) => t.a!.logSumExp([1])],
  ['reshape', { a }, (t) => t.a!.reshape([10, 18])],
  ['transpose', { a }, (t) => t.a!.transpose([2, 0, 3, 1]).square()],
  ['slice', { a }, (t) => t.a!.slice([0, 1, 2, 0], [2, 3, 3, 2])],
  ['concat', { a, b }, (t) => tf.concat([t.a!, t.b!], 2)],
  ['stack', { a, b }, (t) => tf.stack([t.a!, t.b!], 1)],
  ['unstack', { a }, (t) => tf.unstack(t.a!, 2)[3]!],
  ['split', { a }, (t) => tf.split(t.a!, [2, 3, 1], 2)[1]!],
  [
    'pad',
    { a },
    (t) =>
      t.a!.pad(
        [
          [0, 0],
          [1, 2],
          [0, 1],
          [0, 0],
        ],
        0.5,
      ),
  ],
  ['tile', { a }, (t) => t.a!.tile([1, 2, 1, 3])],
  ['reverse', { a }, (t) => t.a!.reverse([1, 3])],
  ['expandDims', { a }, (t) => t.a!.expandDims(2).square()],
  ['gather', { a: matrix, i: indices }, (t) => tf.gather(t.a!, t.i as tf.Tensor1D)],
  ['addN', { a, b }, (t) => tf.addN([t.a!, t.b!, t.a!])],
  ...[false, true].flatMap((ta) =>
    [false, true].map((tb): Case => {
      const left = ta ? normal([7, 4], 3) : matrix;
      const right = tb ? normal([5, 7], 4) : other;
      return [`matMul ${ta} ${tb}`, { a: left, b: right }, (t) => tf.matMul(t.a!, t.b!, ta, tb)];
    }),
  ),
  ['matMul of a transpose', { a: matrix, b: normal([5, 7], 4) }, (t) => tf.matMul(t.a!, t.b!.transpose())],
  ['batch matMul', { a: normal([3, 4, 7], 1), b: normal([3, 5, 7], 2) }, (t) => tf.matMul(t.a!, t.b!, false, true)],
  ...(
    [
      [1, 'same', 3, 3, 4],
      [2, 'same', 3, 3, 4],
      [2, 'valid', 3, 3, 8],
      [1, 1, 3, 3, 40],
      [2, 1, 3, 3, 2],
      [1, 'valid', 1, 3, 5],
      [2, 0, 1, 3, 40],
    ] as const
  ).map(([stride, pad, size, channels, out]): Case => [
    `conv2d stride ${stride} pad ${pad} filter ${size} out ${out}`,
    { a: normal([2, 7, 6, channels], 1), b: normal([size, size, channels, out], 2) },
    (t) => tf.conv2d(t.a as tf.Tensor4D, t.b as tf.Tensor4D, stride, pad),
  ]),
  ...(
    [
      [1, 'same', 1],
      [2, 'same', 2],
      [1, 'valid', 1],
      [2, 'valid', 3],
    ] as const
  ).map(([stride, pad, multiplier]): Case => [
    `depthwise stride ${stride} pad ${pad} multiplier ${multiplier}`,
    { a: normal([2, 7, 6, 3], 1), b: normal([3, 3, 3, multiplier], 2) },
    (t) => tf.depthwiseConv2d(t.a as tf.Tensor4D, t.b as tf.Tensor4D, stride, pad),
  ]),
  ...(
    [
      [2, 2, 'valid'],
      [3, 2, 'same'],
      [3, 1, 'same'],
      [2, 2, 'same'],
    ] as const
  ).flatMap(([size, stride, pad]): Case[] => [
    [
      `maxPool ${size} ${stride} ${pad}`,
      { a: normal([2, 7, 6, 3], 1) },
      (t) => tf.maxPool(t.a as tf.Tensor4D, size, stride, pad),
    ],
    [
      `avgPool ${size} ${stride} ${pad}`,
      { a: normal([2, 7, 6, 3], 1) },
      (t) => tf.avgPool(t.a as tf.Tensor4D, size, stride, pad),
    ],
  ]),
  [
    'maxPool after relu (ties)',
    { a: normal([2, 6, 6, 3], 1) },
    (t) => tf.maxPool(tf.relu(t.a as tf.Tensor4D), 2, 2, 'valid'),
  ],
  [
    'layouts through a block',
    { a: normal([2, 6, 6, 3], 1), b: normal([3, 3, 3, 4], 2), c: normal([4], 3) },
    (t) => {
      const y = tf.conv2d(t.a as tf.Tensor4D, t.b as tf.Tensor4D, 1, 'same');
      const shifted = y
        .sub(y.mean([0, 1, 2], true))
        .mul(t.c!)
        .relu();
      return tf.concat([shifted, y], 3).slice([0, 1, 0, 2], [-1, 3, -1, 4]).transpose([0, 3, 1, 2]).reshape([2, -1]);
    },
  ],
];

const plain: Case[] = [
  ['greater', { a, b }, (t) => t.a!.greater(t.b!)],
  ['lessEqual', { a, b }, (t) => t.a!.lessEqual(t.b!)],
  ['equal', { a, b: a }, (t) => t.a!.equal(t.b!)],
  ['notEqual', { a, b }, (t) => t.a!.notEqual(t.b!)],
  ['logical', { a, b }, (t) => t.a!.greater(0).logicalAnd(t.b!.less(0)).logicalNot()],
  ['all', { a }, (t) => t.a!.greater(-1).all([1])],
  ['any', { a }, (t) => t.a!.greater(1.5).any([1])],
  ['prod', { a }, (t) => t.a!.prod([1])],
  ['argMax', { a }, (t) => t.a!.argMax(2)],
  ['oneHot', { i: indices }, (t) => tf.oneHot(t.i as tf.Tensor1D, 5)],
  ['floor', { a }, (t) => t.a!.floor()],
  ['round', { a }, (t) => t.a!.round()],
  ['sign', { a }, (t) => t.a!.sign()],
  ['step', { a }, (t) => t.a!.step(0.3)],
  ['cast', { a }, (t) => t.a!.greater(0).cast('float32')],
  ['fill', { a }, (t) => tf.fill([2, 3], 4).add(t.a!.sum())],
  ['floorDiv', { a: { data: Int32Array.of(-7, 7, 5), shape: [3] } }, (t) => tf.floorDiv(t.a!, tf.scalar(2, 'int32'))],
];

describe('compiled kernels agree with tfjs-cpu', () => {
  it.each(differentiable)('%s: value and gradient', async (_name, inputs, f) => {
    await expectSameDerivative(inputs, f);
  });

  it.each(plain)('%s: value', async (_name, inputs, f) => {
    await expectParity({ state: {}, step: (_state, batch) => ({ outputs: { value: f(batch) } }) }, [inputs]);
  });
});
