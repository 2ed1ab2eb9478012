import { blockedDomain } from '../onnx/graph';
import type { TraceNode, Value } from '../trace/values';
import { blocked, convolve, setBlocked } from './blocked';
import { channelAffine } from './blocked-elementwise';
import { input } from './elementwise';
import type { Lowering } from './lowering';

/** Sums over more positions than this are taken line by line first: a long sum in float32 loses digits. */
const longestSum = 1024;

/**
 * Batch norm of images in the channel-blocked layout, in which a depthwise convolution with an image as its filter is
 * a sum of products for each channel, and one with a number a channel is an affine map.
 */
class BlockedImages {
  readonly channels: number;
  readonly count: number;
  private readonly images: number;
  private readonly lines: number;
  private readonly length: number;

  constructor(
    private readonly to: Lowering,
    x: Value,
  ) {
    const [images, height, width, channels] = x.shape as [number, number, number, number];
    this.images = images;
    this.channels = channels;
    this.count = images * height * width;
    const whole = height * width <= longestSum;
    this.lines = whole ? 1 : height;
    this.length = whole ? height * width : width;
  }

  /** Σ a for each channel, [c]. */
  sum(a: string): string {
    const { to, lines, length } = this;
    const mean = (name: string): string => to.graph.add('GlobalAveragePool', [name], {}, blockedDomain);
    // One number a channel and image lies as [n, c, 1, 1], in blocks or not.
    const sums = lines === 1 ? this.overImages(mean(a)) : this.overLines(mean(this.asLines(a)));
    return to.graph.add('Mul', [sums, to.graph.scalar(length)]);
  }

  /** Σ a·b for each channel, [c]. */
  sumOfProducts(a: string, b: string): string {
    const { to, images, channels, lines, length } = this;
    const groups = images * channels * lines;
    const filter = to.reshape(b, [groups, 1, 1, length]);
    const products = convolve(to, [this.asLines(a), filter], { kernel: [1, length], group: groups });
    return lines === 1 ? this.overImages(to.reshape(products, [images, channels, 1, 1])) : this.overLines(products);
  }

  private asLines(name: string): string {
    const { images, channels, lines, length } = this;
    return this.to.reshape(name, [1, images * channels * lines, 1, length]);
  }

  private overImages(name: string): string {
    return this.to.graph.add('ReduceSum', [name, this.to.graph.integers([0, 2, 3])], { keepdims: 0 });
  }

  /** Sums of lines in blocks, [n · c/b, lines, b], to sums of channels. */
  private overLines(name: string): string {
    const { to, images, channels, lines } = this;
    const block = to.channelBlock;
    const perLine = to.reshape(name, [(images * channels) / block, lines, block]);
    const perImage = to.graph.add('ReduceSum', [perLine, to.graph.integers([1])], { keepdims: 0 });
    return this.overImages(to.reshape(perImage, [images, channels, 1, 1]));
  }
}

/** y, mean, variance; and what the gradient needs: x − mean and 1 / √(variance + ε). */
export function blockedBatchNorm(node: TraceNode, to: Lowering): void {
  const x = input(node, 'x');
  const { graph } = to;
  const images = new BlockedImages(to, x);
  const { channels } = images;
  const name = blocked(to, x);
  const share = graph.scalar(1 / images.count);
  const mean = graph.add('Mul', [images.sum(name), share]);
  const ones = graph.constant(new Float32Array(channels).fill(1), [channels], 'float32');
  const centred = channelAffine(to, name, ones, graph.add('Neg', [mean]), { channels });
  const variance = graph.add('Mul', [images.sumOfProducts(centred, centred), share]);
  const spread = graph.add('Sqrt', [graph.add('Add', [variance, graph.scalar(node.attributes['epsilon'] as number)])]);
  const inverse = graph.add('Reciprocal', [spread]);
  const slope = graph.add('Mul', [inverse, to.plain(input(node, 'gamma'))]);
  const [outY, outMean, outVariance, outCentred, outInverse] = node.outputs as [Value, Value, Value, Value, Value];
  setBlocked(to, outY, channelAffine(to, centred, slope, to.plain(input(node, 'beta')), { channels }));
  to.set(outMean, mean);
  to.set(outVariance, variance);
  setBlocked(to, outCentred, centred);
  to.set(outInverse, inverse);
}

/** dx, dgamma, dbeta; where x − mean is a blocked array. */
export function blockedBatchNormGradient(node: TraceNode, to: Lowering): void {
  const dy = input(node, 'dy');
  const { graph } = to;
  const images = new BlockedImages(to, dy);
  const { channels } = images;
  const name = blocked(to, dy);
  const centred = blocked(to, input(node, 'centred'));
  const inverse = to.plain(input(node, 'inverse'));
  const slope = graph.add('Mul', [inverse, to.plain(input(node, 'gamma'))]);
  const dOffset = images.sum(name);
  const dScale = graph.add('Mul', [images.sumOfProducts(name, centred), inverse]);
  const share = graph.add('Mul', [slope, graph.scalar(-1 / images.count)]);
  const pull = graph.add('Mul', [graph.add('Mul', [inverse, dScale]), share]);
  const correction = channelAffine(to, centred, pull, graph.add('Mul', [dOffset, share]), { channels });
  const none = graph.constant(new Float32Array(channels), [channels], 'float32');
  const dx = channelAffine(to, name, slope, none, { channels, plus: correction });
  const [outX, outScale, outOffset] = node.outputs as [Value, Value, Value];
  setBlocked(to, outX, dx);
  to.set(outScale, dScale);
  to.set(outOffset, dOffset);
}
