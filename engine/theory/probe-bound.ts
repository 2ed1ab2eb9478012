import { Matrix } from 'ml-matrix';
import { adjacencySpectrum, normalizedAdjacency, type ExplicitGraph } from './spectral-loss';

export interface ProbeBound {
  /** Φ = Pr[y(x) ≠ y(x⁺)] over positive pairs. */
  readonly disagreement: number;
  /** gᵀ(I − Ā)g with g = √w ⊙ y; equals 2Φ. */
  readonly dirichletForm: number;
  /** ‖g − V_k V_kᵀ g‖²: what the k leading eigenvectors do not hold of the labels. */
  readonly residual: number;
  /** 2Φ / (1 − λ_{k+1}), which the residual never exceeds; Infinity when λ_{k+1} = 1. */
  readonly bound: number;
  /** Weighted 0–1 error of the least-squares probe on V_k, at most the residual; the best probe's is no larger. */
  readonly error: number;
}

/**
 * When a linear probe on the k leading eigenvectors of Ā works (HaoChen et al. 2021, theorem 3.8's argument for two
 * classes). `y` holds ±1 for each node; k < n.
 */
export function probeBound(graph: ExplicitGraph, y: readonly number[], k: number): ProbeBound {
  const { weights, nodeWeights } = graph;
  const n = nodeWeights.length;
  if (y.length !== n) throw new RangeError(`Expected ${n} labels, got ${y.length}.`);
  if (k < 1 || k >= n) throw new RangeError(`k must be between 1 and ${n - 1}, not ${k}.`);
  let disagreement = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (y[i] !== y[j]) disagreement += weights.get(i, j);
  const g = Matrix.columnVector(y.map((label, i) => label * Math.sqrt(nodeWeights[i]!)));
  const dirichletForm = g.dot(g) - g.dot(normalizedAdjacency(graph).mmul(g));
  const { values, vectors } = adjacencySpectrum(graph);
  const leading = vectors.subMatrix(0, n - 1, 0, k - 1);
  const projected = leading.mmul(leading.transpose().mmul(g));
  const residual = Matrix.sub(g, projected).norm('frobenius') ** 2;
  let error = 0;
  for (let i = 0; i < n; i++) if (!(projected.get(i, 0) * y[i]! > 0)) error += nodeWeights[i]!;
  const gap = 1 - values[k]!;
  return { disagreement, dirichletForm, residual, bound: gap > 1e-12 ? (2 * disagreement) / gap : Infinity, error };
}
