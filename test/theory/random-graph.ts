import { Matrix } from 'ml-matrix';
import { stream } from '../../engine/data/random';
import { positivePairGraph } from '../../engine/theory/positive-pair-graph';
import type { ExplicitGraph } from '../../engine/theory/spectral-loss';

/** Positive-pair graph of random augmentation probabilities; sparse ones make disconnected graphs likely. */
export function randomGraph(seed: number, naturals: number, augmented: number, density = 0.6): ExplicitGraph {
  const random = stream(seed, 'random graph');
  const A = new Matrix(naturals, augmented);
  for (let i = 0; i < naturals; i++)
    for (let j = 0; j < augmented; j++) if (random.chance(density)) A.set(i, j, random.next());
  // Each augmented sample must come from somewhere, and each natural one must have some.
  for (let j = 0; j < Math.max(naturals, augmented); j++)
    A.set(j % naturals, j % augmented, A.get(j % naturals, j % augmented) + 0.1 + random.next());
  A.divColumnVector(A.sum('row'));
  const prior = Array.from({ length: naturals }, () => 0.2 + random.next());
  const total = prior.reduce((a, b) => a + b);
  return positivePairGraph(
    A,
    prior.map((p) => p / total),
  );
}

export function randomMatrix(seed: number, rows: number, columns: number): Matrix {
  const random = stream(seed, 'random matrix');
  return new Matrix(Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal())));
}
