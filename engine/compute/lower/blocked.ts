import type { backend_util } from '../tensorflow';
import { blockedDomain } from '../onnx/graph';
import type { Value } from '../trace/values';
import { channelsFirst, type Lowering } from './lowering';

/**
 * Convolutions in the channel-blocked layout of ONNX Runtime's CPU kernels, [n, c/b, h, w, b] for a logical
 * [n, h, w, c]: twice as fast as the plain operator, whose own switch to this layout needs constant filters.
 * A blocked array is declared to ONNX Runtime with its channels-first shape, so that every reordering is named here.
 */
type ConvInfo = backend_util.Conv2DInfo;

const multiple = (size: number, of: number): boolean => size % of === 0;

/** True where the convolution from `inputs` to `outputs` channels can run blocked: few inputs are read unblocked. */
export function canBlock(to: Lowering, inputs: number, outputs: number): boolean {
  const block = to.channelBlock;
  return block > 0 && multiple(outputs, block) && (inputs < block || multiple(inputs, block));
}

/** The value blocked, once. */
export function blocked(to: Lowering, value: Value): string {
  return to.once(value, 'blocked', () =>
    to.graph.add('ReorderInput', [to.as(value, channelsFirst)], {}, blockedDomain),
  );
}

/** The value's blocked array if it was computed so: what follows had better stay in that layout. */
export function blockedHome(to: Lowering, value: Value): string | undefined {
  return to.found(value, 'blocked home');
}

/** Declares a blocked result of the value; its channels-first form is made if somebody asks for it. */
export function setBlocked(to: Lowering, value: Value, name: string): void {
  const channels = value.shape[3]!;
  to.set(value, to.graph.add('ReorderOutput', [name], { channels }, blockedDomain), channelsFirst);
  for (const key of ['blocked', 'blocked home']) to.once(value, key, () => name);
}

interface Window {
  readonly kernel: readonly [number, number];
  readonly strides?: readonly [number, number];
  readonly dilations?: readonly [number, number];
  /** top, left, bottom, right. */
  readonly pads?: readonly number[];
  readonly group?: number;
}

/** A blocked convolution of x and a filter; after them may come one number a channel to add, and an array to add. */
export function convolve(to: Lowering, operands: readonly [string, string, ...string[]], window: Window): string {
  const attributes = {
    kernel_shape: [...window.kernel],
    strides: [...(window.strides ?? [1, 1])],
    dilations: [...(window.dilations ?? [1, 1])],
    pads: [...(window.pads ?? [0, 0, 0, 0])],
    ...(window.group !== undefined && { group: window.group }),
  };
  return to.graph.add('Conv', operands, attributes, blockedDomain);
}

/** y = x ∗ filter. */
export function blockedForward(to: Lowering, x: Value, filter: Value, info: ConvInfo): string {
  const { top, left, bottom, right } = info.padInfo;
  const few = info.inChannels < to.channelBlock;
  return convolve(to, [few ? to.as(x, channelsFirst) : blocked(to, x), forwardFilter(to, filter)], {
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [top, left, bottom, right],
  });
}

/** [h, w, i, o] as [o/b, i/b, h, w, b of i, b of o]; with fewer than b inputs as [o/b, i, h, w, b of o]. */
function forwardFilter(to: Lowering, filter: Value): string {
  const [height, width, inputs, outputs] = filter.shape as [number, number, number, number];
  const block = to.channelBlock;
  const taps = height * width;
  return to.once(filter, 'blocked filter', () => {
    const lines = to.reshape(to.plain(filter), [taps, 1, inputs, outputs]);
    const reordered = to.graph.add('ReorderInput', [lines], { channels_last: 1 }, blockedDomain);
    const few = inputs < block;
    const split = few ? [taps, outputs / block, inputs, block] : [taps, outputs / block, inputs / block, block * block];
    const moved = to.transpose(to.reshape(reordered, split), [1, 2, 0, 3]);
    return to.reshape(moved, [outputs, inputs, height, width]);
  });
}

/** Taps [t, i, o] in the order given as a filter from outputs to inputs: [i/b, o/b, t, b of o, b of i]. */
function backwardFilter(to: Lowering, taps: string, count: readonly [number, number], info: ConvInfo): string {
  const block = to.channelBlock;
  const { inChannels, outChannels } = info;
  const lines = to.reshape(taps, [count[0] * count[1], inChannels, 1, outChannels]);
  const reordered = to.graph.add('ReorderInput', [lines], {}, blockedDomain);
  const split = [count[0] * count[1], inChannels / block, outChannels / block, block * block];
  return to.reshape(to.transpose(to.reshape(reordered, split), [1, 2, 0, 3]), [inChannels, outChannels, ...count]);
}

/** True where `blockedInputGradient` applies: any dilation with stride 1, strides that divide the image without one. */
export function canBlockInputGradient(to: Lowering, info: ConvInfo): boolean {
  const block = to.channelBlock;
  if (block === 0 || !multiple(info.inChannels, block) || !multiple(info.outChannels, block)) return false;
  const { top, left, bottom, right } = info.padInfo;
  const reach = [(info.filterHeight - 1) * info.dilationHeight, (info.filterWidth - 1) * info.dilationWidth] as const;
  if (info.strideHeight * info.strideWidth === 1) {
    return Math.max(top, bottom) <= reach[0] && Math.max(left, right) <= reach[1];
  }
  return (
    info.dilationHeight * info.dilationWidth === 1 &&
    multiple(info.inHeight, info.strideHeight) &&
    multiple(info.inWidth, info.strideWidth)
  );
}

/** dx from dy: a convolution with the filter turned by 180°, its inputs and outputs swapped. */
export function blockedInputGradient(to: Lowering, dy: Value, filter: Value, info: ConvInfo): string {
  if (info.strideHeight * info.strideWidth > 1) return stridedInputGradient(to, dy, filter, info);
  const { filterHeight, filterWidth, dilationHeight, dilationWidth } = info;
  const { top, left, bottom, right } = info.padInfo;
  const taps = filterHeight * filterWidth;
  const turned = to.once(filter, 'turned blocked filter', () => {
    const flat = to.reshape(to.plain(filter), [taps, info.inChannels, info.outChannels]);
    return backwardFilter(to, taps === 1 ? flat : to.reverse(flat, [0]), [filterHeight, filterWidth], info);
  });
  const reach = [(filterHeight - 1) * dilationHeight, (filterWidth - 1) * dilationWidth] as const;
  return convolve(to, [blocked(to, dy), turned], {
    kernel: [filterHeight, filterWidth],
    dilations: [dilationHeight, dilationWidth],
    pads: [reach[0] - top, reach[1] - left, reach[0] - bottom, reach[1] - right],
  });
}

/** The taps that reach one residue of the input's positions modulo the stride, and how dy is read for them. */
interface Phase {
  /** Last tap of the residue, taken first since the filter is turned. */
  readonly last: number;
  readonly count: number;
  /** Zeros before and after dy; negative: positions to leave out. */
  readonly before: number;
  readonly after: number;
}

/** Position u = stride·q + residue is reached from output q + (residue + pad − tap) / stride by each whole such tap. */
function phases(size: number, out: number, filter: number, stride: number, pad: number): Phase[] {
  return Array.from({ length: stride }, (_, residue) => {
    const taps = Array.from({ length: filter }, (_, tap) => tap).filter((tap) => multiple(residue + pad - tap, stride));
    const first = taps[0] ?? 0;
    const last = taps[taps.length - 1] ?? 0;
    const lowest = (residue + pad - last) / stride;
    const highest = (residue + pad - first) / stride;
    return { last, count: taps.length, before: -lowest, after: size / stride - 1 + highest - (out - 1) };
  });
}

/**
 * With strides, each residue of the input's positions is a small convolution of its own with the taps that reach it;
 * together they do no more work than the forward pass. Their results are then interleaved.
 */
function stridedInputGradient(to: Lowering, dy: Value, filter: Value, info: ConvInfo): string {
  const { batchSize, inChannels, outChannels, inHeight, inWidth, strideHeight, strideWidth } = info;
  const block = to.channelBlock;
  const rows = phases(inHeight, info.outHeight, info.filterHeight, strideHeight, info.padInfo.top);
  const columns = phases(inWidth, info.outWidth, info.filterWidth, strideWidth, info.padInfo.left);
  const height = inHeight / strideHeight;
  const width = inWidth / strideWidth;
  const planes = (batchSize * inChannels) / block;
  const source = blocked(to, dy);
  const zero = (): string => to.zeros([planes * height * width, block]);
  const whole = rows.map((row) => {
    const parts = columns.map((column) => {
      if (row.count * column.count === 0) return zero();
      const taps = to.graph.add('Slice', [
        to.plain(filter),
        to.graph.integers([row.last, column.last]),
        to.graph.integers([-info.filterHeight - 1, -info.filterWidth - 1]),
        to.graph.integers([0, 1]),
        to.graph.integers([-strideHeight, -strideWidth]),
      ]);
      const kernel = [row.count, column.count] as const;
      const turned = backwardFilter(to, taps, kernel, info);
      const cropped = crop(to, source, [batchSize, outChannels, info.outHeight, info.outWidth], row, column);
      const pads = [row.before, column.before, row.after, column.after].map((pad) => Math.max(0, pad));
      return to.reshape(convolve(to, [cropped, turned], { kernel, pads }), [planes * height * width, block]);
    });
    const line = parts.length === 1 ? parts[0]! : to.graph.add('Concat', parts, { axis: 1 });
    return to.reshape(line, [planes * height, width * strideWidth * block]);
  });
  const interleaved = whole.length === 1 ? whole[0]! : to.graph.add('Concat', whole, { axis: 1 });
  return to.reshape(interleaved, [batchSize, inChannels, inHeight, inWidth]);
}

/** Leaves out the borders of a blocked array that no position reads (negative padding). */
function crop(to: Lowering, name: string, shape: readonly number[], row: Phase, column: Phase): string {
  const block = to.channelBlock;
  const [n, c, height, width] = shape as [number, number, number, number];
  const cut = (pad: number): number => Math.max(0, -pad);
  const begin = [cut(row.before), cut(column.before)];
  const end = [height - cut(row.after), width - cut(column.after)];
  if (begin[0] === 0 && begin[1] === 0 && end[0] === height && end[1] === width) return name;
  const sliced = to.graph.add('Slice', [
    to.reshape(name, [n, c / block, height, width, block]),
    to.graph.integers(begin),
    to.graph.integers(end),
    to.graph.integers([2, 3]),
  ]);
  return to.reshape(sliced, [n, c, end[0]! - begin[0]!, end[1]! - begin[1]!]);
}
