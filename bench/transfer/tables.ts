import type { Figure } from '../../engine/run/format';
import type { BenchFigure } from '../support/contract';
import { meanOf, type StudyRun } from './studies';

/** Where a figure was measured: from the study's own source to its target, or the other way round. */
export type Direction = 'own' | 'back';

type Where = { method: string; direction: Direction; shift?: Figure['shift'] };

/** One value a run. */
export function valuesOf(runs: readonly StudyRun[], id: string, { method, direction, shift }: Where): number[] {
  return runs.flatMap(({ figures }) =>
    figures
      .filter(
        (figure) =>
          figure.id === id &&
          figure.method === method &&
          figure.shift === shift &&
          (figure.source !== undefined) === (direction === 'back'),
      )
      .slice(0, 1)
      .map(({ value }) => value),
  );
}

export function targetAccuracy(runs: readonly StudyRun[], method: string, direction: Direction): number {
  return meanOf(valuesOf(runs, 'transfer.accuracy', { method, direction, shift: 'OOD' })).mean;
}

/** For every method, both directions: accuracy on source and target, and how well domains and classes are told apart. */
export function methodFigures(
  runs: readonly StudyRun[],
  names: Readonly<Record<Direction, string>>,
  directions: readonly Direction[] = ['own', 'back'],
): BenchFigure[] {
  const methods = [
    ...new Set(runs[0]!.figures.filter(({ id }) => id === 'transfer.accuracy').map(({ method }) => method!)),
  ];
  return directions.flatMap((direction) =>
    methods.flatMap((method) => {
      const one = (what: string, id: string, better: BenchFigure['better'], shift?: Figure['shift']): BenchFigure[] => {
        const values = valuesOf(runs, id, { method, direction, shift });
        if (values.length === 0) return [];
        const { mean, half } = meanOf(values);
        const interval = half === undefined ? '' : ` ± ${half.toFixed(4)}`;
        const seeds = `${values.length} seed${values.length === 1 ? '' : 's'}`;
        return [
          {
            name: `${names[direction]}, ${method}: ${what} (${seeds})${interval}`,
            value: mean,
            unit: 'fraction',
            better,
          },
        ];
      };
      return [
        ...one('source accuracy', 'transfer.accuracy', 'higher', 'ID'),
        ...one('target accuracy', 'transfer.accuracy', 'higher', 'OOD'),
        ...one('error in telling domains apart', 'transfer.domain-error', 'lower'),
        ...one('error in telling classes apart', 'transfer.class-error', 'lower'),
      ];
    }),
  );
}
