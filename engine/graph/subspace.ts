import { symmetricEigen } from '../linear/symmetric-eigen';

export interface SubspaceComparison {
  /** Dimensions that were compared. */
  readonly k: number;
  /** Cosines of the principal angles, descending. */
  readonly cosines: readonly number[];
  /** Principal angles in radians, ascending. */
  readonly angles: readonly number[];
  /** Σ_i λ_i ‖P v_i‖² / Σ_i λ_i: the share of the exact spectrum that the learned subspace holds. */
  readonly explained: number;
}

/**
 * Principal angles between the spans of two n × k matrices of orthonormal columns (each the first k of its own count
 * of columns, row-major), and what the learned one holds of the exact one's spectrum. A minimiser of the loss spans the
 * leading eigenvectors up to an orthogonal matrix (HaoChen et al. 2021), so spans are compared, never entries. Angles
 * below about 1e-4 are rounding.
 */
export function compareSubspaces(
  learned: Float32Array,
  learnedCount: number,
  exact: Float32Array,
  exactCount: number,
  exactValues: ArrayLike<number>,
  n: number,
  k: number,
): SubspaceComparison {
  const overlap = new Float64Array(k * k);
  for (let x = 0; x < n; x++) {
    for (let i = 0; i < k; i++) {
      const value = learned[x * learnedCount + i]!;
      for (let j = 0; j < k; j++) overlap[i * k + j]! += value * exact[x * exactCount + j]!;
    }
  }
  const gram = new Float64Array(k * k);
  for (let i = 0; i < k; i++)
    for (let j = 0; j < k; j++)
      for (let t = 0; t < k; t++) gram[i * k + j]! += overlap[t * k + i]! * overlap[t * k + j]!;
  const cosines = [...symmetricEigen(gram, k, 0).values].map((square) => Math.sqrt(Math.min(1, Math.max(0, square))));
  let [held, total] = [0, 0];
  for (let j = 0; j < k; j++) {
    total += exactValues[j]!;
    held += exactValues[j]! * gram[j * k + j]!;
  }
  return { k, cosines, angles: cosines.map(Math.acos), explained: total > 0 ? Math.min(1, held / total) : 0 };
}
