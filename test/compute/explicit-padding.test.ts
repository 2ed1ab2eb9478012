import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEagerDevice } from '../../engine/compute/eager-device';
import { supportExplicitPadding } from '../../engine/compute/explicit-padding';
import type { ProgramDefinition } from '../../engine/compute/device';
import { lossAndGradients } from '../../engine/compute/gradients';
import * as tf from '../../engine/compute/tensorflow';
import { normal, relativeError, signatureOf } from './parity';

const windows = ['Conv2D', 'DepthwiseConv2dNative', 'MaxPool'];

/** A backend whose kernels of windows refuse padding in numbers, as tfjs-node's do. */
beforeAll(() => {
  openEagerDevice();
  tf.registerBackend('strict', () => new MathBackendCPU());
  tf.copyRegisteredKernels('cpu', 'strict');
  for (const config of tf.getKernelsForBackend('strict')) {
    if (!windows.some((name) => config.kernelName.startsWith(name))) continue;
    tf.unregisterKernel(config.kernelName, 'strict');
    const kernelFunc: tf.KernelFunc = (call) => {
      const { pad } = call.attrs!;
      if (pad !== 'valid' && pad !== 'same' && pad !== 0) throw new Error(`${config.kernelName}: pad ${String(pad)}`);
      return config.kernelFunc(call);
    };
    tf.registerKernel({ ...config, kernelFunc });
  }
});

type Layer = (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor;

function definitionOf(layer: Layer, filter: number[]): ProgramDefinition {
  const batch = { x: normal([2, 7, 9, 3], 1) };
  return {
    state: { filter: normal(filter, 2) },
    batch: signatureOf(batch),
    step: (state, { x }) => {
      const all = { x: x!, filter: state['filter']! };
      const { loss, gradients } = lossAndGradients(all, (p) => {
        const y = layer(p['x'] as tf.Tensor4D, p['filter'] as tf.Tensor4D);
        return { loss: tf.sum(tf.square(y)) };
      });
      return { outputs: { loss, dx: gradients['x']!, dfilter: gradients['filter']! } };
    },
  };
}

const layers: [string, Layer, number[]][] = [
  ['a convolution', (x, f) => tf.conv2d(x, f, 2, 1, 'NHWC', 1, 'floor'), [3, 3, 3, 4]],
  ['one of a wide filter', (x, f) => tf.conv2d(x, f, 1, 2, 'NHWC', 1, 'floor'), [5, 5, 3, 4]],
  [
    'one padded unevenly',
    (x, f) =>
      tf.conv2d(
        x,
        f,
        2,
        [
          [0, 0],
          [1, 0],
          [2, 1],
          [0, 0],
        ],
        'NHWC',
        1,
        'floor',
      ),
    [3, 3, 3, 4],
  ],
  ['a depthwise convolution', (x, f) => tf.depthwiseConv2d(x, f, 2, 1, 'NHWC', 1, 'floor'), [3, 3, 3, 2]],
  ['max pooling', (x, f) => tf.mul(tf.maxPool(x, 3, 2, 1, 'floor'), tf.sum(f)), [1, 1, 1, 1]],
  ['no padding at all', (x, f) => tf.conv2d(x, f, 2, 0, 'NHWC', 1, 'floor'), [3, 3, 3, 4]],
];

describe('padding in numbers on a backend that lacks it', () => {
  it('is refused before', async () => {
    const program = await openEagerDevice('strict').compile(definitionOf(layers[0]![1], layers[0]![2]));
    await expect(program.run({ x: normal([2, 7, 9, 3], 1) })).rejects.toThrow(/Conv2D: pad 1/);
  });

  it.each(layers)('gives the value and the gradients of %s', async (_, layer, filter) => {
    supportExplicitPadding('strict');
    const batch = { x: normal([2, 7, 9, 3], 1) };
    const definition = definitionOf(layer, filter);
    const expected = await (await openEagerDevice().compile(definition)).run(batch);
    const actual = await (await openEagerDevice('strict').compile(definition)).run(batch);
    for (const name of ['loss', 'dx', 'dfilter'])
      expect(relativeError(actual[name]!, expected[name]!), name).toBeLessThan(1e-5);
  });
});
