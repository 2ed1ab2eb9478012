import { resolve } from 'node:path';
import '@tensorflow/tfjs-backend-wasm';
import type { Device } from '../../engine/compute/device';
import { openEagerDevice } from '../../engine/compute/eager-device';
import * as tf from '../../engine/compute/tensorflow';

interface Convolution {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number;
}

/**
 * TensorFlow.js's WebAssembly backend, one kernel at a time. It has no gradient of a convolution's filter, and a slow one
 * of its input: both are given to it as convolutions, the best that it can do.
 */
export function openWasmDevice(): Device {
  // Where its files are; in an ES module its own name for that is missing.
  Object.assign(globalThis, { __dirname: resolve('node_modules/@tensorflow/tfjs-backend-wasm/dist') });
  // It starts threads from URLs, which Node has not.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  tf.unregisterGradient('Conv2D');
  tf.registerGradient({
    kernelName: 'Conv2D',
    inputsToSave: ['x', 'filter'],
    gradFunc: (dy, [x, filter], attributes) => {
      const { strides, pad } = attributes as unknown as Convolution;
      const stride = Array.isArray(strides) ? strides[0] : strides;
      const at = { stride, before: padding(pad, filter!.shape[0]!) };
      return {
        x: () => inputGradient(dy as tf.Tensor4D, x as tf.Tensor4D, filter as tf.Tensor4D, at),
        filter: () => filterGradient(dy as tf.Tensor4D, x as tf.Tensor4D, filter as tf.Tensor4D, at),
      };
    },
  });
  const device = openEagerDevice('wasm');
  return { ...device, detail: `${device.detail}, convolution gradients as convolutions` };
}

function padding(pad: Convolution['pad'], size: number): number {
  if (pad === 'same') return (size - 1) / 2;
  return pad === 'valid' ? 0 : pad;
}

/** Zeros before and after. */
type Edge = [number, number];

interface Geometry {
  readonly stride: number;
  /** Rows of zeros before the first and after the last. */
  readonly before: number;
}

/** The channels of x as images, and dy as the filter that they are convolved with. */
function filterGradient(
  dy: tf.Tensor4D,
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { stride, before }: Geometry,
): tf.Tensor4D {
  const [height, width] = filter.shape;
  const edge: Edge = [before, before];
  const images = tf.transpose(before > 0 ? tf.pad(x, [[0, 0], edge, edge, [0, 0]]) : x, [3, 1, 2, 0]);
  const taps = tf.conv2d(images, tf.transpose(dy, [1, 2, 0, 3]), 1, 'valid', 'NHWC', stride);
  return tf.transpose(tf.slice(taps, [0, 0, 0, 0], [-1, height, width, -1]), [1, 2, 0, 3]);
}

/** dy with zeros between its rows and columns, convolved with the filter turned by 180°. */
function inputGradient(
  dy: tf.Tensor4D,
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { stride, before }: Geometry,
): tf.Tensor4D {
  const [n, rows, columns, channels] = dy.shape;
  const [size] = filter.shape;
  let spread: tf.Tensor4D = dy;
  if (stride > 1) {
    const zeros: Edge = [0, stride - 1];
    const tall = tf.pad(tf.reshape(dy, [n * rows, 1, columns, channels]), [[0, 0], zeros, [0, 0], [0, 0]]);
    const wide = tf.reshape(tall, [n, rows * stride * columns, 1, channels]);
    const all = tf.pad(wide, [[0, 0], [0, 0], zeros, [0, 0]]);
    spread = tf.reshape(all, [n, rows * stride, columns * stride, channels]);
  }
  const first = size - 1 - before;
  const rest = [1, 2].map((axis) => x.shape[axis]! + before);
  // Zeros after the last row of dy may be more than the convolution needs.
  const kept = rest.map((length, i) => Math.min(length, spread.shape[i + 1]!)) as [number, number];
  const edges = rest.map((length, i): Edge => [first, length - kept[i]!]) as [Edge, Edge];
  const padded = tf.pad(tf.slice(spread, [0, 0, 0, 0], [n, ...kept, channels]), [[0, 0], ...edges, [0, 0]]);
  return tf.conv2d(padded, tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]), 1, 'valid');
}
