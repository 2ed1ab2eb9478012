import { backend_util } from '../tensorflow';
import { sizeOf, type TraceNode, type Value } from '../trace/values';
import { blockedDomain } from '../onnx/graph';
import { blocked, setBlocked } from './blocked';
import { outputPadding } from './convolution';
import { input } from './elementwise';
import { channelsFirst, type Lowering, permute } from './lowering';
import { defineKernel } from './registry';

type Quad = [number, number, number, number];
type PoolInfo = backend_util.Conv2DInfo;

function geometry(node: TraceNode, x: Value): PoolInfo {
  const { filterSize, strides, pad, dimRoundingMode } = node.attributes as {
    filterSize: number | [number, number];
    strides: number | [number, number];
    pad: 'same' | 'valid' | number;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  return backend_util.computePool2DInfo([...x.shape] as Quad, filterSize, strides, 1, pad, dimRoundingMode);
}

function poolAttributes(info: PoolInfo): Record<string, number[]> {
  const { top, left, bottom, right } = info.padInfo;
  return {
    kernel_shape: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    pads: [top, left, bottom, right],
  };
}

/** True if the windows lie side by side and cover the image. */
function tiles(info: PoolInfo): boolean {
  const { top, left, bottom, right } = info.padInfo;
  return (
    top + left + bottom + right === 0 &&
    info.strideHeight === info.filterHeight &&
    info.strideWidth === info.filterWidth &&
    info.inHeight === info.outHeight * info.filterHeight &&
    info.inWidth === info.outWidth * info.filterWidth
  );
}

function inBlocks(to: Lowering, info: PoolInfo): boolean {
  return to.channelBlock > 0 && info.inChannels % to.channelBlock === 0;
}

defineKernel('MaxPool', {
  infer: (node) => [{ shape: geometry(node, input(node, 'x')).outShape, dtype: 'float32' }],
  lower: (node, to) => {
    const x = input(node, 'x');
    const info = geometry(node, x);
    const out = node.outputs[0]!;
    if (inBlocks(to, info)) {
      return setBlocked(to, out, to.graph.add('MaxPool', [blocked(to, x)], poolAttributes(info), blockedDomain));
    }
    to.set(out, to.graph.add('MaxPool', [to.as(x, channelsFirst)], poolAttributes(info)), channelsFirst);
  },
});

defineKernel('MaxPoolGrad', {
  infer: (node) => [{ shape: input(node, 'input').shape, dtype: 'float32' }],
  lower: (node, to) => {
    const x = input(node, 'input');
    const info = geometry(node, x);
    const out = node.outputs[0]!;
    if (tiles(info)) {
      const gradient = tiledGradient(node, to, info);
      if (inBlocks(to, info)) return setBlocked(to, out, gradient);
      return to.set(out, gradient, channelsFirst);
    }
    const positions = to.graph.addMany('MaxPool', [to.as(x, channelsFirst)], poolAttributes(info), 2)[1]!;
    const dy = to.as(input(node, 'dy'), channelsFirst);
    const overlapping = info.strideHeight < info.filterHeight || info.strideWidth < info.filterWidth;
    const operands = [to.zeros([sizeOf(x.shape)]), to.reshape(positions, [-1]), to.reshape(dy, [-1])];
    const attributes = { axis: 0, reduction: overlapping ? 'add' : 'none' };
    const scattered = to.graph.add('ScatterElements', operands, attributes);
    to.set(out, to.reshape(scattered, permute(x.shape, channelsFirst)), channelsFirst);
  },
});

/**
 * Gradient of pooling whose windows lie side by side: dy goes to the first element of each window that equals the
 * maximum. Far faster than asking the pooling for positions and scattering.
 */
function tiledGradient(node: TraceNode, to: Lowering, info: PoolInfo): string {
  const { filterHeight, filterWidth, outHeight, outWidth, inHeight, inWidth } = info;
  const isBlocked = inBlocks(to, info);
  const form = (name: string): string => {
    const value = input(node, name);
    return isBlocked ? blocked(to, value) : to.as(value, channelsFirst);
  };
  const block = isBlocked ? to.channelBlock : 1;
  const lines = (info.batchSize * info.inChannels * outHeight) / block;
  const split = (name: string, axis: number, parts: number): string[] =>
    parts === 1 ? [name] : to.graph.addMany('Split', [name], { axis, num_outputs: parts }, parts);
  const join = (names: string[], axis: number): string =>
    names.length === 1 ? names[0]! : to.graph.add('Concat', names, { axis });

  const flat = [lines * outWidth, block];
  const best = to.reshape(form('output'), flat);
  let rest = to.reshape(form('dy'), flat);
  const rows = split(to.reshape(form('input'), [lines, filterHeight * inWidth * block]), 1, filterHeight);
  const gradients = rows.map((row, r) => {
    const taps = split(to.reshape(row, [lines * outWidth, filterWidth * block]), 1, filterWidth);
    const parts = taps.map((tap, c) => {
      const wins = to.graph.add('Cast', [to.graph.add('Equal', [tap, best])], { to: 1 });
      const part = to.graph.add('Mul', [rest, wins]);
      // What is left for the taps that come after.
      if (r + 1 < filterHeight || c + 1 < filterWidth) rest = to.graph.add('Sub', [rest, part]);
      return part;
    });
    return to.reshape(join(parts, 1), [lines, inWidth * block]);
  });
  return to.reshape(join(gradients, 1), [info.batchSize, info.inChannels, inHeight, inWidth]);
}

defineKernel('AvgPool', {
  infer: (node) => [{ shape: geometry(node, input(node, 'x')).outShape, dtype: 'float32' }],
  lower: (node, to) => {
    const x = input(node, 'x');
    const info = geometry(node, x);
    const attributes = { ...poolAttributes(info), count_include_pad: 0 };
    to.set(node.outputs[0]!, to.graph.add('AveragePool', [to.as(x, channelsFirst)], attributes), channelsFirst);
  },
});

defineKernel('AvgPoolGrad', {
  infer: (node) => [{ shape: input(node, 'input').shape, dtype: 'float32' }],
  lower: (node, to) => {
    const x = input(node, 'input');
    const info = geometry(node, x);
    const dy = to.as(input(node, 'dy'), channelsFirst);
    const shares = to.graph.constant(windowShares(info), [1, 1, info.outHeight, info.outWidth], 'float32');
    const channels = info.inChannels;
    const ones = new Float32Array(channels * info.filterHeight * info.filterWidth).fill(1);
    const filter = to.graph.constant(ones, [channels, 1, info.filterHeight, info.filterWidth], 'float32');
    const spread = to.graph.add('ConvTranspose', [to.graph.add('Mul', [dy, shares]), filter], {
      ...poolAttributes(info),
      output_padding: outputPadding(info),
      group: channels,
    });
    to.set(node.outputs[0]!, spread, channelsFirst);
  },
});

/** 1 / (number of elements inside the image) for each window: padding does not count. */
function windowShares(info: PoolInfo): Float32Array {
  const along = (out: number, stride: number, filter: number, before: number, size: number): number[] =>
    Array.from({ length: out }, (_, i) => {
      const start = i * stride - before;
      return Math.min(start + filter, size) - Math.max(start, 0);
    });
  const rows = along(info.outHeight, info.strideHeight, info.filterHeight, info.padInfo.top, info.inHeight);
  const columns = along(info.outWidth, info.strideWidth, info.filterWidth, info.padInfo.left, info.inWidth);
  return Float32Array.from(rows.flatMap((r) => columns.map((c) => 1 / (r * c))));
}
