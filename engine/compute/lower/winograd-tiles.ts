import type { backend_util } from '../tensorflow';
import type { Value } from '../trace/values';
import type { Layout, Lowering } from './lowering';

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
export const filterTransform = [
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
export const [inner, outer] = [6, 4];
export const points = inner * inner;

/** How images lie whose pixels are tiled: height, width, channels, images. */
export const imagesLast: Layout = [1, 2, 3, 0];

/** Channels from which on the products that are spared outweigh the transforms, as measured. */
const narrowest = 128;
/** Pixels of the largest maps: tiles have more than twice their numbers, which larger maps would fill the memory with. */
const largestMap = 32 * 32;

/** True for the windows that tiles are for, on the CPU, between many channels, for whole batches. */
export function suitsTiles(to: Lowering, info: backend_util.Conv2DInfo): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  return (
    to.target.cpu !== undefined &&
    filterHeight === 3 &&
    filterWidth === 3 &&
    [strideHeight, strideWidth, dilationHeight, dilationWidth].every((step) => step === 1) &&
    info.batchSize >= 16 &&
    info.outHeight * info.outWidth <= largestMap &&
    Math.min(info.inChannels, info.outChannels) >= narrowest
  );
}

/** Sizes of a convolution of one pixel's steps, whichever way it goes. */
export interface Sizes {
  readonly images: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly height: number;
  readonly width: number;
  /** Zeros above and left of the images. */
  readonly top: number;
  readonly left: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** Of the forward pass. */
export function sizesOf(info: backend_util.Conv2DInfo): Sizes {
  const { batchSize, inChannels, outChannels, inHeight, inWidth, outHeight, outWidth, padInfo } = info;
  return {
    ...{ images: batchSize, inputs: inChannels, outputs: outChannels, top: padInfo.top, left: padInfo.left },
    ...{ height: inHeight, width: inWidth, outHeight, outWidth },
  };
}

/** Tiles of an image: rows and columns of them. */
export function tileCount({ outHeight, outWidth }: Pick<Sizes, 'outHeight' | 'outWidth'>): [number, number] {
  return [Math.ceil(outHeight / outer), Math.ceil(outWidth / outer)];
}

/** G g Gᵀ of a filter [h, w, in, out]: 36 × out × in. */
export function filterPoints(to: Lowering, filter: Value, { inputs, outputs }: Sizes): string {
  const taps = to.reshape(to.as(filter, [0, 1, 3, 2]), [9, outputs * inputs]);
  return to.reshape(transformed(to, filterTransform, taps), [points, outputs, inputs]);
}

/** Bᵀ d B of every tile of images [h, w, c, n]: 36 × c × (tiles · n). */
export function tilesOfInputs(to: Lowering, images: string, sizes: Sizes): string {
  return spread(to, images, inputTransform, sizes.inputs, sizes);
}

/** A dy Aᵀ of every tile of dy [h, w, c, n], which tiles fill: 36 × c × (tiles · n). */
export function tilesOfOutputs(to: Lowering, dy: string, sizes: Sizes): string {
  const { outputs, outHeight, outWidth } = sizes;
  return spread(to, dy, transposed(outputTransform), outputs, {
    ...{ images: sizes.images, height: outHeight, width: outWidth, top: 0, left: 0, outHeight, outWidth },
  });
}

/** Aᵀ m A of products [36, c, tiles · n]: the pixels of every tile, [4, 4, c, rows, columns, n]. */
export function pixelsOfTiles(to: Lowering, products: string, { images, outputs, ...sizes }: Sizes): string {
  const [rows, columns] = tileCount(sizes);
  const pixels = transformed(to, outputTransform, to.reshape(products, [points, outputs * rows * columns * images]));
  return to.reshape(pixels, [outer, outer, outputs, rows, columns, images]);
}

/** Transforms squares, one to a tile, of images [h, w, c, n]. */
function spread(
  to: Lowering,
  images: string,
  matrix: readonly (readonly number[])[],
  channels: number,
  sizes: Omit<Sizes, 'inputs' | 'outputs'>,
): string {
  const { graph } = to;
  const side = matrix[0]!.length;
  const lines = to.reshape(images, [sizes.height * sizes.width * channels, sizes.images]);
  const found = lineNumbers(side, channels, sizes);
  // A last line of zeros is what lies outside.
  const padded = found.outside ? graph.add('Pad', [lines, graph.integers([0, 0, 1, 0]), graph.scalar(0)]) : lines;
  const { numbers } = found;
  const cut = graph.add('Gather', [padded, graph.constant(numbers, [numbers.length], 'int32')], { axis: 0 });
  const columns = (numbers.length / side ** 2) * sizes.images;
  return transformed(to, matrix, to.reshape(cut, [side ** 2, columns]));
}

/** Of images [h · w · c, n], for each pixel of a square and each channel the lines of all tiles, row-major. */
function lineNumbers(
  side: number,
  channels: number,
  { height, width, top, left, outHeight, outWidth }: Omit<Sizes, 'inputs' | 'outputs' | 'images'>,
): { numbers: Int32Array; outside: boolean } {
  const [rows, columns] = tileCount({ outHeight, outWidth });
  const numbers = new Int32Array(side * side * channels * rows * columns);
  let outside = false;
  let at = 0;
  for (let i = 0; i < side; i++)
    for (let j = 0; j < side; j++)
      for (let channel = 0; channel < channels; channel++)
        for (let tileRow = 0; tileRow < rows; tileRow++)
          for (let tileColumn = 0; tileColumn < columns; tileColumn++) {
            const row = tileRow * outer + i - top;
            const column = tileColumn * outer + j - left;
            const inside = row >= 0 && row < height && column >= 0 && column < width;
            outside ||= !inside;
            numbers[at++] = (inside ? row * width + column : height * width) * channels + (inside ? channel : 0);
          }
  return { numbers, outside };
}

export function transposed(matrix: readonly (readonly number[])[]): number[][] {
  return matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));
}

/** A transform of rows and columns, M d Mᵀ, of squares whose pixels are the rows of the operand. */
export function transformed(to: Lowering, matrix: readonly (readonly number[])[], operand: string): string {
  const both = matrix.flatMap((a) => matrix.flatMap((b) => a.flatMap((p) => b.map((q) => p * q))));
  const shape = [matrix.length ** 2, matrix[0]!.length ** 2];
  return to.graph.add('MatMul', [to.graph.constant(Float32Array.from(both), shape, 'float32'), operand]);
}
