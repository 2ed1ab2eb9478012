import { Matrix } from 'ml-matrix';
import { blockEigenpairs, type Connectivity } from './four-block';

/**
 * Preconditioned feature averaging (HaoChen et al. 2022, "Beyond Separability", algorithm 1):
 * b_i = E_{x∼source}[1{y = i} Σ^{t−1} f(x)] with Σ = E_{x∼all}[f fᵀ]; a sample's score for class i is ⟨f(x), b_i⟩.
 * `f` is n × k, `nodeWeights` the n sampling probabilities, `sourceClass` the class of each source node and −1
 * elsewhere. Returns n × classes scores. With k = n and a minimiser of the loss, score_i(x) is
 * Pr[a t-step walk from x ends in source class i] / w(source).
 */
export function preconditionedFeatureAveraging(
  f: Matrix,
  nodeWeights: readonly number[],
  sourceClass: readonly number[],
  classes: number,
  steps: number,
): Matrix {
  if (!Number.isInteger(steps) || steps < 1) throw new RangeError(`Steps must be a positive integer, not ${steps}.`);
  const sourceWeight = nodeWeights.reduce((sum, w, x) => sum + (sourceClass[x]! >= 0 ? w : 0), 0);
  if (!(sourceWeight > 0)) throw new RangeError('There are no source samples.');
  let heads = Matrix.zeros(f.columns, classes);
  sourceClass.forEach((label, x) => {
    if (label < 0) return;
    for (let j = 0; j < f.columns; j++)
      heads.set(j, label, heads.get(j, label) + (nodeWeights[x]! / sourceWeight) * f.get(x, j));
  });
  const second = f.transpose().mmul(f.clone().mulColumnVector([...nodeWeights]));
  for (let step = 1; step < steps; step++) heads = second.mmul(heads);
  return f.mmul(heads);
}

/**
 * Half the score of a target sample's own class minus that of the other one, on the four-block graph with the full
 * representation: (λ_c^t − λ_x^t) / 2, eigenvalues divided by s.
 */
export function fourBlockAveragingMargin(connectivity: Connectivity, steps: number): number {
  const value = (name: string) => blockEigenpairs(connectivity).find((pair) => pair.name === name)!.value;
  return (value('class') ** steps - value('xor') ** steps) / 2;
}
