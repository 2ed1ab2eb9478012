/** The lowest eigenvalue that a filter must stay stable at: rounding can put it a little below −1. */
export const lowest = -1.000001;

/** The interval that a filter damps; what lies above `cut` grows. */
export interface FilterInterval {
  readonly low: number;
  readonly cut: number;
}

/**
 * Growth a step at eigenvalue λ: the Chebyshev polynomial of degree d on the interval has about e^{d·rate}/2 there;
 * 0 inside the interval.
 */
export function growthRate(value: number, { low, cut }: FilterInterval): number {
  const t = (2 * value - low - cut) / (cut - low);
  return t > 1 ? Math.log(t + Math.sqrt(t * t - 1)) : 0;
}

/** The eigenvalue above the interval whose growth rate is `rate`. */
export function valueOfRate(rate: number, { low, cut }: FilterInterval): number {
  return (low + cut) / 2 + (Math.cosh(rate) * (cut - low)) / 2;
}

/**
 * The interval with another cut, where `last` is the smallest value that a filtered block shows: an eigenvalue below the
 * interval grows too, and seeing one means that the bound was too high.
 */
export function cutAt({ low }: FilterInterval, cut: number, last: number): FilterInterval {
  const bound = last < low ? Math.max(lowest, last - 0.02) : low;
  return { low: bound, cut: Math.max(cut, bound + 1e-3) };
}

/** Smallest even number not below x, at least 2. */
export function evenDegree(x: number): number {
  return Math.max(2, 2 * Math.ceil(x / 2));
}
