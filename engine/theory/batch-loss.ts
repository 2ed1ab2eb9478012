export interface BatchLoss {
  /** (positive + negative): the loss, already divided by μ. */
  readonly loss: number;
  /** −2 mean_i z1_i·z2_i / μ */
  readonly positive: number;
  /** Σ_{i≠j} (z1_i·z2_j)² / (n(n−1)) / μ */
  readonly negative: number;
}

/**
 * The spectral contrastive loss on one mini-batch as its authors' program computes it, in double precision: the
 * reference that the trained loss is tested against. z1 and z2 are n × k, row-major, two views of the same samples.
 * A row of norm ≥ √μ is rescaled to norm √μ, shorter ones stay; negatives are cross-view pairs of different samples.
 */
export function batchLoss(z1: ArrayLike<number>, z2: ArrayLike<number>, n: number, k: number, mu: number): BatchLoss {
  if (z1.length !== n * k || z2.length !== n * k) throw new RangeError(`Expected two views of ${n} × ${k} values.`);
  if (n < 2) throw new RangeError('A batch needs at least two samples for negatives.');
  const first = clipNorms(z1, n, k, mu);
  const second = clipNorms(z2, n, k, mu);
  let positive = 0;
  let negative = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let product = 0;
      for (let t = 0; t < k; t++) product += first[i * k + t]! * second[j * k + t]!;
      if (i === j) positive -= (2 * product) / n;
      else negative += (product * product) / (n * (n - 1));
    }
  }
  return { loss: (positive + negative) / mu, positive: positive / mu, negative: negative / mu };
}

function clipNorms(z: ArrayLike<number>, n: number, k: number, mu: number): Float64Array {
  const result = Float64Array.from(z);
  for (let i = 0; i < n; i++) {
    const row = result.subarray(i * k, i * k + k);
    const norm = Math.hypot(...row);
    if (norm < Math.sqrt(mu)) continue;
    for (let t = 0; t < k; t++) row[t]! *= Math.sqrt(mu) / norm;
  }
  return result;
}
