import type { StageOutput } from '../run/stage';
import { leastSquaresError, probeBounds, tightest, type BoundInput } from './probe-bound';
import type { SubspaceComparison } from './subspace';

type Figures = StageOutput['figures'];
type Part = StageOutput;

/** JSON has no infinity. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The probe bound at its tightest k beside the error of the least-squares probe there. */
export function describeProbeBound(input: BoundInput, meaning: string): Part {
  const bounds = probeBounds(input);
  const best = tightest(bounds);
  if (!best) return { figures: [], details: {} };
  const error = leastSquaresError(input, best.k);
  const figure = (name: string, label: string, value: number, unit: Figures[number]['unit']): Figures[number] => ({
    ...{ id: `spectrum.${name}`, label, value, unit, better: 'lower' as const },
  });
  return {
    figures: [
      figure('disagreement', 'Label disagreement of positive pairs Φ', input.disagreement, 'fraction'),
      { ...figure('probe-gap', '1 − λₖ₊₁ at the tightest bound', best.gap, 'eigenvalue'), better: 'higher' },
      ...(Number.isFinite(best.bound)
        ? [figure('probe-bound', 'Bound on the linear probe error 2Φ/(1 − λₖ₊₁)', best.bound, 'value')]
        : []),
      figure('probe-error', 'Error of the linear probe on k eigenvectors', error, 'fraction'),
    ],
    details: {
      probeBound: {
        meaning,
        disagreement: input.disagreement,
        k: best.k,
        gap: best.gap,
        bound: finite(best.bound),
        error,
        answer: answerOf(best.bound, error),
        each: bounds.map(({ k, gap, residual, bound }) => ({ k, gap, residual, bound: finite(bound) })),
      },
    },
  };
}

/** Will a linear head solve the task? */
function answerOf(bound: number, error: number): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  if (bound < 0.5)
    return `Yes, as the theory guarantees: a linear head errs on at most ${percent(bound)} (measured: ${percent(error)}).`;
  const measured = error < 0.1 ? 'a linear head solves it all the same' : 'a linear head does not solve it well';
  return `The theory guarantees nothing here (its bound is ${Number.isFinite(bound) ? percent(bound) : 'infinite'}); measured, ${measured}: it errs on ${percent(error)}.`;
}

export function describeSubspace(comparison: SubspaceComparison, learnedFrom: string): Part {
  const { k, angles, explained } = comparison;
  const worst = angles.at(-1) ?? 0;
  return {
    figures: [
      {
        id: 'spectrum.explained',
        label: 'Exact spectrum held by the representation',
        value: explained,
        unit: 'fraction',
        better: 'higher',
      },
      {
        id: 'spectrum.largest-angle',
        label: 'Largest principal angle to the exact subspace (radians)',
        value: worst,
        unit: 'value',
        better: 'lower',
      },
    ],
    details: { subspace: { learnedFrom, k, angles, cosines: comparison.cosines, explained } },
  };
}
