import * as ort from 'onnxruntime-node';
import type { HostArray } from '../device';
import { inverse, reorder } from '../host-layout';

/** A host array as a tensor, in the order in which the program wants it. It shares memory if the order is its own. */
export function toTensor(array: HostArray, layout?: readonly number[]): ort.Tensor {
  const { data, shape } = layout ? reorder(array, layout) : array;
  return data instanceof Int32Array ? new ort.Tensor('int32', data, shape) : new ort.Tensor('float32', data, shape);
}

/** A tensor on the host as an array; it shares memory unless it has to be converted or put into its own order. */
export function fromTensor(tensor: ort.Tensor, layout?: readonly number[]): HostArray {
  const { data } = tensor;
  const array: HostArray =
    data instanceof Float32Array || data instanceof Int32Array
      ? { data, shape: tensor.dims }
      : { data: Int32Array.from(data as Uint8Array), shape: tensor.dims };
  return layout ? reorder(array, inverse(layout)) : array;
}

export function copy(array: HostArray): HostArray {
  return { data: array.data.slice(), shape: array.shape };
}
