import { blockedDomain } from '../onnx/graph';
import type { backend_util } from '../tensorflow';
import { type ConstantData, sizeOf, type Value } from '../trace/values';
import { blocked } from './blocked';
import { type Layout, type Lowering, permute } from './lowering';

type ConvInfo = backend_util.Conv2DInfo;

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

/** How images lie whose pixels are tiled: height, width, channels, images. */
export const imagesLast: Layout = [1, 2, 3, 0];

/** True for the windows that tiles are for, on the CPU, where both sides have as many channels as measured to pay. */
function suits(to: Lowering, info: ConvInfo, narrowest: number): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  return (
    to.target.cpu !== undefined &&
    filterHeight === 3 &&
    filterWidth === 3 &&
    [strideHeight, strideWidth, dilationHeight, dilationWidth].every((step) => step === 1) &&
    info.batchSize >= 16 &&
    Math.min(info.inChannels, info.outChannels) >= narrowest
  );
}

/** True where a convolution of a constant filter goes by tiles: its transform is part of compiling. */
export function canWinograd(to: Lowering, filter: Value, info: ConvInfo): boolean {
  return suits(to, info, 256) && constantOf(filter) !== undefined;
}

/** The convolution with a constant filter, in the layout `imagesLast`. */
export function winograd(to: Lowering, x: Value, filter: Value, info: ConvInfo): string {
  const { batchSize, inChannels, outChannels, inHeight, inWidth, outHeight, outWidth } = info;
  const { top, left } = info.padInfo;
  const weights = to.graph.constant(filterPoints(filter), [points, 1, outChannels, inChannels], 'float32');
  const tiles = tilesOf(to, to.as(x, imagesLast), weights, {
    ...{ images: batchSize, inputs: inChannels, outputs: outChannels, top, left },
    ...{ height: inHeight, width: inWidth, outHeight, outWidth },
  });
  const [rows, columns] = [Math.ceil(outHeight / outer), Math.ceil(outWidth / outer)];
  const placed = to.transpose(to.reshape(tiles, [outer, outer, rows, columns, outChannels * batchSize]), [
    ...[2, 0, 3, 1, 4],
  ]);
  const whole = to.reshape(placed, [rows * outer, columns * outer, outChannels, batchSize]);
  return to.slice(to.slice(whole, 0, 0, outHeight, 1, rows * outer), 1, 0, outWidth, 1, columns * outer);
}

/** True where a convolution of blocked images, or its gradient, goes by tiles: whole tiles and blocks of images. */
export function canWinogradBlocked(to: Lowering, info: ConvInfo): boolean {
  const sides = [info.inHeight, info.inWidth, info.outHeight, info.outWidth];
  return suits(to, info, 128) && sides.every((side) => side % outer === 0) && info.batchSize % to.channelBlock === 0;
}

/** y = x ∗ filter of blocked images, blocked. */
export function winogradForward(to: Lowering, x: Value, filter: Value, info: ConvInfo): string {
  const { batchSize, inChannels, outChannels, inHeight, inWidth, outHeight, outWidth } = info;
  const { top, left } = info.padInfo;
  const turned = to.reshape(to.as(filter, [0, 1, 3, 2]), [9, outChannels * inChannels]);
  const weights = to.reshape(transformed(to, filterTransform, turned), [points, 1, outChannels, inChannels]);
  return blockedTiles(to, x, weights, {
    ...{ images: batchSize, inputs: inChannels, outputs: outChannels, top, left },
    ...{ height: inHeight, width: inWidth, outHeight, outWidth },
  });
}

/** dx of blocked dy, blocked: a convolution with the filter turned by 180°, its inputs and outputs swapped. */
export function winogradInputGradient(to: Lowering, dy: Value, filter: Value, info: ConvInfo): string {
  const { batchSize, inChannels, outChannels, inHeight, inWidth, outHeight, outWidth } = info;
  const { top, left } = info.padInfo;
  const turned = filterTransform.map((row) => [...row].reverse());
  const taps = to.reshape(to.plain(filter), [9, inChannels * outChannels]);
  const weights = to.reshape(transformed(to, turned, taps), [points, 1, inChannels, outChannels]);
  return blockedTiles(to, dy, weights, {
    ...{ images: batchSize, inputs: outChannels, outputs: inChannels, top: 2 - top, left: 2 - left },
    ...{ height: outHeight, width: outWidth, outHeight: inHeight, outWidth: inWidth },
  });
}

/** Sizes of a convolution, whichever way it goes. */
interface Sizes {
  readonly images: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly height: number;
  readonly width: number;
  readonly top: number;
  readonly left: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** The convolution of blocked images; in between they lie innermost, in blocks of as many. */
function blockedTiles(to: Lowering, x: Value, weights: string, sizes: Sizes): string {
  const { images, inputs, outputs, height, width, outHeight, outWidth } = sizes;
  const block = to.channelBlock;
  const groups = images / block;
  const innermost = to.once(x, 'images last', () => {
    const lines = to.reshape(blocked(to, x), [groups, block, inputs * height * width, 1]);
    const reordered = to.graph.add('ReorderInput', [lines], {}, blockedDomain);
    return to.transpose(to.reshape(reordered, [groups, inputs / block, height * width, block, block]), [2, 1, 3, 0, 4]);
  });
  const tiles = tilesOf(to, innermost, weights, sizes);
  const [rows, columns] = [outHeight / outer, outWidth / outer];
  const split = to.reshape(tiles, [outer, outer, rows, columns, outputs / block, block, groups, block]);
  const placed = to.transpose(split, [6, 4, 2, 0, 3, 1, 5, 7]);
  const lines = to.reshape(placed, [groups, block, outputs * outHeight * outWidth, 1]);
  const whole = to.graph.add('ReorderOutput', [lines], { channels: block }, blockedDomain);
  return to.reshape(whole, [images, outputs, outHeight, outWidth]);
}

/**
 * The convolution as three kinds of matrix products: from images [h, w, in, n] to [4, 4, rows, columns, out, n], the
 * pixels of every tile. weights: [36, 1, out, in].
 */
function tilesOf(to: Lowering, x: string, weights: string, sizes: Sizes): string {
  const { graph } = to;
  const { images, inputs, outputs, height, width, outHeight, outWidth } = sizes;
  const tiles = Math.ceil(outHeight / outer) * Math.ceil(outWidth / outer);
  // A last row of zeros is what lies outside.
  const pixels = to.reshape(x, [height * width, inputs * images]);
  const padded = graph.add('Pad', [pixels, graph.integers([0, 0, 1, 0]), graph.scalar(0)]);
  const cut = graph.add('Gather', [padded, graph.integers(tilePixels(sizes))], { axis: 0 });
  const transforms = transformed(to, inputTransform, to.reshape(cut, [points, tiles * inputs * images]));
  const products = graph.add('MatMul', [weights, to.reshape(transforms, [points, tiles, inputs, images])]);
  return transformed(to, outputTransform, to.reshape(products, [points, tiles * outputs * images]));
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

/** For each pixel of a tile those of all tiles, row-major; outside the image the one after its last. */
function tilePixels({ height, width, top, left, outHeight, outWidth }: Sizes): number[] {
  const pixels: number[] = [];
  for (let i = 0; i < inner; i++)
    for (let j = 0; j < inner; j++)
      for (let row = i - top; row < outHeight + i - top; row += outer)
        for (let column = j - left; column < outWidth + j - left; column += outer) {
          const inside = row >= 0 && row < height && column >= 0 && column < width;
          pixels.push(inside ? row * width + column : height * width);
        }
  return pixels;
}

/** A transform of rows and columns, M d Mᵀ, of squares whose pixels are the rows of the operand. */
function transformed(to: Lowering, matrix: readonly (readonly number[])[], operand: string): string {
  const both = matrix.flatMap((a) => matrix.flatMap((b) => a.flatMap((p) => b.map((q) => p * q))));
  const shape = [matrix.length ** 2, matrix[0]!.length ** 2];
  return to.graph.add('MatMul', [to.graph.constant(Float32Array.from(both), shape, 'float32'), operand]);
}
