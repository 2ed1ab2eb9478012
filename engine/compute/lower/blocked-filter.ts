import type { backend_util } from '../tensorflow';
import type { Value } from '../trace/values';
import { blocked, convolve } from './blocked';
import { channelsFirst, type Lowering } from './lowering';

type ConvInfo = backend_util.Conv2DInfo;

/** True where `blockedFilterGradient` applies and pays. */
export function canBlockFilterGradient(to: Lowering, info: ConvInfo): boolean {
  const block = to.channelBlock;
  return (
    block > 0 &&
    info.outChannels % block === 0 &&
    info.batchSize % block === 0 &&
    info.filterWidth > 1 &&
    info.outHeight * info.outWidth > 1
  );
}

/**
 * dfilter[r, s, i, o] = Σ_{n, y, x} x[n, i, y·stride + r, x·stride + s] · dy[n, o, y, x] as a convolution along the
 * width: its channels are the (row, image) pairs that the sum runs over, its filter is dy, its height is the channel i
 * and its outputs along the width are the taps s. For every tap row r it is done once, on rows shifted by r. Images
 * lie innermost in blocks, so that shifting rows copies whole planes. No im2col matrix is made.
 */
export function blockedFilterGradient(to: Lowering, x: Value, dy: Value, info: ConvInfo): string {
  const { batchSize, inChannels, outChannels, inHeight, outHeight, outWidth, filterHeight, filterWidth } = info;
  const block = to.channelBlock;
  const groups = batchSize / block;
  const width = (outWidth - 1) * info.strideWidth + (filterWidth - 1) * info.dilationWidth + 1;

  const rowsFirst = to.once(x, `rows ${width} ${info.padInfo.left}`, () => {
    const lines = to.linesInward(to.as(x, channelsFirst), batchSize, inChannels * inHeight * info.inWidth);
    const images = fitWidth(to, lines, info, width);
    return to.transpose(to.reshape(images, [groups, inChannels, inHeight, width * block]), [2, 0, 1, 3]);
  });
  const weights = to.once(dy, 'as filter', () => {
    const split = to.reshape(blocked(to, dy), [groups, block, outChannels / block, outHeight, outWidth, block]);
    return to.transpose(split, [2, 3, 0, 4, 1, 5]);
  });

  const perRow = Array.from({ length: filterHeight }, (_, tap) => {
    const offset = tap * info.dilationHeight - info.padInfo.top;
    const [rows, begin, end] = shiftRows(to, rowsFirst, [inHeight, groups * inChannels * width, block], info, offset);
    const count = end - begin;
    const shape = [outChannels / block, inChannels, filterWidth, block];
    if (count === 0) return to.zeros(shape);
    const images = to.reshape(rows, [1, count * batchSize, inChannels, width]);
    const filter = to.slice(weights, 1, begin, end, 1, outHeight);
    const taps = convolve(to, [images, to.reshape(filter, [outChannels, count * batchSize, 1, outWidth])], {
      kernel: [1, outWidth],
      dilations: [1, info.strideWidth],
      strides: [1, info.dilationWidth],
    });
    return to.reshape(taps, shape);
  });
  const all = perRow.length === 1 ? perRow[0]! : to.graph.add('Concat', perRow, { axis: 0 });
  const split = to.reshape(all, [filterHeight, outChannels / block, inChannels, filterWidth, block]);
  return to.reshape(to.transpose(split, [0, 3, 2, 1, 4]), [filterHeight, filterWidth, inChannels, outChannels]);
}

/**
 * Pads or cuts the columns of blocked images [n/b, b, c·h, w] to those that the windows cover. A depthwise filter of
 * one 1 with padding does it on all threads; the operator that pads is slow for narrow rows, and has one.
 */
function fitWidth(to: Lowering, name: string, info: ConvInfo, width: number): string {
  const { batchSize, inChannels, inHeight, inWidth } = info;
  const { left } = info.padInfo;
  const block = to.channelBlock;
  const lines = inChannels * inHeight;
  const kept = Math.min(inWidth, width - left);
  const cut =
    kept === inWidth
      ? name
      : to.slice(to.reshape(name, [batchSize / block, lines, inWidth, block]), 2, 0, kept, 1, inWidth);
  if (kept === width) return cut;
  const ones = to.graph.constant(new Float32Array(block).fill(1), [block, 1, 1, 1], 'float32');
  const images = to.reshape(cut, [batchSize / block, block, lines, kept]);
  return convolve(to, [images, ones], { kernel: [1, 1], pads: [0, left, 0, width - left - kept], group: block });
}

/**
 * The rows y·stride + offset of [rows, columns, block] for the output rows y from begin to end; rows outside are zero.
 * A filter with one 1 shifts rows on all threads and needs no slice of dy; slices, of one thread, are for the rest.
 */
function shiftRows(
  to: Lowering,
  name: string,
  [height, columns, block]: readonly [number, number, number],
  info: ConvInfo,
  offset: number,
): [rows: string, begin: number, end: number] {
  const { outHeight, strideHeight: stride } = info;
  if (offset === 0 && stride === 1 && outHeight === height) return [name, 0, outHeight];
  const size = Math.abs(offset) + 1;
  const top = Math.max(0, -offset);
  const bottom = Math.max(0, (outHeight - 1) * stride + size - height - top);
  if (size <= height && Math.floor((height + top + bottom - size) / stride) + 1 === outHeight) {
    const taps = new Float32Array(size * block);
    const first = Math.max(0, offset) * block;
    taps.fill(1, first, first + block);
    const filter = to.graph.constant(taps, [block, 1, size, 1], 'float32');
    const window = { kernel: [size, 1], strides: [stride, 1], pads: [top, 0, bottom, 0], group: block } as const;
    return [convolve(to, [to.reshape(name, [1, block, height, columns]), filter], window), 0, outHeight];
  }
  const begin = Math.min(outHeight, Math.max(0, Math.ceil(-offset / stride)));
  const end = Math.max(begin, Math.min(outHeight, Math.floor((height - 1 - offset) / stride) + 1));
  if (begin === end) return [name, begin, end];
  const first = begin * stride + offset;
  return [to.slice(name, 0, first, first + (end - begin - 1) * stride + 1, stride, height), begin, end];
}
