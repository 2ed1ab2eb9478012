import { backend_util } from '../tensorflow';
import { sizeOf, type TraceNode, type Value } from '../trace/values';
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

function poolKey(info: PoolInfo): string {
  return JSON.stringify(poolAttributes(info));
}

/** Values and, where a gradient will ask for it, the position of each maximum. */
function maxPool(to: Lowering, x: Value, info: PoolInfo): { values: string; positions: string } {
  const key = poolKey(info);
  let values = '';
  const positions = to.once(x, `positions ${key}`, () => {
    const [pooled, indices] = to.graph.addMany('MaxPool', [to.as(x, channelsFirst)], poolAttributes(info), 2);
    values = pooled!;
    return indices!;
  });
  return { values: to.once(x, `maximum ${key}`, () => values), positions };
}

defineKernel('MaxPool', {
  infer: (node) => [{ shape: geometry(node, input(node, 'x')).outShape, dtype: 'float32' }],
  lower: (node, to) => {
    const x = input(node, 'x');
    to.set(node.outputs[0]!, maxPool(to, x, geometry(node, x)).values, channelsFirst);
  },
});

defineKernel('MaxPoolGrad', {
  infer: (node) => [{ shape: input(node, 'input').shape, dtype: 'float32' }],
  lower: (node, to) => {
    const x = input(node, 'input');
    const info = geometry(node, x);
    const { positions } = maxPool(to, x, info);
    const dy = to.as(input(node, 'dy'), channelsFirst);
    const shape = permute(x.shape, channelsFirst);
    const size = sizeOf(x.shape);
    const overlapping = info.strideHeight < info.filterHeight || info.strideWidth < info.filterWidth;
    const zeros = to.graph.add('Expand', [to.graph.scalar(0), to.graph.integers([size])]);
    const flat = [-1];
    const operands = [zeros, to.reshape(positions, flat), to.reshape(dy, flat)];
    const scattered = to.graph.add(
      'ScatterElements',
      operands,
      overlapping ? { axis: 0, reduction: 'add' } : { axis: 0 },
    );
    to.set(node.outputs[0]!, to.reshape(scattered, shape), channelsFirst);
  },
});

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
