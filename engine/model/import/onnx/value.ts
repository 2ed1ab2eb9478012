import { elementCount } from '../../../data/array';
import * as tf from '../../../compute/tensorflow';

/** Known when the network is built: shapes, indices, constants. */
export interface Known {
  readonly kind: 'float' | 'integer' | 'boolean';
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/**
 * What flows through an ONNX graph. Images [n, c, h, w] are kept as TensorFlow.js has them, [n, h, w, c], as long as
 * operators allow: `channelsLast` says that the tensor's axes are ordered so.
 */
export type Value =
  | { readonly known: Known; readonly tensor?: undefined }
  | { readonly known?: undefined; readonly tensor: tf.Tensor; readonly channelsLast: boolean };

export function fromTensor(tensor: tf.Tensor, channelsLast = false): Value {
  return { tensor, channelsLast };
}

export function fromKnown(kind: Known['kind'], shape: readonly number[], data: ArrayLike<number>): Value {
  return { known: { kind, shape, data } };
}

/** The shape as ONNX sees it. */
export function shapeOf(value: Value): readonly number[] {
  if (value.known) return value.known.shape;
  const { shape } = value.tensor;
  return value.channelsLast ? [shape[0]!, shape[3]!, shape[1]!, shape[2]!] : shape;
}

/** The value as a tensor in ONNX's order of axes. */
export function plain(value: Value): tf.Tensor {
  if (!value.known) return value.channelsLast ? tf.transpose(value.tensor, [0, 3, 1, 2]) : value.tensor;
  const { kind, shape, data } = value.known;
  const type = kind === 'float' ? 'float32' : kind === 'integer' ? 'int32' : 'bool';
  const values =
    kind === 'float' ? Float32Array.from(data) : kind === 'integer' ? Int32Array.from(data) : Uint8Array.from(data);
  return tf.tensor(values, [...shape], type);
}

/** An image batch [n, c, h, w] (or what broadcasts to one) as a tensor [n, h, w, c]. */
export function channelsLast(value: Value): tf.Tensor4D {
  if (value.tensor && value.channelsLast) return value.tensor as tf.Tensor4D;
  const tensor = plain(value);
  const lifted =
    tensor.rank === 4 ? tensor : tf.reshape(tensor, [...Array<number>(4 - tensor.rank).fill(1), ...tensor.shape]);
  return tf.transpose(lifted, [0, 2, 3, 1]) as tf.Tensor4D;
}

/** Axes from the end counted from the beginning. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Row-major strides. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, i) => elementCount(shape.slice(i + 1)));
}
