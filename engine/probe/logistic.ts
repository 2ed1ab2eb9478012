import { UserError } from '../errors';
import type { LinearHead } from './head';
import { NewtonSolver } from './newton';
import { Pacer } from './pacer';
import type { FeatureMatrix } from './standardize';

export interface LogisticProblem extends FeatureMatrix {
  /** Class of each row; rows with −1 are left out. */
  readonly labels: Int32Array;
  readonly classes: number;
  /** Length d: the penalty is on scale · W, as if each feature had been divided by its scale. By default ones. */
  readonly scale?: Float64Array;
}

export interface LogisticFit extends LinearHead {
  /** ½‖scale · W‖² + C Σ log-loss at the solution. */
  readonly objective: number;
  /** Euclidean norm of the objective's gradient by scale · W and by the bias of centred features. */
  readonly gradientNorm: number;
  /** Newton steps. */
  readonly iterations: number;
  readonly converged: boolean;
}

/** The bias of a class that has no training sample: it is never predicted, and its probability is exactly zero. */
export const absentBias = -1e4;

/**
 * ℓ2-penalised multinomial logistic regression, min over W, b of ½‖scale · W‖² + C Σ_i −log softmax(W x_i + b)[y_i]:
 * scikit-learn's convention (penalty="l2", multi_class="multinomial"), bias not penalised. One solver prepares its
 * data once and solves for many values of C.
 *
 * The mean of the features changes nothing, since the bias is free, so standardising is a matter of `scale` alone, and
 * the weights belong to the features as they are given.
 */
export class LogisticSolver {
  private readonly d: number;
  private readonly classes: number;
  private readonly scale: Float64Array;
  /** Classes with at least one row, ascending. */
  private readonly present: readonly number[];
  private readonly newton: NewtonSolver;

  /** Throws UserError where fewer than two classes have rows, or a feature is not a number. */
  constructor(problem: LogisticProblem) {
    const { features, n, d, labels, classes } = problem;
    if (features.length !== n * d || labels.length !== n)
      throw new RangeError(`Expected ${n} × ${d} features and ${n} labels.`);
    const rows: number[] = [];
    const counts = new Array<number>(classes).fill(0);
    labels.forEach((label, i) => {
      if (label < 0) return;
      if (label >= classes) throw new RangeError(`Label ${label} of row ${i} is not below ${classes}.`);
      counts[label]!++;
      rows.push(i);
    });
    this.present = counts.flatMap((count, k) => (count > 0 ? [k] : []));
    if (this.present.length < 2) {
      const found = rows.length === 0 ? 'no labelled sample' : 'samples of one class only';
      throw new UserError(
        'probe-classes',
        `A linear head needs training samples of at least two classes, and there are ${found}; check the labels of the source domain.`,
      );
    }
    const X = rows.length === n ? features : new Float32Array(rows.length * d);
    if (X !== features) rows.forEach((row, i) => X.set(features.subarray(row * d, (row + 1) * d), i * d));
    const bad = X.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new UserError(
        'probe-values',
        `Feature ${bad % d} of sample ${rows[Math.floor(bad / d)]} is ${X[bad]}; check the data, or train again with a smaller learning rate.`,
      );
    }
    const index = new Int32Array(classes).fill(-1);
    this.present.forEach((k, position) => (index[k] = position));
    this.d = d;
    this.classes = classes;
    this.scale = problem.scale ?? new Float64Array(d).fill(1);
    this.newton = new NewtonSolver(
      X,
      Int32Array.from(rows, (row) => index[labels[row]!]!),
      this.present.length,
      this.scale,
    );
  }

  /**
   * Solves for one C, from `initial` where given. `tolerance` bounds the estimated relative distance of the objective
   * from its minimum. Throws Cancelled.
   */
  async solve(
    C: number,
    options: { initial?: LinearHead; tolerance?: number; signal?: AbortSignal } = {},
  ): Promise<LogisticFit> {
    const { present, d, classes } = this;
    const initial = options.initial && {
      weights: gather(options.initial.weights, present, d),
      bias: gather(options.initial.bias, present, 1),
    };
    const result = await this.newton.solve(C, initial, options.tolerance ?? 1e-9, new Pacer(options.signal));
    const weights = new Float64Array(classes * d);
    const bias = new Float64Array(classes).fill(absentBias);
    present.forEach((k, i) => {
      weights.set(result.weights.subarray(i * d, (i + 1) * d), k * d);
      bias[k] = result.bias[i]!;
    });
    return { ...result, weights, bias };
  }
}

function gather(values: Float64Array, rows: readonly number[], width: number): Float64Array {
  const out = new Float64Array(rows.length * width);
  rows.forEach((row, i) => out.set(values.subarray(row * width, (row + 1) * width), i * width));
  return out;
}

/** One problem solved for one C; see `LogisticSolver`. */
export async function fitLogistic(
  problem: LogisticProblem & { C: number; initial?: LinearHead; tolerance?: number; signal?: AbortSignal },
): Promise<LogisticFit> {
  return new LogisticSolver(problem).solve(problem.C, problem);
}
