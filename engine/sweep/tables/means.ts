import type { Figure } from '../../run/format';
import { meanInterval, type Interval } from './student';

/** A figure's mean over seeds. */
export interface MeanFigure extends Omit<Figure, 'value' | 'samples'>, Interval {}

/** Identity of a figure across runs. */
export function figureKey({
  stage,
  id,
  method,
  source,
  domain,
  shift,
}: Pick<Figure, 'stage' | 'id' | 'method' | 'source' | 'domain' | 'shift'>): string {
  return [stage, id, method ?? '', source ?? '', domain ?? '', shift ?? ''].join('\0');
}

/** Every figure's mean over runs, with Student's 95 % interval; values that are no numbers are left out. */
export function meanFigures(runs: readonly (readonly Figure[])[]): MeanFigure[] {
  const values = new Map<string, { figure: Figure; values: number[] }>();
  for (const figure of runs.flat()) {
    if (!Number.isFinite(figure.value)) continue;
    const key = figureKey(figure);
    const known = values.get(key);
    if (known) known.values.push(figure.value);
    else values.set(key, { figure, values: [figure.value] });
  }
  return [...values.values()].map(({ figure, values: all }) => {
    const { value: _, samples: __, ...rest } = figure;
    return { ...rest, ...meanInterval(all) };
  });
}

/** The same of differences between figures that belong together: those of one run less those of another. */
export function meanDifferences(
  pairs: readonly (readonly [of: readonly Figure[], less: readonly Figure[]])[],
): MeanFigure[] {
  return meanFigures(
    pairs.map(([of, less]) => {
      const others = new Map(less.map((figure) => [figureKey(figure), figure.value]));
      return of.map((figure) => ({ ...figure, value: figure.value - (others.get(figureKey(figure)) ?? NaN) }));
    }),
  );
}
