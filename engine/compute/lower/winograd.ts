import type { backend_util } from '../tensorflow';
import { type ConstantData, sizeOf, type Value } from '../trace/values';
import { type Lowering, permute } from './lowering';
import {
  filterTransform,
  imagesLast,
  inner,
  outer,
  pixelsOfTiles,
  points,
  type Sizes,
  suitsTiles,
  tileCount,
  tilesOfInputs,
} from './winograd-tiles';

/** True where a convolution of a constant filter goes by tiles: its transform is part of compiling. */
export function canWinograd(to: Lowering, filter: Value, info: backend_util.Conv2DInfo): boolean {
  return suitsTiles(to, info) && constantOf(filter) !== undefined;
}

/** The convolution with a constant filter, in the layout `imagesLast`. */
export function winograd(to: Lowering, x: Value, filter: Value, info: backend_util.Conv2DInfo): string {
  const { batchSize, inChannels, outChannels, inHeight, inWidth, outHeight, outWidth } = info;
  const sizes: Sizes = {
    ...{ images: batchSize, inputs: inChannels, outputs: outChannels, top: info.padInfo.top, left: info.padInfo.left },
    ...{ height: inHeight, width: inWidth, outHeight, outWidth },
  };
  const weights = to.graph.constant(filterPoints(filter), [points, outChannels, inChannels], 'float32');
  const products = to.graph.add('MatMul', [
    weights,
    to.reshape(tilesOfInputs(to, to.as(x, imagesLast), sizes), [points, inChannels, -1]),
  ]);
  const placed = to.transpose(pixelsOfTiles(to, products, sizes), [3, 0, 4, 1, 2, 5]);
  const [rows, columns] = tileCount(sizes);
  const whole = to.reshape(placed, [rows * outer, columns * outer, outChannels, batchSize]);
  return to.slice(to.slice(whole, 0, 0, outHeight, 1, rows * outer), 1, 0, outWidth, 1, columns * outer);
}

/** The numbers of a constant, perhaps transposed, and how far each of its axes reaches in them. */
function constantOf({ source, shape }: Value): { data: ConstantData; strides: number[] } | undefined {
  if (source.kind === 'constant') {
    const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
    return { data: source.data, strides };
  }
  if (source.kind !== 'node' || source.node.kernel !== 'Transpose') return undefined;
  const inner = constantOf(source.node.inputs['x']!);
  return inner && { ...inner, strides: permute(inner.strides, source.node.attributes['perm'] as number[]) };
}

/** G g Gᵀ of every filter [3, 3, in, out]: 36 × out × in. */
function filterPoints(filter: Value): Float32Array {
  const [, , inputs, outputs] = filter.shape as [number, number, number, number];
  const { data, strides } = constantOf(filter)!;
  const [down, across, perInput, perOutput] = strides as [number, number, number, number];
  const all = new Float32Array(points * outputs * inputs);
  const half = new Float64Array(3 * inner);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      const at = o * perOutput + i * perInput;
      for (let row = 0; row < 3; row++) {
        const start = at + row * down;
        const [a, b, c] = [data[start]!, data[start + across]!, data[start + 2 * across]!];
        for (let q = 0; q < inner; q++) {
          const g = filterTransform[q]!;
          half[row * inner + q] = a * g[0]! + b * g[1]! + c * g[2]!;
        }
      }
      for (let p = 0; p < inner; p++) {
        const g = filterTransform[p]!;
        for (let q = 0; q < inner; q++) {
          const value = g[0]! * half[q]! + g[1]! * half[inner + q]! + g[2]! * half[2 * inner + q]!;
          all[((p * inner + q) * outputs + o) * inputs + i] = value;
        }
      }
    }
  }
  return all;
}
