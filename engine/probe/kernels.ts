import { Arena, padded } from './arena';
import type { Pacer } from './pacer';

export interface KernelProblem {
  /** n × d, row-major. */
  readonly X: Float32Array;
  /** Class of each row, below `classes`. */
  readonly labels: Int32Array;
  readonly d: number;
  readonly classes: number;
  /** Subtracted from each feature as the rows are stored. */
  readonly shift: Float32Array;
}

/** The log-loss's sum at a point, and for each class Σ (p − y) and Σ p (1 − p). */
export interface Loss {
  readonly loss: number;
  readonly residuals: Float64Array;
  readonly curvatures: Float64Array;
}

/**
 * The rows of a logistic regression in WebAssembly's memory and the passes over them. Matrices of class vectors are
 * classes × d, row-major, in double precision here. Loss and gradient are computed in double precision, products with
 * the Hessian in single.
 */
export class LogisticKernels {
  readonly arena = new Arena();
  readonly n: number;
  readonly d: number;
  readonly classes: number;
  /** Features of a stored row, and stored classes: padded with zeros. */
  readonly stride: number;
  readonly stored: number;
  private readonly weights: number;
  private readonly bias: number;
  private readonly gradient: number;
  private readonly sums: number;
  private readonly direction: number;
  private readonly directionBias: number;
  private readonly product: number;
  private readonly productBias: number;

  constructor({ X, labels, d, classes, shift }: KernelProblem) {
    const { arena } = this;
    const n = (this.n = labels.length);
    const stride = (this.stride = padded(d, 16));
    const stored = (this.stored = padded(classes, 2));
    this.d = d;
    this.classes = classes;
    const rows = padded(n, 4);
    const x = arena.place(rows * stride * 4);
    const labelsAt = arena.place(rows * 4);
    const probabilities = arena.place(rows * stored * 4);
    const scratch = arena.place(Math.max(64 * stride * 4, 32 * stored * 8));
    const vectors = stored * stride;
    this.weights = arena.place(vectors * 8);
    this.bias = arena.place(stored * 8);
    this.gradient = arena.place(vectors * 8);
    this.sums = arena.place(2 * stored * 8);
    this.direction = arena.place(vectors * 4);
    this.directionBias = arena.place(stored * 4);
    this.product = arena.place(vectors * 4);
    this.productBias = arena.place(stored * 8);
    const target = arena.singles(x, rows * stride);
    for (let i = 0; i < n; i++)
      for (let j = 0, from = i * d, to = i * stride; j < d; j++, from++, to++) target[to] = X[from]! - shift[j]!;
    arena.integers(labelsAt, n).set(labels);
    arena.kernels.setProblem(n, stride, stored, classes, x, labelsAt, probabilities, scratch);
  }

  /** Loss at a point, its gradient by the weights into `gradient`. Keeps the probabilities for `curve`. */
  async evaluate(weights: Float64Array, bias: Float64Array, gradient: Float64Array, pacer: Pacer): Promise<Loss> {
    const { arena, classes, stored, stride } = this;
    this.store(weights, arena.doubles(this.weights, stored * stride));
    arena.doubles(this.bias, classes).set(bias);
    arena.doubles(this.gradient, stored * stride).fill(0);
    arena.doubles(this.sums, 2 * stored).fill(0);
    let loss = 0;
    await this.eachChunk(8 * this.d * classes, pacer, (from, to) => {
      loss += arena.kernels.evaluate(from, to, this.weights, this.bias, this.gradient, this.sums);
    });
    this.read(arena.doubles(this.gradient, stored * stride), gradient);
    const sums = arena.doubles(this.sums, 2 * stored);
    return { loss, residuals: sums.slice(0, classes), curvatures: sums.slice(stored, stored + classes) };
  }

  /** The log-loss's Hessian at the last evaluated point times a direction, into `product`; returns its bias part. */
  async curve(direction: Float64Array, bias: Float64Array, product: Float64Array, pacer: Pacer): Promise<Float64Array> {
    const { arena, classes, stored, stride } = this;
    this.store(direction, arena.singles(this.direction, stored * stride));
    arena.singles(this.directionBias, classes).set(bias);
    arena.singles(this.product, stored * stride).fill(0);
    arena.doubles(this.productBias, stored).fill(0);
    await this.eachChunk(4 * this.d * classes, pacer, (from, to) =>
      arena.kernels.curve(from, to, this.direction, this.directionBias, this.product, this.productBias),
    );
    this.read(arena.singles(this.product, stored * stride), product);
    return arena.doubles(this.productBias, classes).slice();
  }

  /** Puts the class vectors where the kernels expect them. */
  store(vectors: Float64Array, target: Float32Array | Float64Array): void {
    const { d, classes, stride } = this;
    for (let k = 0; k < classes; k++) target.set(vectors.subarray(k * d, (k + 1) * d), k * stride);
  }

  read(source: Float32Array | Float64Array, vectors: Float64Array): void {
    const { d, classes, stride } = this;
    for (let k = 0; k < classes; k++) vectors.set(source.subarray(k * stride, k * stride + d), k * d);
  }

  /** Runs over all rows in parts of about `chunk` operations, a row costing `work` of them. */
  async eachChunk(work: number, pacer: Pacer, run: (from: number, to: number) => void): Promise<void> {
    const rows = padded(Math.ceil(chunk / work), 64);
    for (let from = 0; from < this.n; from += rows) {
      if (pacer.due()) await pacer.pause();
      run(from, Math.min(this.n, from + rows));
    }
  }
}

/** About ten milliseconds. */
const chunk = 1e8;
