import { expect, it } from 'vitest';
import { compileProgram } from '../../engine/compute/compile';
import type { ProgramDefinition } from '../../engine/compute/device';
import * as tf from '../../engine/compute/tensorflow';
import { expectSameDerivative } from './differentiate';
import { expectParity, normal, signatureOf } from './parity';

type Padding = 'same' | 'valid' | tf.backend_util.ExplicitPadding;

/** Two wide convolutions of constant filters around what a residual block has between them. */
const block = (pad: Padding): Omit<ProgramDefinition, 'batch'> => ({
  state: {
    first: normal([3, 3, 256, 256], 1, 0.03),
    second: normal([256, 256, 3, 3], 2, 0.03),
    scale: normal([256], 3),
    offset: normal([256], 4),
  },
  frozen: true,
  step: ({ first, second, scale, offset }, { x }) => {
    const inner = tf.conv2d(x as tf.Tensor4D, first as tf.Tensor4D, 1, pad);
    const normed = tf.relu(tf.add(tf.mul(inner, scale!), offset!)) as tf.Tensor4D;
    const filter = tf.transpose(second as tf.Tensor4D, [2, 3, 1, 0]);
    const outer = tf.add(tf.conv2d(normed, filter, 1, 'same'), normed);
    return { outputs: { inner, outer, pooled: tf.mean(outer, [1, 2]) } };
  },
});

it.each<[string, [number, number, number], number, Padding]>([
  ['a map of one tile', [16, 4, 4], 128, 'same'],
  ['a map of many', [16, 8, 4], 256, 'same'],
  [
    'uneven padding, two blocks of images',
    [32, 4, 8],
    128,
    [
      [0, 0],
      [2, 0],
      [0, 2],
      [0, 0],
    ],
  ],
  // These go another way.
  ['no padding', [16, 6, 6], 128, 'valid'],
  ['images that fill no block', [17, 4, 4], 128, 'same'],
])(
  'wide convolutions and their gradients agree with tfjs-cpu: %s',
  async (_name, [images, height, width], outputs, pad) => {
    const inputs = { x: normal([images, height, width, 128], 6), filter: normal([3, 3, 128, outputs], 7, 0.03) };
    await expectSameDerivative(inputs, ({ x, filter }) =>
      tf.conv2d(tf.relu(x!) as tf.Tensor4D, filter as tf.Tensor4D, 1, pad),
    );
  },
  120_000,
);

it('wide convolutions that train go by tiles', () => {
  const batch = { x: normal([16, 4, 4, 128]), filter: normal([3, 3, 128, 128]) };
  const { bytes } = compileProgram(
    {
      ...{ state: {}, batch: signatureOf(batch) },
      step: (_state, { x, filter }) => ({
        outputs: { y: tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same') },
      }),
    },
    { cpu: { channelBlock: 16, threads: 1 } },
  );
  expect(Buffer.from(bytes).includes('Gather')).toBe(true);
});

it.each<[string, number, number, Padding]>([
  ['a map of one tile', 4, 4, 'same'],
  ['a map that tiles do not fill', 7, 5, 'same'],
  ['no padding', 6, 5, 'valid'],
  [
    'uneven padding',
    3,
    5,
    [
      [0, 0],
      [2, 0],
      [1, 1],
      [0, 0],
    ],
  ],
])(
  'wide convolutions of constant filters agree with tfjs-cpu: %s',
  async (_name, height, width, pad) => {
    const batch = { x: normal([16, height, width, 256], 5) };
    await expectParity(block(pad), [batch], 3e-5);
    // By tiles, of which a direct convolution has none.
    const { bytes } = compileProgram(
      { ...block(pad), batch: signatureOf(batch) },
      { cpu: { channelBlock: 0, threads: 1 } },
    );
    expect(Buffer.from(bytes).includes('Gather')).toBe(true);
  },
  60_000,
);
