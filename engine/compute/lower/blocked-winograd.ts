import { contribDomain } from '../onnx/graph';
import type { backend_util } from '../tensorflow';
import type { Value } from '../trace/values';
import { blocked } from './blocked';
import type { Lowering } from './lowering';
import {
  filterPoints,
  filterTransform,
  outer,
  pixelsOfTiles,
  points,
  type Sizes,
  sizesOf,
  suitsTiles,
  tileCount,
  tilesOfInputs,
  tilesOfOutputs,
  transformed,
  transposed,
} from './winograd-tiles';

type ConvInfo = backend_util.Conv2DInfo;

/**
 * Convolutions of blocked images by Winograd's tiles, and their gradients, where filters change with every step. In
 * between images lie innermost: [h, w, c, n].
 */

/** True where the convolution and its gradients go so: whole tiles, and blocks of images. */
export function canWinogradBlocked(to: Lowering, info: ConvInfo): boolean {
  const sides = [info.inHeight, info.inWidth, info.outHeight, info.outWidth];
  const block = to.channelBlock;
  return (
    block > 0 &&
    suitsTiles(to, info) &&
    sides.every((side) => side % outer === 0) &&
    [info.batchSize, info.inChannels, info.outChannels].every((count) => count % block === 0)
  );
}

/** y = x ∗ filter of blocked images, blocked. */
export function winogradForward(to: Lowering, x: Value, filter: Value, info: ConvInfo): string {
  const sizes = sizesOf(info);
  const products = to.graph.add('MatMul', [filterPoints(to, filter, sizes), inputTiles(to, x, sizes)]);
  return blockedImages(to, products, sizes);
}

/** dx of blocked dy, blocked: a convolution with the filter turned by 180°, its inputs and outputs swapped. */
export function winogradInputGradient(to: Lowering, dy: Value, filter: Value, info: ConvInfo): string {
  const { images, inputs, outputs, height, width, top, left, outHeight, outWidth } = sizesOf(info);
  const turned = filterTransform.map((row) => [...row].reverse());
  const taps = to.reshape(to.plain(filter), [9, inputs * outputs]);
  const weights = to.reshape(transformed(to, turned, taps), [points, inputs, outputs]);
  const sizes = {
    ...{ images, inputs: outputs, outputs: inputs, top: 2 - top, left: 2 - left },
    ...{ height: outHeight, width: outWidth, outHeight: height, outWidth: width },
  };
  return blockedImages(to, to.graph.add('MatMul', [weights, inputTiles(to, dy, sizes)]), sizes);
}

/** dfilter [h, w, in, out]: the adjoints of the forward pass's transforms around the sum over tiles. */
export function winogradFilterGradient(to: Lowering, x: Value, dy: Value, info: ConvInfo): string {
  const sizes = sizesOf(info);
  const { inputs, outputs } = sizes;
  const gradients = to.reshape(tilesOfOutputs(to, innermost(to, dy), sizes), [points, outputs, -1]);
  const operands = [inputTiles(to, x, sizes), gradients];
  const sums = to.graph.add('FusedMatMul', operands, { transB: 1 }, contribDomain);
  const taps = transformed(to, transposed(filterTransform), to.reshape(sums, [points, inputs * outputs]));
  return to.reshape(taps, [3, 3, inputs, outputs]);
}

/** The value's tiles [36, c, tiles · n]; the forward pass's are kept for the filter's gradient. */
function inputTiles(to: Lowering, value: Value, sizes: Sizes): string {
  const { inputs, top, left, outHeight, outWidth } = sizes;
  return to.once(value, `tiles ${[top, left, outHeight, outWidth].join()}`, () =>
    to.reshape(tilesOfInputs(to, innermost(to, value), sizes), [points, inputs, -1]),
  );
}

/** Blocked images with images innermost: [h, w, c, n]. */
function innermost(to: Lowering, value: Value): string {
  const [images, height, width, channels] = value.shape as [number, number, number, number];
  const block = to.channelBlock;
  return to.once(value, 'images last', () => {
    const reordered = to.linesInward(blocked(to, value), images, channels * height * width);
    const split = to.reshape(reordered, [images / block, channels / block, height * width, block, block]);
    return to.transpose(split, [2, 1, 3, 0, 4]);
  });
}

/** The blocked images that products [36, c, tiles · n] make up. */
function blockedImages(to: Lowering, products: string, sizes: Sizes): string {
  const { images, outputs, outHeight, outWidth } = sizes;
  const [rows, columns] = tileCount(sizes);
  const block = to.channelBlock;
  const pixels = pixelsOfTiles(to, products, sizes);
  const split = to.reshape(pixels, [outer, outer, outputs / block, block, rows, columns, images / block, block]);
  const placed = to.transpose(split, [6, 2, 4, 0, 5, 1, 3, 7]);
  const whole = to.linesOutward(placed, images, outputs * outHeight * outWidth);
  return to.reshape(whole, [images, outputs, outHeight, outWidth]);
}
