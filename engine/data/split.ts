import { Split } from './dataset';
import { stream } from './random';
import { freeSplit } from './source';

/** In the splits of a domain: the sample is left out by `limit`. */
export const leftOut = 254;

export interface SplitRequest {
  readonly seed: number;
  /** Name of the domain: each domain draws from its own random stream. */
  readonly domain: string;
  /** Class of each sample, −1 for none (a class of its own here). */
  readonly labels: Int32Array;
  /** For each sample a value of `Split` that is fixed, or `freeSplit`. */
  readonly fixed: Uint8Array;
  /** Share of the training samples that is kept for validation. */
  readonly validation: number;
  /** Share of all samples that is kept for measuring. */
  readonly test: number;
  /** At most this many training samples, those for validation included. */
  readonly limit?: number;
}

/**
 * Draws the splits of one domain, stratified by class: first the test set, then at most `limit` of what is left, then
 * the validation set as a share of that. Where any sample is fixed as test (or validation), no other becomes one.
 * Every class keeps a training sample if it has a free one. A larger limit keeps what a smaller one kept.
 * Returns a value of `Split` or `leftOut` for each sample.
 */
export function drawSplits({ seed, domain, labels, fixed, validation, test, limit }: SplitRequest): Uint8Array {
  const splits = Uint8Array.from(fixed);
  const strata = new Map<number, number[]>();
  labels.forEach((label, row) => {
    if (fixed[row] !== freeSplit) return;
    const rows = strata.get(label);
    if (rows) rows.push(row);
    else strata.set(label, [row]);
  });
  let pools = [...strata]
    .sort(([a], [b]) => a - b)
    .map(([label, rows]) => stream(seed, 'split', domain, label).shuffle(rows));

  const assign = (counts: number[], split: number): void => {
    pools.forEach((rows, i) => rows.slice(0, counts[i]).forEach((row) => (splits[row] = split)));
    pools = pools.map((rows, i) => rows.slice(counts[i]));
  };
  const keepOne = (counts: number[]): number[] => counts.map((count, i) => Math.min(count, pools[i]!.length - 1));
  const sizes = (): number[] => pools.map((rows) => rows.length);

  if (!fixed.includes(Split.test)) assign(keepOne(shares(sizes(), test)), Split.test);
  const left = pools.reduce((sum, rows) => sum + rows.length, 0);
  if (limit !== undefined && limit < left) {
    const kept = shares(sizes(), limit / left, limit);
    pools.forEach((rows, i) => rows.slice(kept[i]).forEach((row) => (splits[row] = leftOut)));
    pools = pools.map((rows, i) => rows.slice(0, kept[i]));
  }
  if (!fixed.includes(Split.validation)) {
    // From the end of each pool, so that what a smaller limit trains on, a larger one does not validate with.
    pools = pools.map((rows) => rows.toReversed());
    assign(keepOne(shares(sizes(), validation)), Split.validation);
  }
  assign(sizes(), Split.train);
  return splits;
}

/**
 * A share of each size, whole numbers: the total is rounded once and the remainders go to the largest fractions, so
 * that many small classes together lose nothing.
 */
export function shares(sizes: readonly number[], share: number, total?: number): number[] {
  const exact = sizes.map((size) => size * share);
  const counts = exact.map(Math.floor);
  const wanted = total ?? Math.round(exact.reduce((a, b) => a + b, 0));
  const order = exact
    .map((value, i) => ({ i, rest: value - Math.floor(value) }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i);
  let missing = wanted - counts.reduce((a, b) => a + b, 0);
  for (const { i } of order) {
    if (missing <= 0) break;
    if (counts[i]! >= sizes[i]!) continue;
    counts[i]!++;
    missing--;
  }
  return counts;
}
