import { LogisticKernels } from './kernels';
import type { Pacer } from './pacer';
import { Preconditioner } from './preconditioner';
import { addScaled, dot } from './vectors';

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
 * nearly independent.
 *
 * The objective's Hessian is at least the identity by the weights, so ½‖∂u‖² bounds the distance of the objective from
 * its minimum as soon as the bias is settled; the preconditioned norm ½ gᵀM⁻¹g estimates it much closer.
 */
export class NewtonSolver {
  private readonly kernels: LogisticKernels;
  private readonly d: number;
  /** Of the features as the kernels hold them, and what was subtracted before. */
  private readonly mean: Float64Array;
  private readonly shift: Float32Array;
  private readonly preconditioner: Preconditioner;

  constructor(
    X: Float32Array,
    private readonly labels: Int32Array,
    private readonly classes: number,
    private readonly scale: Float64Array,
  ) {
    const n = labels.length;
    const d = (this.d = scale.length);
    const mean = new Float64Array(d);
    for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) mean[j]! += X[at]!;
    for (let j = 0; j < d; j++) mean[j]! /= n;
    const squares = new Float64Array(d);
    for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) squares[j]! += (X[at]! - mean[j]!) ** 2;
    // Far from zero, singles would lose what distinguishes the rows; there the subtraction is exact (Sterbenz).
    this.shift = Float32Array.from(mean, (value, j) => (Math.abs(value) > 16 * Math.sqrt(squares[j]! / n) ? value : 0));
    this.mean = mean.map((value, j) => value - this.shift[j]!);
    this.kernels = new LogisticKernels({ X, labels, d, classes, shift: this.shift });
    const diagonal = squares.map((sum, j) => sum / scale[j]! ** 2);
    this.preconditioner = new Preconditioner(this.kernels, this.mean, scale, diagonal);
  }

  async solve(C: number, initial: Point | undefined, tolerance: number, pacer: Pacer): Promise<NewtonResult> {
    const { d, classes } = this;
    let point = initial ? this.inner(initial) : this.start();
    let at = await this.evaluate(C, point, pacer);
    let iterations = 0;
    let converged = false;
    for (; ; iterations++) {
      await this.preconditioner.prepare(at.curvature, pacer);
      const gap = 0.5 * dot(at.gradient, this.preconditioner.apply(at.gradient));
      converged = gap <= tolerance * at.objective;
      if (converged || iterations === largestSteps) break;
      const step = await this.direction(C, at, tolerance, pacer);
      const moved = await this.search(C, point, at, step, pacer);
      // No step improves: what is left is rounding.
      if (!moved) {
        converged = gap <= 1e-10 * at.objective;
        break;
      }
      [point, at] = moved;
    }
    const gradientNorm = Math.sqrt(dot(at.gradient, at.gradient));
    const { weights, bias } = this.outer(point);
    for (let k = 0; k < classes; k++) for (let j = 0; j < d; j++) bias[k]! -= weights[k * d + j]! * this.shift[j]!;
    // The bias is free up to a constant.
    const middle = bias.reduce((sum, value) => sum + value, 0) / classes;
    return {
      ...{ weights, bias: bias.map((value) => value - middle) },
      ...{ objective: at.objective, gradientNorm, iterations, converged },
    };
  }

  /** The full step, or the longest of its halves that lowers the objective enough. */
  private async search(
    C: number,
    point: Float64Array,
    at: Evaluation,
    step: Float64Array,
    pacer: Pacer,
  ): Promise<[Float64Array, Evaluation] | undefined> {
    const slope = dot(at.gradient, step);
    for (let length = 1; length > 1e-8; length /= 2) {
      const candidate = point.slice();
      addScaled(candidate, length, step);
      const there = await this.evaluate(C, candidate, pacer);
      if (there.objective <= at.objective + 1e-4 * length * slope) return [candidate, there];
    }
    return undefined;
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
    const { d, classes, scale, mean, shift } = this;
    const point = new Float64Array(classes * (d + 1));
    for (let k = 0; k < classes; k++) {
      let moved = 0;
      for (let j = 0; j < d; j++) {
        const weight = weights[k * d + j]!;
        point[k * d + j] = weight * scale[j]!;
        moved += weight * (mean[j]! + shift[j]!);
      }
      point[classes * d + k] = bias[k]! + moved;
    }
    return point;
  }

  /** Weights and bias for features as the kernels hold them. */
  private outer(point: Float64Array): Point {
    const { d, classes, scale, mean } = this;
    const weights = new Float64Array(classes * d);
    const bias = point.slice(classes * d);
    for (let k = 0; k < classes; k++) {
      let moved = 0;
      for (let j = 0, i = k * d; j < d; j++, i++) {
        const weight = (weights[i] = point[i]! / scale[j]!);
        moved += weight * mean[j]!;
      }
      bias[k]! -= moved;
    }
    return { weights, bias };
  }

  private async evaluate(C: number, point: Float64Array, pacer: Pacer): Promise<Evaluation> {
    const size = this.classes * this.d;
    const { weights, bias } = this.outer(point);
    const gradient = new Float64Array(size + this.classes);
    const { loss, residuals, curvatures } = await this.kernels.evaluate(weights, bias, gradient, pacer);
    let penalty = 0;
    for (let i = 0; i < size; i++) penalty += point[i]! ** 2;
    this.pullBack(C, gradient, residuals, point);
    return { objective: penalty / 2 + C * loss, gradient, curvature: curvatures.map((value) => C * value) };
  }

  /** From sums over rows to the objective's: centred, scaled, times C, and the penalty's part. In place. */
  private pullBack(C: number, sums: Float64Array, byBias: Float64Array, point: Float64Array): void {
    const { d, classes, scale, mean } = this;
    for (let k = 0; k < classes; k++) {
      for (let j = 0, i = k * d; j < d; j++, i++)
        sums[i] = (C * (sums[i]! - mean[j]! * byBias[k]!)) / scale[j]! + point[i]!;
      sums[classes * d + k] = C * byBias[k]!;
    }
  }

  /** The objective's Hessian at the last evaluated point, times a direction. */
  private async curve(C: number, direction: Float64Array, pacer: Pacer): Promise<Float64Array> {
    const { weights, bias } = this.outer(direction);
    const product = new Float64Array(direction.length);
    const byBias = await this.kernels.curve(weights, bias, product, pacer);
    this.pullBack(C, product, byBias, direction);
    return product;
  }

  /** Conjugate gradients for H step = −gradient, until a tenth of it is left or it no longer matters. */
  private async direction(C: number, at: Evaluation, tolerance: number, pacer: Pacer): Promise<Float64Array> {
    const step = new Float64Array(at.gradient.length);
    const residual = at.gradient.map((value) => -value);
    let z = this.preconditioner.apply(residual);
    let p = z;
    let rho = dot(residual, z);
    const enough = Math.max(0.01 * rho, 0.2 * tolerance * at.objective);
    const learned: [Float64Array, Float64Array][] = [];
    for (let round = 0; rho > enough && round < 500; round++) {
      const product = await this.curve(C, p, pacer);
      const length = rho / dot(p, product);
      addScaled(step, length, p);
      addScaled(residual, -length, product);
      learned.push([p, product]);
      z = this.preconditioner.apply(residual);
      const next = dot(residual, z);
      addScaled(z, next / rho, p);
      p = z;
      rho = next;
    }
    for (const [s, y] of learned) this.preconditioner.learn(s, y);
    return step;
  }
}
