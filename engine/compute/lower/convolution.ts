import { backend_util } from '../tensorflow';
import { contribDomain } from '../onnx/graph';
import type { TraceNode, Value } from '../trace/values';
import { blockedForward, blockedInputGradient, canBlock, canBlockInputGradient, setBlocked } from './blocked';
import { blockedFilterGradient, canBlockFilterGradient } from './blocked-filter';
import { input } from './elementwise';
import { channelsFirst, identityLayout, type Lowering, outInHeightWidth } from './lowering';
import { defineKernel } from './registry';
import { canWinogradBlocked, winogradFilterGradient, winogradForward, winogradInputGradient } from './blocked-winograd';
import { canWinograd, winograd } from './winograd';
import { imagesLast } from './winograd-tiles';

type ConvInfo = backend_util.Conv2DInfo;
type Quad = [number, number, number, number];

function geometry(
  node: TraceNode,
  inputShape: readonly number[],
  filterShape: readonly number[],
  depthwise: boolean,
): ConvInfo {
  const { strides, pad, dilations, dimRoundingMode } = node.attributes as {
    strides: number | [number, number];
    pad: 'same' | 'valid' | number;
    dilations?: number | [number, number];
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  if (node.attributes['dataFormat'] === 'NCHW') throw new Error('Convolutions are written channels-last.');
  return backend_util.computeConv2DInfo(
    [...inputShape] as Quad,
    [...filterShape] as Quad,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
  );
}

function convolutionAttributes(info: ConvInfo): Record<string, number[]> {
  const { top, left, bottom, right } = info.padInfo;
  return {
    kernel_shape: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [top, left, bottom, right],
  };
}

defineKernel('Conv2D', {
  infer: (node) => [
    { shape: geometry(node, input(node, 'x').shape, input(node, 'filter').shape, false).outShape, dtype: 'float32' },
  ],
  lower: (node, to) => {
    const x = input(node, 'x');
    const filter = input(node, 'filter');
    const info = geometry(node, x.shape, filter.shape, false);
    // Constant filters are blocked by ONNX Runtime itself, which then also fuses what follows.
    if (canBlock(to, info.inChannels, info.outChannels) && !to.isConstant(filter)) {
      const convolve = canWinogradBlocked(to, info) ? winogradForward : blockedForward;
      return setBlocked(to, node.outputs[0]!, convolve(to, x, filter, info));
    }
    if (canWinograd(to, filter, info)) return to.set(node.outputs[0]!, winograd(to, x, filter, info), imagesLast);
    const operands = [to.as(x, channelsFirst), to.as(filter, outInHeightWidth)];
    to.set(node.outputs[0]!, to.product('Conv', operands, convolutionAttributes(info)), channelsFirst);
  },
});

/**
 * Gradient with respect to the input. With stride 1 it is a convolution of dy with the filter turned by 180°
 * and its channels swapped, which ONNX Runtime runs twice as fast as a transposed convolution.
 */
defineKernel('Conv2DBackpropInput', {
  infer: (node) => [{ shape: node.attributes['inputShape'] as number[], dtype: 'float32' }],
  lower: (node, to) => {
    const dy = input(node, 'dy');
    const filter = input(node, 'filter');
    const info = geometry(node, node.attributes['inputShape'] as number[], filter.shape, false);
    if (canBlockInputGradient(to, info)) {
      const gradient = canWinogradBlocked(to, info) ? winogradInputGradient : blockedInputGradient;
      return setBlocked(to, node.outputs[0]!, gradient(to, dy, filter, info));
    }
    const gradient = to.as(dy, channelsFirst);
    const { top, left, bottom, right } = info.padInfo;
    const height = info.filterHeight;
    const width = info.filterWidth;
    const padded = [height - 1 - top, width - 1 - left, height - 1 - bottom, width - 1 - right];
    if (info.strideHeight === 1 && info.strideWidth === 1 && padded.every((p) => p >= 0)) {
      const swapped = to.as(filter, [2, 3, 0, 1]);
      const turned = height * width === 1 ? swapped : to.once(filter, 'turned', () => to.reverse(swapped, [2, 3]));
      const attributes = { kernel_shape: [height, width], pads: padded };
      return to.set(node.outputs[0]!, to.product('Conv', [gradient, turned], attributes), channelsFirst);
    }
    const attributes = {
      ...convolutionAttributes(info),
      output_padding: outputPadding(info),
    };
    const operands = [gradient, to.as(filter, outInHeightWidth)];
    to.set(node.outputs[0]!, to.product('ConvTranspose', operands, attributes), channelsFirst);
  },
});

/** Rows and columns of the input that the last window does not reach; a transposed convolution must add them. */
export function outputPadding(info: ConvInfo): number[] {
  const reach = (
    size: number,
    stride: number,
    filter: number,
    dilation: number,
    before: number,
    after: number,
  ): number => (size - 1) * stride + (filter - 1) * dilation + 1 - before - after;
  const { top, left, bottom, right } = info.padInfo;
  return [
    info.inHeight - reach(info.outHeight, info.strideHeight, info.filterHeight, info.dilationHeight, top, bottom),
    info.inWidth - reach(info.outWidth, info.strideWidth, info.filterWidth, info.dilationWidth, left, right),
  ];
}

/**
 * Gradient with respect to the filter as a matrix product over im2col columns. Channels-first (batched over
 * images, then summed) is faster for narrow layers with large maps, channels-last (one product) for wide ones.
 */
defineKernel('Conv2DBackpropFilter', {
  infer: (node) => [{ shape: node.attributes['filterShape'] as number[], dtype: 'float32' }],
  lower: (node, to) => {
    const x = input(node, 'x');
    const dy = input(node, 'dy');
    const info = geometry(node, x.shape, node.attributes['filterShape'] as number[], false);
    const out = node.outputs[0]!;
    if (canWinogradBlocked(to, info)) return to.set(out, winogradFilterGradient(to, x, dy, info));
    if (canBlockFilterGradient(to, info)) return to.set(out, blockedFilterGradient(to, x, dy, info));
    const narrow = 2 * info.outChannels <= info.outHeight * info.outWidth;
    const { batchSize, filterHeight, filterWidth, inChannels, outChannels } = info;
    const taps = filterHeight * filterWidth;
    const positions = info.outHeight * info.outWidth;
    const key = `${narrow} ${info.strideHeight} ${info.strideWidth} ${filterHeight} ${filterWidth} ${Object.values(info.padInfo).join()}`;
    if (narrow) {
      const columns = to.once(x, `columns ${key}`, () =>
        to.reshape(im2col(to, x, info, true), [batchSize, taps * inChannels, positions]),
      );
      const gradient = to.reshape(to.as(dy, channelsFirst), [batchSize, outChannels, positions]);
      const perImage = to.product('FusedMatMul', [gradient, columns], { transB: 1 }, contribDomain);
      const summed = to.graph.add('ReduceSum', [perImage, to.graph.integers([0])], { keepdims: 0 });
      to.set(out, to.reshape(summed, [outChannels, filterHeight, filterWidth, inChannels]), [3, 0, 1, 2]);
      return;
    }
    const columns = to.once(x, `columns ${key}`, () =>
      to.reshape(im2col(to, x, info, false), [batchSize * positions, taps * inChannels]),
    );
    const gradient = to.reshape(to.plain(dy), [batchSize * positions, outChannels]);
    const product = to.product('Gemm', [columns, gradient], { transA: 1 });
    to.set(out, to.reshape(product, [filterHeight, filterWidth, inChannels, outChannels]));
  },
});

/** Every filter tap's shifted (strided) view of the padded input, side by side along the channels. */
function im2col(to: Lowering, x: Value, info: ConvInfo, first: boolean): string {
  const layout = first ? channelsFirst : identityLayout(4);
  const axes = first ? [2, 3] : [1, 2];
  const { top, left, bottom, right } = info.padInfo;
  let source = to.as(x, layout);
  if (top + left + bottom + right > 0) {
    const pads = Array<number>(8).fill(0);
    pads[axes[0]!] = top;
    pads[axes[1]!] = left;
    pads[axes[0]! + 4] = bottom;
    pads[axes[1]! + 4] = right;
    source = to.graph.add('Pad', [source, to.graph.integers(pads), to.graph.scalar(0)]);
  }
  const whole =
    info.filterHeight * info.filterWidth === 1 &&
    info.strideHeight * info.strideWidth === 1 &&
    top + left + bottom + right === 0;
  if (whole) return source;
  const taps: string[] = [];
  for (let row = 0; row < info.filterHeight; row++) {
    for (let column = 0; column < info.filterWidth; column++) {
      const begin = [row * info.dilationHeight, column * info.dilationWidth];
      const end = [
        begin[0]! + (info.outHeight - 1) * info.strideHeight + 1,
        begin[1]! + (info.outWidth - 1) * info.strideWidth + 1,
      ];
      taps.push(
        to.graph.add('Slice', [
          source,
          to.graph.integers(begin),
          to.graph.integers(end),
          to.graph.integers(axes),
          to.graph.integers([info.strideHeight, info.strideWidth]),
        ]),
      );
    }
  }
  return taps.length === 1 ? taps[0]! : to.graph.add('Concat', taps, { axis: first ? 1 : 3 });
}

defineKernel('DepthwiseConv2dNative', {
  infer: (node) => [
    { shape: geometry(node, input(node, 'x').shape, input(node, 'filter').shape, true).outShape, dtype: 'float32' },
  ],
  lower: (node, to) => {
    const x = input(node, 'x');
    const filter = input(node, 'filter');
    const info = geometry(node, x.shape, filter.shape, true);
    const operands = [to.as(x, channelsFirst), depthwiseFilter(to, filter)];
    const attributes = { ...convolutionAttributes(info), group: info.inChannels };
    to.set(node.outputs[0]!, to.product('Conv', operands, attributes), channelsFirst);
  },
});

/** [h, w, channels, multiplier] as ONNX's [channels · multiplier, 1, h, w]. */
function depthwiseFilter(to: Lowering, filter: Value): string {
  const [height, width, channels, multiplier] = filter.shape as Quad;
  return to.once(filter, 'depthwise', () =>
    to.reshape(to.as(filter, [2, 3, 0, 1]), [channels * multiplier, 1, height, width]),
  );
}

defineKernel('DepthwiseConv2dNativeBackpropInput', {
  infer: (node) => [{ shape: node.attributes['inputShape'] as number[], dtype: 'float32' }],
  lower: (node, to) => {
    const dy = input(node, 'dy');
    const filter = input(node, 'filter');
    const info = geometry(node, node.attributes['inputShape'] as number[], filter.shape, true);
    const { top, left, bottom, right } = info.padInfo;
    const [height, width, , multiplier] = filter.shape as Quad;
    const padded = [height - 1 - top, width - 1 - left, height - 1 - bottom, width - 1 - right];
    if (multiplier === 1 && info.strideHeight * info.strideWidth === 1 && padded.every((p) => p >= 0)) {
      const own = depthwiseFilter(to, filter);
      const turned = height * width === 1 ? own : to.once(filter, 'depthwise turned', () => to.reverse(own, [2, 3]));
      const attributes = { kernel_shape: [height, width], pads: padded, group: info.inChannels };
      const gradient = to.product('Conv', [to.as(dy, channelsFirst), turned], attributes);
      return to.set(node.outputs[0]!, gradient, channelsFirst);
    }
    const attributes = { ...convolutionAttributes(info), output_padding: outputPadding(info), group: info.inChannels };
    const operands = [to.as(dy, channelsFirst), depthwiseFilter(to, filter)];
    to.set(node.outputs[0]!, to.product('ConvTranspose', operands, attributes), channelsFirst);
  },
});

/**
 * Gradient [c, m, h, w] as one grouped convolution: every channel of every image is a group of its own, with its dy as
 * the filter, strides and dilations exchanged. ONNX Runtime's CPU kernel unrolls a group's windows while they are in its
 * cache; whole arrays of shifted views would go through memory once for each tap.
 */
function depthwiseFilterGradient(to: Lowering, x: Value, dy: Value, info: ConvInfo, multiplier: number): string {
  const { batchSize, inChannels, inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth } = info;
  const { top, left, bottom, right } = info.padInfo;
  const groups = batchSize * inChannels;
  const images = to.reshape(to.as(x, channelsFirst), [1, groups, inHeight, inWidth]);
  const filters = to.reshape(to.as(dy, channelsFirst), [groups * multiplier, 1, outHeight, outWidth]);
  const perImage = to.product('Conv', [images, filters], {
    kernel_shape: [outHeight, outWidth],
    strides: [info.dilationHeight, info.dilationWidth],
    dilations: [info.strideHeight, info.strideWidth],
    pads: [top, left, bottom, right],
    group: groups,
  });
  // Positions beyond the filter are where the forward convolution left a remainder.
  const taps = to.graph.add('Slice', [
    perImage,
    to.graph.integers([0, 0]),
    to.graph.integers([filterHeight, filterWidth]),
    to.graph.integers([2, 3]),
  ]);
  const shape = [batchSize, inChannels, multiplier, filterHeight, filterWidth];
  return to.graph.add('ReduceSum', [to.reshape(taps, shape), to.graph.integers([0])], { keepdims: 0 });
}

defineKernel('DepthwiseConv2dNativeBackpropFilter', {
  infer: (node) => [{ shape: node.attributes['filterShape'] as number[], dtype: 'float32' }],
  lower: (node, to) => {
    const x = input(node, 'x');
    const dy = input(node, 'dy');
    const filterShape = node.attributes['filterShape'] as Quad;
    const info = geometry(node, x.shape, filterShape, true);
    const [height, width, channels, multiplier] = filterShape;
    const { batchSize, outHeight, outWidth } = info;
    if (to.target.cpu)
      return to.set(node.outputs[0]!, depthwiseFilterGradient(to, x, dy, info, multiplier), [2, 3, 0, 1]);
    // One product and sum a tap: [n, c, 1, p] · [n, c, m, p] summed over images and positions.
    const columns = im2col(to, x, info, true);
    const taps =
      height * width === 1
        ? [columns]
        : to.graph.addMany('Split', [columns], { axis: 1, num_outputs: height * width }, height * width);
    const gradient = to.reshape(to.as(dy, channelsFirst), [batchSize, channels, multiplier, outHeight * outWidth]);
    const sums = taps.map((tap) => {
      const view = to.reshape(tap, [batchSize, channels, 1, outHeight * outWidth]);
      const product = to.graph.add('Mul', [view, gradient]);
      return to.reshape(to.graph.add('ReduceSum', [product, to.graph.integers([0, 3])], { keepdims: 0 }), [
        1,
        channels,
        multiplier,
      ]);
    });
    const all = sums.length === 1 ? sums[0]! : to.graph.add('Concat', sums, { axis: 0 });
    to.set(node.outputs[0]!, to.reshape(all, [height, width, channels, multiplier]));
  },
});
