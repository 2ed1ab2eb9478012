import { padded } from './arena';
import type { LogisticKernels } from './kernels';
import type { Pacer } from './pacer';

/** Places of stride × stride doubles: Σ x̃ x̃ᵀ, the Cholesky factor of I + factor · Σ x̃ x̃ᵀ, and its inverse. */
interface Matrices {
  readonly moment: number;
  readonly factor: number;
  readonly columns: number;
}

/** Pairs of directions kept along the path, and at most so many numbers in all of them. */
const largestCount = 30;
const largestMemory = 1.6e7;
/** The matrix is made again when the curvature has changed by this factor. */
const renewal = 4;
/** Beyond this many features a full matrix costs more than it saves: its diagonal serves. */
const largestMatrix = 1024;

/**
 * An approximate inverse of the Hessian I + C Σ x̃ x̃ᵀ ⊗ (diag p − p pᵀ), in single precision:
 * - (I + κ Σ x̃ x̃ᵀ)⁻¹ for each class, κ the mean curvature of the softmax times C; x̃ = (x − mean)/scale;
 * - around it what conjugate gradients have learned about earlier Hessians, pairs (s, H s) in the two-loop recursion of
 *   L-BFGS (Morales, Nocedal 2000): Hessians along a path of solutions resemble each other.
 */
export class Preconditioner {
  private readonly length: number;
  private readonly vector: number;
  private readonly result: number;
  /** One after the other: addresses of s and y of each pair, 1/(s · y), the recursion's factors. */
  private readonly list: number;
  private readonly inverses: number;
  private readonly factors: number;
  private readonly capacity: number;
  private readonly pairs: { s: number; y: number; inverse: number }[] = [];
  private readonly trace: number;
  private matrices: Matrices | undefined;
  private inverse: number | undefined;
  /** κ for which the matrix was made; 0 for the identity. */
  private prepared = 0;
  private kappa = 0;
  private biasCurvature = new Float64Array();

  /** `diagonal` is that of Σ x̃ x̃ᵀ, `mean` that of the rows as the kernels hold them. */
  constructor(
    private readonly kernels: LogisticKernels,
    private readonly mean: Float64Array,
    private readonly scale: Float64Array,
    private readonly diagonal: Float64Array,
  ) {
    const { arena, stored, stride } = kernels;
    this.trace = diagonal.reduce((sum, value) => sum + value, 0);
    this.length = stored * stride + padded(stored, 4);
    this.vector = arena.place(this.length * 4);
    this.result = arena.place(this.length * 4);
    this.capacity = Math.min(largestCount, Math.floor(largestMemory / (2 * this.length)));
    this.list = arena.place(this.capacity * 8);
    this.inverses = arena.place(this.capacity * 8);
    this.factors = arena.place(this.capacity * 8);
  }

  /** Fits the matrix to the curvature of the objective along each class's bias, C Σ p (1 − p). */
  async prepare(curvature: Float64Array, pacer: Pacer): Promise<void> {
    const { n, d, classes } = this.kernels;
    // Softmax curvature acts on directions that sum to zero over the classes: (classes − 1) of them.
    this.kappa = curvature.reduce((sum, value) => sum + value, 0) / (n * (classes - 1));
    const floor = this.kappa * n * 1e-9;
    this.biasCurvature = curvature.map((value) => Math.max(value, floor));
    if (d > largestMatrix) return;
    const change = Math.max(this.kappa / this.prepared, this.prepared / this.kappa);
    if (this.kappa * this.trace < 0.1) this.prepared = 0;
    else if (change > renewal) await this.invert(pacer);
  }

  /** Remembers that the Hessian turns s into y. */
  learn(s: Float64Array, y: Float64Array): void {
    if (this.capacity === 0) return;
    const { arena } = this.kernels;
    const inverse = 1 / s.reduce((sum, value, i) => sum + value * y[i]!, 0);
    if (!(inverse > 0 && inverse < Infinity)) return;
    const place = this.pairs.length < this.capacity ? undefined : this.pairs.shift();
    const pair = { s: place?.s ?? arena.place(4 * this.length), y: place?.y ?? arena.place(4 * this.length), inverse };
    this.pairs.push(pair);
    this.store(s, pair.s);
    this.store(y, pair.y);
    const list = arena.integers(this.list, 2 * this.capacity);
    const inverses = arena.doubles(this.inverses, this.capacity);
    this.pairs.forEach((each, i) => {
      list.set([each.s, each.y], 2 * i);
      inverses[i] = each.inverse;
    });
  }

  /** Takes and gives classes · d entries by the weights, then classes by the bias. */
  apply(vector: Float64Array): Float64Array {
    const { list, inverses, factors, pairs, length } = this;
    const { arena, classes, d } = this.kernels;
    this.store(vector, this.vector);
    arena.kernels.recallDown(list, inverses, factors, pairs.length, this.vector, length);
    const at = this.inner();
    arena.kernels.recallUp(list, inverses, factors, pairs.length, at, length);
    const out = new Float64Array(vector.length);
    const result = arena.singles(at, length);
    this.kernels.read(result, out);
    out.set(result.subarray(this.biasOffset, this.biasOffset + classes), classes * d);
    return out;
  }

  private get biasOffset(): number {
    return this.kernels.stored * this.kernels.stride;
  }

  private store(vector: Float64Array, at: number): void {
    const { arena, classes, d } = this.kernels;
    const target = arena.singles(at, this.length);
    this.kernels.store(vector, target);
    target.set(vector.subarray(classes * d), this.biasOffset);
  }

  /** The matrix times the stored vector; returns where the result lies. */
  private inner(): number {
    const { arena, d, classes, stride } = this.kernels;
    const vector = arena.singles(this.vector, this.length);
    const result = arena.singles(this.result, this.length);
    if (d > largestMatrix) {
      for (let k = 0; k < classes; k++) {
        for (let j = 0, i = k * stride; j < d; j++, i++) result[i] = vector[i]! / (1 + this.kappa * this.diagonal[j]!);
      }
    } else if (this.prepared > 0) arena.kernels.multiply(this.inverse!, d, this.vector, this.result);
    else result.set(vector);
    for (let k = 0, i = this.biasOffset; k < classes; k++, i++) result[i] = vector[i]! / this.biasCurvature[k]!;
    return this.result;
  }

  private async invert(pacer: Pacer): Promise<void> {
    const { arena, d, stride } = this.kernels;
    const at = (this.matrices ??= await this.moment(pacer));
    const inverse = (this.inverse ??= arena.place(padded(d, 4) * stride * 4));
    const moment = arena.doubles(at.moment, stride * stride);
    const matrix = arena.doubles(at.factor, stride * stride);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < i; j++) matrix[i * stride + j] = this.kappa * moment[i * stride + j]!;
      matrix[i * stride + i] = 1 + this.kappa * moment[i * stride + i]!;
    }
    const step = Math.max(1, Math.floor(2e7 / (d * d)));
    const each = async (work: (from: number, to: number) => void) => {
      for (let from = 0; from < d; from += step) {
        if (pacer.due()) await pacer.pause();
        work(from, Math.min(d, from + step));
      }
    };
    const { kernels } = arena;
    await each((from, to) => {
      if (!kernels.factorRows(at.factor, stride, from, to)) throw new Error('The second moment is not positive.');
    });
    await each((from, to) => kernels.inverseColumns(at.factor, at.columns, d, stride, from, to));
    await each((from, to) => kernels.inverseRows(at.columns, inverse, d, stride, from, to));
    this.prepared = this.kappa;
  }

  private async moment(pacer: Pacer): Promise<Matrices> {
    const { arena, d, stride } = this.kernels;
    const [moment, factor, columns] = [0, 1, 2].map(() => arena.place(stride * stride * 8)) as [number, number, number];
    const [mean, inverseScale] = [arena.place(stride * 4), arena.place(stride * 4)];
    arena.singles(mean, d).set(this.mean);
    arena.singles(inverseScale, d).set(this.scale.map((value) => 1 / value));
    await this.kernels.eachChunk(d * d, pacer, (from, to) =>
      arena.kernels.moment(from, to, mean, inverseScale, moment),
    );
    return { moment, factor, columns };
  }
}
