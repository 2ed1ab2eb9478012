import { contribDomain } from '../onnx/graph';
import type { TraceNode, Value } from '../trace/values';
import { blockedHome } from './blocked';
import { blockedBatchNorm, blockedBatchNormGradient } from './blocked-batch-norm';
import { input } from './elementwise';
import { channelsFirst, identityLayout, type Layout, type Lowering } from './lowering';
import { defineKernel } from './registry';

/** Batch norm as two kernels of our own, so that each pass over the data is the fastest operator that does it. */
export const batchNormKernel = 'EigenprobeBatchNorm';
export const batchNormGradientKernel = 'EigenprobeBatchNormGradient';

/** How x lies: channels first for images, as it is for rows; where its channels and the other axes are then. */
class Frame {
  readonly layout: Layout;
  readonly channels: number;
  readonly count: number;
  private readonly images: number;
  private readonly positions: number;
  /** Physical axes that are summed over. */
  private readonly axes: number[];
  /** The shape of one number a channel, against the whole. */
  private readonly lifted: number[];

  constructor(
    private readonly to: Lowering,
    x: Value,
  ) {
    const rank = x.shape.length;
    this.layout = rank === 4 ? channelsFirst : identityLayout(rank);
    this.channels = x.shape[rank - 1]!;
    const axis = rank === 4 ? 1 : rank - 1;
    this.axes = identityLayout(rank).filter((a) => a !== axis);
    this.lifted = identityLayout(rank).map((a) => (a === axis ? this.channels : 1));
    this.count = x.shape.slice(0, -1).reduce((a, b) => a * b, 1);
    this.images = rank === 4 ? x.shape[0]! : this.count;
    this.positions = this.count / this.images;
  }

  lift(perChannel: string): string {
    return this.to.reshape(perChannel, this.lifted);
  }

  reduce(op: 'ReduceSum' | 'ReduceMean', name: string): string {
    return this.to.graph.add(op, [name, this.to.graph.integers(this.axes)], { keepdims: 0 });
  }

  /** Σ a·b for each channel: long rows as products of a row and a column, which never write a·b to memory. */
  sumOfProducts(a: string, b: string): string {
    const { to, images, channels, positions } = this;
    if (!to.target.cpu || positions < 512) return this.reduce('ReduceSum', to.graph.add('Mul', [a, b]));
    const rows = (name: string): string => to.reshape(name, [images * channels, 1, positions]);
    const products = to.graph.add('FusedMatMul', [rows(a), rows(b)], { transB: 1 }, contribDomain);
    const sums = to.reshape(products, [images, channels]);
    return to.graph.add('ReduceSum', [sums, to.graph.integers([0])], { keepdims: 0 });
  }

  /**
   * x · scale + offset with one number a channel. The batch norm operator does it in one pass, but on one thread;
   * with many threads two passes are faster.
   */
  affine(x: string, scale: string, offset: string): string {
    const { to } = this;
    if (to.target.cpu && to.target.cpu.threads <= 4 && this.positions > 1) {
      const ones = to.graph.constant(new Float32Array(this.channels).fill(1), [this.channels], 'float32');
      const zeros = to.graph.constant(new Float32Array(this.channels), [this.channels], 'float32');
      return to.graph.add('BatchNormalization', [x, scale, offset, zeros, ones], { epsilon: { float: 0 } });
    }
    return to.graph.add('Add', [to.graph.add('Mul', [x, this.lift(scale)]), this.lift(offset)]);
  }
}

function perChannel(x: Value): { shape: readonly number[]; dtype: 'float32' } {
  return { shape: [x.shape[x.shape.length - 1]!], dtype: 'float32' };
}

/** y, mean, variance; and what the gradient needs: x − mean and 1 / √(variance + ε). */
defineKernel(batchNormKernel, {
  many: true,
  infer: (node) => {
    const x = input(node, 'x');
    const whole = { shape: x.shape, dtype: 'float32' as const };
    return [whole, perChannel(x), perChannel(x), whole, perChannel(x)];
  },
  lower: (node: TraceNode, to) => {
    const x = input(node, 'x');
    if (blockedHome(to, x) !== undefined) return blockedBatchNorm(node, to);
    const frame = new Frame(to, x);
    const { graph } = to;
    const name = to.as(x, frame.layout);
    const mean = frame.reduce('ReduceMean', name);
    const centred = graph.add('Sub', [name, frame.lift(mean)]);
    const variance = graph.add('Mul', [frame.sumOfProducts(centred, centred), graph.scalar(1 / frame.count)]);
    const spread = graph.add('Sqrt', [
      graph.add('Add', [variance, graph.scalar(node.attributes['epsilon'] as number)]),
    ]);
    const inverse = graph.add('Reciprocal', [spread]);
    const slope = graph.add('Mul', [inverse, to.plain(input(node, 'gamma'))]);
    const y = frame.affine(centred, slope, to.plain(input(node, 'beta')));
    const [outY, outMean, outVariance, outCentred, outInverse] = node.outputs as [Value, Value, Value, Value, Value];
    to.set(outY, y, frame.layout);
    to.set(outMean, mean);
    to.set(outVariance, variance);
    to.set(outCentred, centred, frame.layout);
    to.set(outInverse, inverse);
  },
});

/** dx, dgamma, dbeta. */
defineKernel(batchNormGradientKernel, {
  many: true,
  infer: (node) => {
    const dy = input(node, 'dy');
    return [{ shape: dy.shape, dtype: 'float32' }, perChannel(dy), perChannel(dy)];
  },
  lower: (node: TraceNode, to) => {
    const dy = input(node, 'dy');
    if (blockedHome(to, input(node, 'centred')) !== undefined) return blockedBatchNormGradient(node, to);
    const frame = new Frame(to, dy);
    const { graph } = to;
    const name = to.as(dy, frame.layout);
    const centred = to.as(input(node, 'centred'), frame.layout);
    const inverse = to.plain(input(node, 'inverse'));
    const slope = graph.add('Mul', [inverse, to.plain(input(node, 'gamma'))]);
    const dOffset = frame.reduce('ReduceSum', name);
    const dScale = graph.add('Mul', [frame.sumOfProducts(name, centred), inverse]);
    const share = graph.add('Mul', [slope, graph.scalar(-1 / frame.count)]);
    const pull = graph.add('Mul', [graph.add('Mul', [inverse, dScale]), share]);
    const correction = frame.affine(centred, pull, graph.add('Mul', [dOffset, share]));
    const dx = graph.add('Add', [graph.add('Mul', [name, frame.lift(slope)]), correction]);
    const [outX, outScale, outOffset] = node.outputs as [Value, Value, Value];
    to.set(outX, dx, frame.layout);
    to.set(outScale, dScale);
    to.set(outOffset, dOffset);
  },
});
