import { crossMoment } from '../linear/cross-moment';
import { accuracy, type LabelledFeatures, type LinearHead, predict } from '../probe';

export interface AveragingHead {
  readonly steps: number;
  readonly head: LinearHead;
  /** Of the samples that the number of steps is chosen on. */
  readonly validationAccuracy: number;
}

/**
 * Heads of preconditioned feature averaging (HaoChen et al. 2022): with Σ = E f fᵀ over `all` rows, the head of class i
 * after t steps is E_source[1{y = i} Σ^(t−1) f]. Each is divided by a common factor, which changes no prediction.
 * @param source labelled samples
 * @param validation labelled samples of the source
 * @param steps the values of t, each at least 1
 */
export function averagingHeads(
  all: Pick<LabelledFeatures, 'features' | 'n' | 'd'>,
  source: LabelledFeatures,
  validation: LabelledFeatures,
  classes: number,
  steps: readonly number[],
): AveragingHead[] {
  const { d } = source;
  const second = crossMoment(all.features, all.features, all.n);
  let weights = new Float64Array(classes * d);
  for (let i = 0; i < source.n; i++) {
    const label = source.labels[i]!;
    if (label < 0) continue;
    for (let j = 0; j < d; j++) weights[label * d + j]! += source.features[i * d + j]!;
  }
  const heads: AveragingHead[] = [];
  for (let t = 1; t <= Math.max(...steps); t++) {
    if (t > 1) weights = applied(second, weights, d);
    const largest = weights.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // Powers of Σ would leave the range of numbers; a common factor changes no prediction.
    if (largest > 0) weights = weights.map((value) => value / largest);
    if (!steps.includes(t)) continue;
    const head = { weights, bias: new Float64Array(classes) };
    heads.push({ steps: t, head, validationAccuracy: accuracy(predict(head, validation), validation.labels) });
  }
  return heads;
}

/** Each class's vector times Σ, d × d and symmetric. */
function applied(second: Float64Array, weights: Float64Array, d: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(weights.length);
  for (let start = 0; start < weights.length; start += d)
    for (let i = 0; i < d; i++) {
      const value = weights[start + i]!;
      if (value === 0) continue;
      for (let j = 0; j < d; j++) out[start + j]! += value * second[i * d + j]!;
    }
  return out;
}

/** The most accurate on validation, of equals the fewest steps. */
export function bestAveraging(heads: readonly AveragingHead[]): AveragingHead {
  return heads.reduce((best, head) => (head.validationAccuracy > best.validationAccuracy ? head : best));
}
