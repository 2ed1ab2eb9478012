import { Matrix } from 'ml-matrix';
import { explicitGraph, type ExplicitGraph } from './spectral-loss';

/**
 * Positive-pair graph of finite augmentation sets: w_xx' = E_x̄[A(x|x̄) A(x'|x̄)] (HaoChen et al. 2021, §3.1).
 * `augmentation` is naturals × augmented samples; row x̄ holds the probabilities A(·|x̄). Naturals are uniform unless
 * their probabilities are given. Ā of the result is positive semidefinite with largest eigenvalue 1, whose
 * multiplicity is the number of connected components.
 */
export function positivePairGraph(augmentation: Matrix, naturals?: readonly number[]): ExplicitGraph {
  const prior = naturals ?? Array.from({ length: augmentation.rows }, () => 1 / augmentation.rows);
  if (prior.length !== augmentation.rows)
    throw new RangeError(`Expected ${augmentation.rows} probabilities of natural samples, got ${prior.length}.`);
  augmentation.sum('row').forEach((sum, row) => {
    if (Math.abs(sum - 1) > 1e-9)
      throw new RangeError(`The probabilities of natural sample ${row}'s augmentations sum to ${sum}, not 1.`);
  });
  return explicitGraph(augmentation.transpose().mmul(augmentation.clone().mulColumnVector([...prior])));
}

/** Row x̄ spread evenly over its set of augmented samples (indices below `count`). */
export function uniformAugmentation(sets: readonly (readonly number[])[], count: number): Matrix {
  const matrix = Matrix.zeros(sets.length, count);
  sets.forEach((set, row) => {
    if (set.length === 0) throw new RangeError(`Natural sample ${row} has no augmentations.`);
    for (const x of set) matrix.set(row, x, matrix.get(row, x) + 1 / set.length);
  });
  return matrix;
}
