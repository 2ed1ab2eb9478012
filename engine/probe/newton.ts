import { factorize, solve as solveFactored } from './cholesky';
import { LogisticKernels } from './kernels';
import type { Pacer } from './pacer';

interface Point {
  /** classes × d, for features as they are given. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

export interface NewtonResult extends Point {
  readonly objective: number;
  readonly gradientNorm: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** Value and slope of the objective at a point, in the solver's own coordinates. */
interface Evaluation {
  readonly objective: number;
  /** classes · d entries by the weights, then classes by the bias. */
  readonly gradient: Float64Array;
  /** C Σ p (1 − p) of each class: the curvature along its bias. */
  readonly curvature: Float64Array;
}

const largestSteps = 100;

/**
 * Newton's method for multinomial logistic regression with conjugate gradients inside (Lin, Weng, Keerthi 2008).
 * It works on u = scale · W and on the bias of centred features, x̃ = (x − mean)/scale, which makes bias and weights
 * nearly independent. Directions are preconditioned by (I + κ C Σ x̃ x̃ᵀ)⁻¹, κ the mean curvature of the softmax.
 *
 * The objective's Hessian is at least the identity by the weights, so ½‖∂u‖² bounds the distance of the objective from
 * its minimum as soon as the bias is settled; the preconditioned norm ½ gᵀM⁻¹g estimates it much closer.
 */
export class NewtonSolver {
  private readonly kernels: LogisticKernels;
  private readonly n: number;
  private readonly d: number;
  private readonly mean: Float64Array;
  /** Σ x̃ x̃ᵀ, its lower part; computed at first use. */
  private gram: Float64Array | undefined;

  constructor(
    private readonly X: Float32Array,
    private readonly labels: Int32Array,
    private readonly classes: number,
    private readonly scale: Float64Array,
  ) {
    this.n = labels.length;
    this.d = scale.length;
    this.kernels = new LogisticKernels(X, labels, this.n, this.d, classes);
    this.mean = new Float64Array(this.d);
    for (let i = 0, at = 0; i < this.n; i++) for (let j = 0; j < this.d; j++, at++) this.mean[j]! += X[at]!;
    for (let j = 0; j < this.d; j++) this.mean[j]! /= this.n;
  }

  async solve(C: number, initial: Point | undefined, tolerance: number, pacer: Pacer): Promise<NewtonResult> {
    const { d, classes } = this;
    const size = classes * d;
    let point = initial ? this.inner(initial) : this.start();
    let at = await this.evaluate(C, point, pacer);
    let iterations = 0;
    let converged = false;
    for (; ; iterations++) {
      const precondition = await this.preconditioner(C, at.curvature, pacer);
      const gap = 0.5 * dot(at.gradient, precondition(at.gradient));
      converged = gap <= tolerance * at.objective;
      if (converged || iterations === largestSteps) break;
      const step = await this.direction(C, at, precondition, tolerance, pacer);
      const slope = dot(at.gradient, step);
      let moved: Float64Array | undefined;
      for (let length = 1; length > 1e-8; length /= 2) {
        const candidate = point.map((value, i) => value + length * step[i]!);
        const there = await this.evaluate(C, candidate, pacer);
        if (there.objective <= at.objective + 1e-4 * length * slope) {
          moved = candidate;
          at = there;
          break;
        }
      }
      // No step improves: what is left is rounding.
      if (!moved) {
        converged = gap <= 1e-10 * at.objective;
        break;
      }
      point = moved;
    }
    const gradientNorm = Math.sqrt(dot(at.gradient, at.gradient));
    const { weights, bias } = this.outer(point.subarray(0, size), point.subarray(size));
    return { weights, bias, objective: at.objective, gradientNorm, iterations, converged };
  }

  /** Weights zero, bias the log-frequencies: the solution for C → 0. */
  private start(): Float64Array {
    const point = new Float64Array(this.classes * (this.d + 1));
    const counts = new Float64Array(this.classes);
    for (const label of this.labels) counts[label]!++;
    point.set(counts.map(Math.log), this.classes * this.d);
    return point;
  }

  private inner({ weights, bias }: Point): Float64Array {
    const { d, classes, scale, mean } = this;
    const point = new Float64Array(classes * (d + 1));
    for (let k = 0; k < classes; k++) {
      let shift = 0;
      for (let j = 0; j < d; j++) {
        const weight = weights[k * d + j]!;
        point[k * d + j] = weight * scale[j]!;
        shift += weight * mean[j]!;
      }
      point[classes * d + k] = bias[k]! + shift;
    }
    return point;
  }

  /** Weights and bias for features as they are given; the bias is free up to a constant, its mean becomes zero. */
  private outer(u: Float64Array, centred: Float64Array): Point {
    const { d, classes, scale, mean } = this;
    const weights = new Float64Array(classes * d);
    const bias = new Float64Array(classes);
    for (let k = 0; k < classes; k++) {
      let shift = 0;
      for (let j = 0; j < d; j++) {
        const weight = (weights[k * d + j] = u[k * d + j]! / scale[j]!);
        shift += weight * mean[j]!;
      }
      bias[k] = centred[k]! - shift;
    }
    const middle = bias.reduce((sum, value) => sum + value, 0) / classes;
    return { weights, bias: bias.map((value) => value - middle) };
  }

  private async evaluate(C: number, point: Float64Array, pacer: Pacer): Promise<Evaluation> {
    const { d, classes } = this;
    const size = classes * d;
    const { weights, bias } = this.outer(point.subarray(0, size), point.subarray(size));
    const gradient = new Float64Array(size + classes);
    const byBias = gradient.subarray(size);
    const curvature = new Float64Array(classes);
    let loss = 0;
    await this.eachChunk(pacer, (from, to) => {
      loss += this.kernels.evaluate(from, to, weights, bias, gradient, byBias, curvature);
    });
    let penalty = 0;
    for (let i = 0; i < size; i++) penalty += point[i]! ** 2;
    this.pullBack(C, gradient, point);
    return { objective: penalty / 2 + C * loss, gradient, curvature: curvature.map((value) => C * value) };
  }

  /** From sums over rows to the objective's: centred, scaled, times C, and the penalty's part. In place. */
  private pullBack(C: number, sums: Float64Array, point: Float64Array): void {
    const { d, classes, scale, mean } = this;
    for (let k = 0; k < classes; k++) {
      const byBias = sums[classes * d + k]!;
      for (let j = 0, i = k * d; j < d; j++, i++)
        sums[i] = (C * (sums[i]! - mean[j]! * byBias)) / scale[j]! + point[i]!;
      sums[classes * d + k] = C * byBias;
    }
  }

  /** The objective's Hessian at the last evaluated point, times a direction. */
  private async curve(C: number, direction: Float64Array, pacer: Pacer): Promise<Float64Array> {
    const size = this.classes * this.d;
    const { weights, bias } = this.outer(direction.subarray(0, size), direction.subarray(size));
    const product = new Float64Array(direction.length);
    await this.eachChunk(pacer, (from, to) =>
      this.kernels.curve(from, to, weights, bias, product, product.subarray(size)),
    );
    this.pullBack(C, product, direction);
    return product;
  }

  /** Conjugate gradients for H step = −gradient, until a tenth of it is left or it no longer matters. */
  private async direction(
    C: number,
    at: Evaluation,
    precondition: (vector: Float64Array) => Float64Array,
    tolerance: number,
    pacer: Pacer,
  ): Promise<Float64Array> {
    const step = new Float64Array(at.gradient.length);
    const residual = at.gradient.map((value) => -value);
    let z = precondition(residual);
    let p = z;
    let rho = dot(residual, z);
    const enough = Math.max(0.01 * rho, 0.2 * tolerance * at.objective);
    for (let round = 0; rho > enough && round < 500; round++) {
      const product = await this.curve(C, p, pacer);
      const length = rho / dot(p, product);
      for (let i = 0; i < step.length; i++) {
        step[i]! += length * p[i]!;
        residual[i]! -= length * product[i]!;
      }
      z = precondition(residual);
      const next = dot(residual, z);
      const factor = next / rho;
      p = z.map((value, i) => value + factor * p[i]!);
      rho = next;
    }
    return step;
  }

  private async preconditioner(
    C: number,
    curvature: Float64Array,
    pacer: Pacer,
  ): Promise<(vector: Float64Array) => Float64Array> {
    const { d, n, classes } = this;
    this.gram ??= await this.secondMoment(pacer);
    const floor = C * n * 1e-12;
    const byBias = curvature.map((value) => Math.max(value, floor));
    // Softmax curvature acts on directions that sum to zero over the classes: (classes − 1) of them.
    const kappa = curvature.reduce((sum, value) => sum + value, 0) / (n * (classes - 1));
    const L = this.gram.map((value) => value * kappa);
    for (let j = 0; j < d; j++) L[j * d + j]! += 1;
    factorize(L, d);
    if (pacer.due()) await pacer.pause();
    return (vector) => {
      const out = vector.slice();
      solveFactored(L, d, out, classes);
      for (let k = 0; k < classes; k++) out[classes * d + k]! /= byBias[k]!;
      return out;
    };
  }

  /** Σ x̃ x̃ᵀ over the rows, lower part, d × d. */
  private async secondMoment(pacer: Pacer): Promise<Float64Array> {
    const { X, n, d, scale, mean } = this;
    const gram = new Float64Array(d * d);
    const block = new Float64Array(4 * d);
    for (let from = 0; from < n; from += 4) {
      if (pacer.due()) await pacer.pause();
      block.fill(0);
      for (let r = 0; r < Math.min(4, n - from); r++)
        for (let j = 0; j < d; j++) block[r * d + j] = (X[(from + r) * d + j]! - mean[j]!) / scale[j]!;
      for (let i = 0; i < d; i++) {
        const [a, b, c, e] = [block[i]!, block[d + i]!, block[2 * d + i]!, block[3 * d + i]!];
        for (let j = 0, to = i * d; j <= i; j++, to++)
          gram[to]! += a * block[j]! + b * block[d + j]! + c * block[2 * d + j]! + e * block[3 * d + j]!;
      }
    }
    return gram;
  }

  private async eachChunk(pacer: Pacer, work: (from: number, to: number) => void): Promise<void> {
    const rows = Math.max(4, 4 * Math.floor(2e6 / (4 * this.d * this.classes)));
    for (let from = 0; from < this.n; from += rows) {
      if (pacer.due()) await pacer.pause();
      work(from, Math.min(this.n, from + rows));
    }
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
