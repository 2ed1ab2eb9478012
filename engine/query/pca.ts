import { stream } from '../data/random';
import { symmetricEigen } from '../linear/symmetric-eigen';

export interface PrincipalComponents {
  /** d means. */
  readonly mean: Float64Array;
  /** count × d, unit rows. */
  readonly axes: Float64Array;
  /** Share of the total variance along each. */
  readonly explained: Float64Array;
}

const extra = 6;
const mostRounds = 60;

/**
 * The leading principal components of n × d values, row-major, by subspace iteration on XᵀX with a Rayleigh–Ritz step
 * a round (Halko, Martinsson and Tropp 2011), until the leading variances are steady to 1e-9 of the total. Each axis is
 * turned so that its largest entry is positive.
 */
export function principalComponents(
  values: Float32Array,
  n: number,
  d: number,
  count: number,
  seed: number,
): PrincipalComponents {
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) mean[j]! += values[i * d + j]! / n;
  let [total, size] = [0, 0];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < d; j++) {
      total += (values[i * d + j]! - mean[j]!) ** 2;
      size += values[i * d + j]! ** 2;
    }
  // What is constant leaves only rounding.
  if (total <= 1e-14 * size) total = 0;
  const width = Math.min(d, count + extra);
  const random = stream(seed, 'pca');
  let basis = Float64Array.from({ length: width * d }, () => random.normal());
  let before = 0;
  let variances = new Float64Array(width);
  orthonormalize(basis, width, d);
  for (let round = 0; round < mostRounds; round++) {
    const image = new Float64Array(width * d);
    const gram = new Float64Array(width * width);
    const row = new Float64Array(d);
    const along = new Float64Array(width);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < d; j++) row[j] = values[i * d + j]! - mean[j]!;
      for (let a = 0; a < width; a++) {
        let sum = 0;
        for (let j = 0; j < d; j++) sum += row[j]! * basis[a * d + j]!;
        along[a] = sum;
      }
      for (let a = 0; a < width; a++) {
        for (let b = 0; b <= a; b++) gram[a * width + b]! += along[a]! * along[b]!;
        const scale = along[a]!;
        for (let j = 0; j < d; j++) image[a * d + j]! += scale * row[j]!;
      }
    }
    const { values: found, vectors } = symmetricEigen(gram, width);
    variances = Float64Array.from(found);
    const leading = variances.subarray(0, count).reduce((a, b) => a + b, 0);
    const steady = total === 0 || Math.abs(leading - before) <= 1e-9 * total;
    before = leading;
    basis = combine(vectors, steady || round === mostRounds - 1 ? basis : image, width, d);
    if (steady) break;
    orthonormalize(basis, width, d);
  }
  const kept = Math.min(count, width);
  for (let a = 0; a < kept; a++) turn(basis.subarray(a * d, (a + 1) * d));
  return {
    mean,
    axes: basis.slice(0, kept * d),
    explained: Float64Array.from({ length: kept }, (_, a) => (total > 0 ? Math.max(0, variances[a]!) / total : 0)),
  };
}

/** n × d values on the components: n × count. */
export function projectOn(
  { mean, axes }: PrincipalComponents,
  values: Float32Array,
  n: number,
  d: number,
): Float32Array {
  const count = axes.length / d;
  const result = new Float32Array(n * count);
  for (let i = 0; i < n; i++)
    for (let a = 0; a < count; a++) {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += (values[i * d + j]! - mean[j]!) * axes[a * d + j]!;
      result[i * count + a] = sum;
    }
  return result;
}

/** Rows of `weights` (width × width) times rows of `rows` (width × d). */
function combine(weights: Float64Array, rows: Float64Array, width: number, d: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(width * d);
  for (let a = 0; a < width; a++)
    for (let b = 0; b < width; b++) {
      const weight = weights[a * width + b]!;
      for (let j = 0; j < d; j++) result[a * d + j]! += weight * rows[b * d + j]!;
    }
  return result;
}

/** Gram–Schmidt, twice, on rows; a row that depends on those before becomes 0. */
function orthonormalize(rows: Float64Array, width: number, d: number): void {
  for (let a = 0; a < width; a++) {
    const row = rows.subarray(a * d, (a + 1) * d);
    const length = norm(row);
    for (let pass = 0; pass < 2; pass++)
      for (let b = 0; b < a; b++) {
        const other = rows.subarray(b * d, (b + 1) * d);
        let dot = 0;
        for (let j = 0; j < d; j++) dot += row[j]! * other[j]!;
        for (let j = 0; j < d; j++) row[j]! -= dot * other[j]!;
      }
    const left = norm(row);
    if (left <= 1e-10 * length) row.fill(0);
    else for (let j = 0; j < d; j++) row[j]! /= left;
  }
}

function norm(row: Float64Array): number {
  let sum = 0;
  for (const value of row) sum += value * value;
  return Math.sqrt(sum);
}

function turn(axis: Float64Array): void {
  let largest = 0;
  for (const value of axis) if (Math.abs(value) > Math.abs(largest)) largest = value;
  if (largest < 0) for (let j = 0; j < axis.length; j++) axis[j] = -axis[j]!;
}
