import { kmeans, type KmeansOptions, type KmeansResult } from './kmeans';

export interface GapSuggestion {
  /** Number of clusters k ≥ 2. */
  readonly count: number;
  /** λ_k − λ_{k+1} there. */
  readonly gap: number;
}

/** λ_k − λ_{k+1}, k counted from 1; with no λ_{k+1} in the list it is taken as 0 (the operator's rank is k). */
export function spectralGap(eigenvalues: ArrayLike<number>, k: number): number {
  if (k < 1 || k > eigenvalues.length) throw new RangeError(`No eigenvalue ${k} among ${eigenvalues.length}.`);
  return eigenvalues[k - 1]! - (eigenvalues[k] ?? 0);
}

/**
 * Number of clusters at the largest eigengap: argmax over 2 ≤ k ≤ limit of λ_k − λ_{k+1}, the smallest k at a tie
 * (von Luxburg 2007, §8.3). `limit` is by default one less than the number of eigenvalues. With `relative` the
 * gap is divided by λ_k.
 */
export function suggestClusters(
  eigenvalues: ArrayLike<number>,
  options: { limit?: number; relative?: boolean } = {},
): GapSuggestion | undefined {
  const limit = Math.min(options.limit ?? Infinity, eigenvalues.length - 1);
  let best: GapSuggestion | undefined;
  for (let count = 2; count <= limit; count++) {
    const value = eigenvalues[count - 1]!;
    if (!(value > 0)) break;
    const gap = spectralGap(eigenvalues, count) / (options.relative ? value : 1);
    if (!best || gap > best.gap) best = { count, gap };
  }
  return best;
}

/**
 * Spectral clustering as Ng, Jordan and Weiss (2001) state it: each sample is its row of the `count` leading
 * eigenvectors, scaled to unit length (a zero row stays zero), and k-means finds the clusters.
 * `eigenvectors` is n × available, row-major, leading eigenvectors first.
 */
export function spectralClusters(
  eigenvectors: Float32Array | Float64Array,
  n: number,
  available: number,
  count: number,
  seed: number,
  options: Omit<KmeansOptions, 'clusters' | 'seed'> = {},
): KmeansResult {
  const used = Math.min(count, available);
  const rows = new Float64Array(n * used);
  for (let x = 0; x < n; x++) {
    let squares = 0;
    for (let i = 0; i < used; i++) squares += eigenvectors[x * available + i]! ** 2;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let i = 0; i < used; i++) rows[x * used + i] = eigenvectors[x * available + i]! * scale;
  }
  return kmeans(rows, n, used, { ...options, clusters: count, seed });
}

/**
 * Correlation ratio η² of each column of n × count values with a grouping: between-group over total sum of squares,
 * in [0, 1]; samples with a negative group are left out. 1: the column is constant in every group. 0 for a column
 * that is constant altogether, which separates nothing.
 */
export function correlationRatios(
  values: Float32Array | Float64Array,
  n: number,
  count: number,
  groups: ArrayLike<number>,
): Float64Array {
  let groupCount = 0;
  for (let x = 0; x < n; x++) groupCount = Math.max(groupCount, groups[x]! + 1);
  const sizes = new Float64Array(groupCount);
  const sums = new Float64Array(groupCount * count);
  const squares = new Float64Array(count);
  const totals = new Float64Array(count);
  let samples = 0;
  for (let x = 0; x < n; x++) {
    const group = groups[x]!;
    if (group < 0) continue;
    samples++;
    sizes[group]!++;
    for (let i = 0; i < count; i++) {
      const value = values[x * count + i]!;
      sums[group * count + i]! += value;
      totals[i]! += value;
      squares[i]! += value * value;
    }
  }
  return Float64Array.from({ length: count }, (_, i) => {
    const common = totals[i]! ** 2 / samples;
    const whole = squares[i]! - common;
    // A constant column leaves only rounding.
    if (!(whole > 1e-9 * squares[i]!)) return 0;
    let between = -common;
    for (let g = 0; g < groupCount; g++) if (sizes[g]! > 0) between += sums[g * count + i]! ** 2 / sizes[g]!;
    return Math.min(1, Math.max(0, between / whole));
  });
}
