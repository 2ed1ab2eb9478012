import { UserError } from '../errors';
import { choose, type Choice } from './choice';
import { accuracy, hits, predict, type LinearHead } from './head';
import { LogisticSolver, type LogisticFit } from './logistic';
import { standardize, type FeatureMatrix, type Standardization, type StandardizationKind } from './standardize';

export interface LabelledFeatures extends FeatureMatrix {
  /** Class of each row, −1 where there is none. */
  readonly labels: Int32Array;
}

export interface PathPoint {
  readonly C: number;
  readonly validationAccuracy: number;
  /** ½‖W‖² + C Σ log-loss on the standardised training features. */
  readonly objective: number;
  readonly gradientNorm: number;
  readonly iterations: number;
  readonly converged: boolean;
}

export interface FittedHead extends LinearHead {
  readonly C: number;
  readonly validationAccuracy: number;
  /** The C that the choice 'simplest' takes. */
  readonly simplestC: number;
  /** What the penalty was measured in; weights and bias belong to features as they are given. */
  readonly standardization: Standardization;
  /** One for each C, ascending. */
  readonly path: readonly PathPoint[];
}

export interface FitHeadOptions {
  readonly train: LabelledFeatures;
  /** Of the training distribution: by their predictions of these a head is chosen, a smaller C being the simpler. */
  readonly validation: LabelledFeatures;
  readonly classes: number;
  readonly Cs: readonly number[];
  /** By default 'best'. */
  readonly choice?: Choice;
  /** By default one mean and deviation for all features, as published. */
  readonly standardization?: StandardizationKind;
  /** Relative distance of the objective from its minimum. */
  readonly tolerance?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, total: number) => void;
}

/** NumPy's logspace(from, to, count): values from 10^from to 10^to, evenly spaced in their logarithm. */
export function logspace(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => 10 ** (count === 1 ? from : from + ((to - from) * i) / (count - 1)));
}

/**
 * The linear probe of Kumar et al. 2022: ℓ2 logistic regression on standardised training features for each C, the C
 * chosen on validation samples of the training distribution, weights mapped back to the features as they are given.
 * Each solution starts the next. Throws UserError, Cancelled.
 */
export async function fitHead(options: FitHeadOptions): Promise<FittedHead> {
  const { train, validation, classes, signal } = options;
  const Cs = [...options.Cs].sort((a, b) => a - b);
  if (Cs.length === 0 || !(Cs[0]! > 0)) throw new RangeError('Every C must be positive, and there must be one.');
  if (!validation.labels.some((label) => label >= 0)) {
    throw new UserError(
      'probe-validation',
      'There is no labelled validation sample to choose the regularisation on; raise data.split.validation.',
    );
  }
  const labelled = keepLabelled(train);
  const standardization = standardize(labelled, options.standardization ?? 'scalar');
  const solver = new LogisticSolver({ ...labelled, classes, scale: standardization.scale });
  const path: PathPoint[] = [];
  const before: { logC: number; fit: LogisticFit }[] = [];
  const heads: LinearHead[] = [];
  const right: Uint8Array[] = [];
  for (const [i, C] of Cs.entries()) {
    options.progress?.(i, Cs.length);
    const initial = extrapolate(before, Math.log(C));
    const fit = await solver.solve(C, { initial, tolerance: options.tolerance ?? 1e-7, signal });
    before.push({ logC: Math.log(C), fit });
    if (before.length > 3) before.shift();
    const { objective, gradientNorm, iterations, converged, weights, bias } = fit;
    const predictions = predict(fit, validation);
    const validationAccuracy = accuracy(predictions, validation.labels);
    path.push({ C, validationAccuracy, objective, gradientNorm, iterations, converged });
    heads.push({ weights, bias });
    right.push(hits(predictions, validation.labels));
  }
  options.progress?.(Cs.length, Cs.length);
  const simplest = choose(right, 'simplest');
  const chosen = options.choice === 'simplest' ? simplest : choose(right, 'best');
  const { C, validationAccuracy } = path[chosen]!;
  return { ...heads[chosen]!, C, validationAccuracy, simplestC: path[simplest]!.C, standardization, path };
}

function keepLabelled({ features, n, d, labels }: LabelledFeatures): LabelledFeatures {
  const rows = [...labels.keys()].filter((i) => labels[i]! >= 0);
  if (rows.length === n) return { features, n, d, labels };
  const kept = new Float32Array(rows.length * d);
  rows.forEach((row, i) => kept.set(features.subarray(row * d, (row + 1) * d), i * d));
  return { features: kept, n: rows.length, d, labels: Int32Array.from(rows, (row) => labels[row]!) };
}

/** The polynomial in log C through the last solutions, at the next C: the path is smooth in log C. */
function extrapolate(before: readonly { logC: number; fit: LinearHead }[], logC: number): LinearHead | undefined {
  if (before.length === 0 || before.some((point) => point.logC === logC)) return before.at(-1)?.fit;
  const weights = new Float64Array(before[0]!.fit.weights.length);
  const bias = new Float64Array(before[0]!.fit.bias.length);
  before.forEach((point, i) => {
    let factor = 1;
    before.forEach((other, j) => {
      if (j !== i) factor *= (logC - other.logC) / (point.logC - other.logC);
    });
    for (let j = 0; j < weights.length; j++) weights[j]! += factor * point.fit.weights[j]!;
    for (let k = 0; k < bias.length; k++) bias[k]! += factor * point.fit.bias[k]!;
  });
  return { weights, bias };
}
