import type { backend_util } from '../tensorflow';
import { type ConstantData, sizeOf, type Value } from '../trace/values';
import { type Layout, type Lowering, permute } from './lowering';

/**
 * F(4×4, 3×3) of Lavin and Gray (2016): a tile of 6×6 inputs gives 4×4 outputs with 36 products a pair of channels
 * instead of 144. Its rounding is some times that of a direct sum, 1e-5 of the largest output.
 */
const inputTransform = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];
const filterTransform = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
];
const outputTransform = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
];
/** Sides of a tile of inputs and of its outputs. */
const [inner, outer] = [6, 4];
const points = inner * inner;

/** How the result lies: height, width, channels, images. */
export const imagesLast: Layout = [1, 2, 3, 0];

/**
 * True where the products that are spared outweigh the transforms: wide layers of whole batches on the CPU, as measured.
 * The filter has to be constant; its transform is then part of compiling.
 */
export function canWinograd(to: Lowering, filter: Value, info: backend_util.Conv2DInfo): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  return (
    to.target.cpu !== undefined &&
    constantOf(filter) !== undefined &&
    filterHeight === 3 &&
    filterWidth === 3 &&
    [strideHeight, strideWidth, dilationHeight, dilationWidth].every((step) => step === 1) &&
    info.batchSize >= 16 &&
    Math.min(info.inChannels, info.outChannels) >= 256
  );
}

/** The convolution as three kinds of matrix products, in the layout `imagesLast`. */
export function winograd(to: Lowering, x: Value, filter: Value, info: backend_util.Conv2DInfo): string {
  const { graph } = to;
  const { batchSize, inChannels, outChannels, inHeight, inWidth, outHeight, outWidth } = info;
  const { top, left } = info.padInfo;
  const [rows, columns] = [Math.ceil(outHeight / outer), Math.ceil(outWidth / outer)];
  const tiles = rows * columns;
  const [height, width] = [rows * outer + 2, columns * outer + 2];
  const pads = [top, left, 0, 0, height - top - inHeight, width - left - inWidth, 0, 0];
  const padded = graph.add('Pad', [to.as(x, imagesLast), graph.integers(pads), graph.scalar(0)]);

  const cut = graph.add(
    'Gather',
    [to.reshape(padded, [height * width, inChannels * batchSize]), graph.integers(tilePixels(rows, columns))],
    { axis: 0 },
  );
  const inputs = transformed(to, inputTransform, to.reshape(cut, [points, tiles * inChannels * batchSize]));
  const weights = graph.constant(filterPoints(filter), [points, 1, outChannels, inChannels], 'float32');
  const products = graph.add('MatMul', [weights, to.reshape(inputs, [points, tiles, inChannels, batchSize])]);
  const row = outChannels * batchSize;
  const outputs = transformed(to, outputTransform, to.reshape(products, [points, tiles * row]));
  const placed = to.transpose(to.reshape(outputs, [outer, outer, rows, columns, row]), [2, 0, 3, 1, 4]);
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

/** Pixels of the padded image, row-major: for each pixel of a tile those of all tiles. */
function tilePixels(rows: number, columns: number): number[] {
  const width = columns * outer + 2;
  const pixels: number[] = [];
  for (let i = 0; i < inner; i++)
    for (let j = 0; j < inner; j++)
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++) pixels.push((row * outer + i) * width + column * outer + j);
  return pixels;
}

/** A transform of rows and columns, M d Mᵀ, of squares whose pixels are the rows of the operand. */
function transformed(to: Lowering, matrix: readonly (readonly number[])[], operand: string): string {
  const both = matrix.flatMap((a) => matrix.flatMap((b) => a.flatMap((p) => b.map((q) => p * q))));
  const shape = [matrix.length ** 2, matrix[0]!.length ** 2];
  return to.graph.add('MatMul', [to.graph.constant(Float32Array.from(both), shape, 'float32'), operand]);
}
