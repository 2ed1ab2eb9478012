import type { backend_util } from '../tensorflow';
import { blockedDomain } from '../onnx/graph';
import type { Value } from '../trace/values';
import { blocked } from './blocked';
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
    const fitted = fitWidth(to, to.as(x, channelsFirst), info, width);
    const lines = to.reshape(fitted, [groups, block, inChannels * inHeight, width]);
    const images = to.graph.add('ReorderInput', [lines], {}, blockedDomain);
    return to.transpose(to.reshape(images, [groups, inChannels, inHeight, width * block]), [2, 0, 1, 3]);
  });
  const weights = to.once(dy, 'as filter', () => {
    const split = to.reshape(blocked(to, dy), [groups, block, outChannels / block, outHeight, outWidth, block]);
    return to.transpose(split, [2, 3, 0, 4, 1, 5]);
  });

  const perRow = Array.from({ length: filterHeight }, (_, tap) => {
    const offset = tap * info.dilationHeight - info.padInfo.top;
    const stride = info.strideHeight;
    // Output rows y whose input row y·stride + offset lies inside the image.
    const begin = Math.min(outHeight, Math.max(0, Math.ceil(-offset / stride)));
    const end = Math.max(begin, Math.min(outHeight, Math.floor((inHeight - 1 - offset) / stride) + 1));
    const count = end - begin;
    const shape = [outChannels / block, inChannels, filterWidth, block];
    if (count === 0) return to.zeros(shape);
    const first = begin * stride + offset;
    const rows = to.slice(rowsFirst, 0, first, first + (count - 1) * stride + 1, stride, inHeight);
    const filter = to.slice(weights, 1, begin, end, 1, outHeight);
    const operands = [
      to.reshape(rows, [1, count * batchSize, inChannels, width]),
      to.reshape(filter, [outChannels, count * batchSize, 1, outWidth]),
    ];
    const attributes = {
      kernel_shape: [1, outWidth],
      dilations: [1, info.strideWidth],
      strides: [1, info.dilationWidth],
      pads: [0, 0, 0, 0],
    };
    return to.reshape(to.graph.add('Conv', operands, attributes, blockedDomain), shape);
  });
  const all = perRow.length === 1 ? perRow[0]! : to.graph.add('Concat', perRow, { axis: 0 });
  const split = to.reshape(all, [filterHeight, outChannels / block, inChannels, filterWidth, block]);
  return to.reshape(to.transpose(split, [0, 3, 2, 1, 4]), [filterHeight, filterWidth, inChannels, outChannels]);
}

/** Pads or cuts the columns of [n, c, h, w] to those that the windows cover. */
function fitWidth(to: Lowering, name: string, info: ConvInfo, width: number): string {
  const { left } = info.padInfo;
  const right = width - left - info.inWidth;
  const cut = right < 0 ? to.slice(name, 3, 0, info.inWidth + right, 1, info.inWidth) : name;
  if (left === 0 && right <= 0) return cut;
  return to.graph.add('Pad', [
    cut,
    to.graph.integers([0, 0, 0, left, 0, 0, 0, Math.max(0, right)]),
    to.graph.scalar(0),
  ]);
}
