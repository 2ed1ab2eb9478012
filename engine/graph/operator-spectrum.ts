import type { StoredDataset } from '../data/stored-dataset';
import type { StageContext, StageOutput } from '../run/stage';
import { describeProbeBound } from './analysis';
import { readRepresentation } from './build/space';
import { operatorWeights } from './connectivity/weights';
import type { MeasuredSpectrum } from './measured';
import { operatorSpectrum, type OperatorSpectrum } from './operator';

/** The spectrum of the operator that the study's representation defines. */
export async function operatorStage(
  { study, inputs, report, signal }: StageContext,
  dataset: StoredDataset,
  eigenvectors: number,
): Promise<MeasuredSpectrum> {
  const n = dataset.labels.length;
  const { values, d, space } = await readRepresentation(study.spectrum!.space, n, inputs.represent!, (message) =>
    report.log('warning', message),
  );
  const operator = await operatorSpectrum(values, n, d, eigenvectors, {
    signal,
    progress: (done) => report.progress(done, n, 'Second moment'),
  });
  return {
    operator,
    space,
    parts: [bound(operator, values, d, dataset)],
    weights: {
      meaning: 'f(x)ᵀf(x′), the weights that the representation defines; they may be negative.',
      of: (cells) => operatorWeights(values, d, cells),
    },
  };
}

/** Largest eigenvalues that a trained representation may have. */
const graphLike = [0.5, 1.5] as const;

/**
 * The probe bound on the operator: Φ is its quadratic form Σ_c g_cᵀ(I − K)g_c = 1 − Σ_c ‖mean of the class's part of f‖²,
 * which is the share of positive pairs of two classes where the representation is a minimiser of the loss. K is divided
 * by its largest eigenvalue where that is above 1: then no eigenvalue exceeds 1, which the bound needs. Where that
 * eigenvalue is far from the 1 of a positive-pair graph, the representation stands for none, and there is no bound.
 */
function bound(operator: OperatorSpectrum, values: Float32Array, d: number, dataset: StoredDataset): StageOutput {
  const { labels, classNames } = dataset;
  const n = labels.length;
  if (labels.some((label) => label < 0) || operator.count < 2) return { figures: [], details: {} };
  const largest = operator.eigenvalues[0]!;
  if (largest < graphLike[0] || largest > graphLike[1]) {
    const reason =
      `The largest eigenvalue is ${largest.toPrecision(3)}, far from the 1 of a positive-pair graph: the representation was not trained ` +
      'to stand for one. Choose spectrum.graph "neighbours" for a bound on the linear probe.';
    return { figures: [], details: { probeBound: { reason } } };
  }
  const scale = Math.max(1, largest);
  const sums = new Float64Array(classNames.length * d);
  for (let x = 0; x < n; x++) for (let j = 0; j < d; j++) sums[labels[x]! * d + j]! += values[x * d + j]!;
  const held = sums.reduce((total, sum) => total + (sum / n) ** 2, 0) / scale;
  return describeProbeBound(
    {
      vectors: operator.eigenvectors,
      count: operator.count,
      eigenvalues: operator.eigenvalues.map((value) => value / scale),
      nodeWeights: new Float64Array(n).fill(1 / n),
      labels,
      classes: classNames.length,
      disagreement: Math.max(0, 1 - held),
    },
    'On the operator K: Φ = Σ_c g_cᵀ(I − K)g_c, what positive pairs disagree by where the representation minimises the loss.' +
      (scale > 1 ? ` K is divided by its largest eigenvalue ${scale.toPrecision(4)}.` : ''),
  );
}
