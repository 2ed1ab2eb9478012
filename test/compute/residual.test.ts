import { describe, it } from 'vitest';
import { batchNorm } from '../../engine/compute/batch-norm';
import type { HostArrays, TensorMap } from '../../engine/compute/device';
import { lossAndGradients } from '../../engine/compute/gradients';
import * as tf from '../../engine/compute/tensorflow';
import { expectParity, normal } from './parity';

/** A residual network as encoders have them, whose images stay in blocks of channels from one convolution to the next. */
function network(p: TensorMap, x: tf.Tensor): tf.Tensor {
  const convolution = (name: string, input: tf.Tensor, stride = 1): tf.Tensor =>
    tf.conv2d(input as tf.Tensor4D, p[name] as tf.Tensor4D, stride, 'same');
  const norm = (name: string, input: tf.Tensor): tf.Tensor =>
    batchNorm(input, p[`${name}/gamma`] as tf.Tensor1D, p[`${name}/beta`] as tf.Tensor1D, 1e-5).y;
  let h = tf.relu(norm('stem', convolution('stem', x)));
  // The shortcut is the block's input; its gradient is a sum of two.
  h = tf.relu(tf.add(norm('second', convolution('second', tf.relu(norm('first', convolution('first', h))))), h));
  // The shortcut is a convolution of its own.
  const inner = norm('wide', convolution('wide', tf.relu(norm('down', convolution('down', h, 2)))));
  h = tf.relu(tf.add(inner, norm('short', convolution('short', h, 2))));
  // Read with and without ReLU, so that neither may stand for the other.
  const last = norm('last', convolution('last', h));
  return tf.add(tf.mul(tf.relu(last), 2), tf.add(last, tf.sigmoid(last)));
}

function parameters(inputs: number): HostArrays {
  const filters: Record<string, [number, number, number, number]> = {
    stem: [3, 3, inputs, 16],
    first: [3, 3, 16, 16],
    second: [3, 3, 16, 16],
    down: [3, 3, 16, 32],
    wide: [3, 3, 32, 32],
    short: [1, 1, 16, 32],
    last: [3, 3, 32, 32],
  };
  const all: Record<string, HostArrays[string]> = {};
  Object.entries(filters).forEach(([name, shape], i) => {
    all[name] = normal(shape, i, Math.sqrt(2 / (9 * shape[2])));
    all[`${name}/gamma`] = normal([shape[3]], 20 + i);
    all[`${name}/beta`] = normal([shape[3]], 40 + i);
  });
  return all;
}

describe('residual blocks with batch norm', () => {
  // The last is so large that sums over it are taken line by line.
  it.each([
    { images: 16, height: 8, width: 8, inputs: 3, offset: 0 },
    { images: 3, height: 5, width: 7, inputs: 16, offset: 0 },
    { images: 16, height: 4, width: 6, inputs: 3, offset: 50 },
    { images: 2, height: 30, width: 40, inputs: 3, offset: 0 },
  ])(
    'have the value and the gradients of tfjs-cpu, $images images of $height × $width × $inputs, mean $offset',
    async ({ images, height, width, inputs, offset }) => {
      const x = normal([images, height, width, inputs], 7);
      const batch = { x: { ...x, data: x.data.map((v) => v + offset) } };
      await expectParity(
        {
          state: parameters(inputs),
          step: (state, { x: input }) => {
            const { loss, gradients } = lossAndGradients({ ...state, x: input! }, (p) => {
              const y = network(p, p['x']!);
              const weights = tf.tensor(
                Float32Array.from({ length: y.size }, (_, i) => ((i * 7) % 11) / 11 - 0.4),
                y.shape,
              );
              return { loss: tf.mean(tf.mul(tf.square(y), weights)) };
            });
            return { outputs: { loss, ...gradients, y: network(state, input!) } };
          },
        },
        [batch],
        1e-3,
      );
    },
  );
});
