import { UserError } from '../../errors';

export interface RowScale {
  /** Mean row, d values. */
  readonly mean: Float32Array;
  /** Factor from the rows' units to those of rounded rows. */
  readonly scale: number;
  /** Norm, in rounded units, that a rounded row is shortened to. */
  readonly limit: number;
}

/** Rounded rows are below 2^15 in norm: 32-bit sums of products cannot overflow. */
const roundedNorm = 32_700;

/**
 * How to round n × d rows to 16 bits. The longest centred row fills the range; where a few rows are far longer than
 * the rest, the range is that of the rest (eight times the median norm) and those few are shortened: their rounded
 * distances are wrong, which `exact` forbids.
 */
export function chooseScale(values: Float32Array, n: number, d: number, exact: boolean): RowScale {
  const sums = new Float64Array(d);
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) sums[j]! += values[at]!;
  const mean = Float32Array.from(sums, (sum) => sum / n);
  if (!sums.every(Number.isFinite)) refuse(Math.floor(values.findIndex((value) => !Number.isFinite(value)) / d));
  const norms = new Float64Array(n);
  for (let i = 0, at = 0; i < n; i++) {
    let squares = 0;
    for (let j = 0; j < d; j++, at++) squares += (values[at]! - mean[j]!) ** 2;
    norms[i] = Math.sqrt(squares);
  }
  norms.sort();
  const longest = norms[n - 1]!;
  const usual = 8 * norms[n >> 1]!;
  const reach = exact || usual === 0 ? longest : Math.min(longest, usual);
  return { mean, scale: reach > 0 ? roundedNorm / reach : 1, limit: roundedNorm };
}

function refuse(row: number): never {
  throw new UserError(
    'knn-values',
    `Row ${row} holds a value that is not a finite number; neighbours need finite values.`,
  );
}
