import type { StageOutput } from '../../run/stage';
import type { Transfer } from '../../theory/four-block';
import type { ClassifierEstimate } from './classifiers';
import { relations, type Cells } from './cells';
import type { ConnectivityEstimate, Interval } from './estimate';

/** JSON has no infinity. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

const relationLabels = {
  rho: 'ρ, same class and domain',
  alpha: 'α, same class across domains',
  beta: 'β, other class in the domain',
  gamma: 'γ, other class across domains',
} as const;

const verdictTexts: Record<Transfer, string> = {
  transfers:
    'By the weights between classes and domains, a linear head fitted on the source carries over to the target.',
  chance: 'By the weights between classes and domains, a linear head fitted on the source is at chance on the target.',
  fails:
    'By the weights between classes and domains, a linear head fitted on the source predicts the wrong classes on the target.',
  undetermined:
    'The weights between classes and domains do not settle whether a linear head carries over to the target.',
};

function intervalDetails(interval: Interval | undefined): unknown {
  return interval && { value: finite(interval.value), low: finite(interval.low), high: finite(interval.high) };
}

/** ρ, α, β, γ with intervals, ratios and the verdict. */
export function describeConnectivity(estimate: ConnectivityEstimate, cells: Cells, weights: string): StageOutput {
  const figures: StageOutput['figures'] = [];
  const samples = cells.rows.reduce((sum, rows) => sum + rows.length, 0);
  const add = (name: string, label: string, interval: Interval | undefined) => {
    if (interval && Number.isFinite(interval.value))
      figures.push({ id: `spectrum.${name}`, label, value: interval.value, unit: 'value', method: 'weights', samples });
  };
  for (const relation of relations)
    add(`connectivity-${relation}`, `Connectivity ${relationLabels[relation]}`, estimate.weights[relation]);
  add('alpha-gamma', 'Connectivity α/γ', estimate.ratios.alphaGamma);
  add('beta-gamma', 'Connectivity β/γ', estimate.ratios.betaGamma);
  const rows = Array.from({ length: cells.count }, (_, a) => [
    ...estimate.matrix.subarray(a * cells.count, (a + 1) * cells.count),
  ]);
  return {
    figures,
    details: {
      connectivity: {
        weights,
        unit: 'Mean weight of a pair of samples, relative to the mean over all pairs of cells.',
        ...Object.fromEntries(relations.map((name) => [name, intervalDetails(estimate.weights[name]) ?? null])),
        alphaGamma: intervalDetails(estimate.ratios.alphaGamma) ?? null,
        betaGamma: intervalDetails(estimate.ratios.betaGamma) ?? null,
        orders: estimate.orders,
        verdict: estimate.verdict,
        ...(estimate.fourBlock && { sentence: verdictTexts[estimate.verdict] }),
        agreement: estimate.agreement,
        fourBlock: estimate.fourBlock ?? null,
        cells: cells.names,
        matrix: rows,
      },
    },
  };
}

export function describeClassifiers({ pairs, errors }: ClassifierEstimate): StageOutput {
  return {
    figures: (['alpha', 'beta', 'gamma'] as const).flatMap((relation) => {
      const interval = errors[relation];
      if (!interval) return [];
      return [
        {
          id: `spectrum.connectivity-${relation}`,
          label: `Connectivity ${relationLabels[relation]}`,
          value: interval.value,
          unit: 'fraction' as const,
          method: 'classifiers',
        },
      ];
    }),
    details: { classifiers: { errors, pairs } },
  };
}
