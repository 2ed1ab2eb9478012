import { growthRate, type FilterInterval } from './chebyshev';

/** One filter that all of a block went through. */
export interface Filtered {
  readonly interval: FilterInterval;
  readonly degree: number;
}

/** Growth (a logarithm) that lifts a direction hundredfold above the √n others of a random vector. */
export function tellingGrowth(n: number): number {
  return Math.log(200 * Math.sqrt(n));
}

/**
 * By how much a missing eigenvalue could exceed `last` without showing in random vectors that went through the filters
 * of `history`: the least excess, from `margin` on, that has grown by `telling`. Undefined beyond 0.01.
 */
export function resolutionOf(
  history: readonly Filtered[],
  telling: number,
  last: number,
  margin: number,
): number | undefined {
  const growth = (value: number) =>
    history.reduce((sum, { interval, degree }) => sum + degree * growthRate(value, interval), 0);
  let [below, above] = [last, Math.min(1, last + 1e-2)];
  if (!(growth(above) >= telling)) return undefined;
  for (let i = 0; i < 30; i++) {
    const middle = (below + above) / 2;
    if (growth(middle) < telling) below = middle;
    else above = middle;
  }
  return Math.max(margin, above - last);
}
