import type { CsrGraph } from './csr';

export interface BoundInput {
  /** n × count, row-major: leading unit eigenvectors of Ā (or of the operator). */
  readonly vectors: Float32Array;
  readonly count: number;
  /** Descending; at least one more than `count` gives a bound for the last k too. */
  readonly eigenvalues: ArrayLike<number>;
  /** Sampling probability of each node, total 1. */
  readonly nodeWeights: Float64Array;
  /** Class of each node, all of them labelled. */
  readonly labels: Int32Array;
  readonly classes: number;
  /** Φ, by `disagreement` or by the operator's quadratic form. */
  readonly disagreement: number;
}

export interface BoundAt {
  readonly k: number;
  /** 1 − λ_{k+1}. */
  readonly gap: number;
  /** Σ_c ‖g_c − V_k V_kᵀ g_c‖²: what the k leading eigenvectors do not hold of the labels. */
  readonly residual: number;
  /** 2Φ / (1 − λ_{k+1}), Infinity where the gap is 0. */
  readonly bound: number;
}

/**
 * Φ = Pr[y(x) ≠ y(x⁺)] over positive pairs: the share of a graph's weight that lies between different classes. Labels of
 * all nodes are needed.
 */
export function disagreement({ nodes, starts, columns, values }: CsrGraph, labels: Int32Array): number {
  let [apart, total] = [0, 0];
  for (let i = 0; i < nodes; i++) {
    for (let e = starts[i]!; e < starts[i + 1]!; e++) {
      total += values[e]!;
      if (labels[i] !== labels[columns[e]!]) apart += values[e]!;
    }
  }
  return total > 0 ? apart / total : 0;
}

/**
 * When a linear probe on the k leading eigenvectors works, for each k (HaoChen et al. 2021, theorem 3.8's argument, for
 * any number of classes). With g_c = √w ⊙ 1[y = c]: Σ_c g_cᵀ(I − Ā)g_c = Φ, so the residual is at most Φ/(1 − λ_{k+1}).
 * Where the least-squares probe V_k V_kᵀ g errs, the two scores that it confuses miss their targets by ½ together: its
 * error is at most twice the residual, and so at most 2Φ/(1 − λ_{k+1}).
 */
export function probeBounds(input: BoundInput): BoundAt[] {
  const overlaps = classOverlaps(input);
  const { count, classes, eigenvalues, disagreement: phi } = input;
  let residual = input.nodeWeights.reduce((a, b) => a + b, 0);
  return Array.from({ length: Math.min(count, eigenvalues.length - 1) }, (_, i) => {
    for (let c = 0; c < classes; c++) residual -= overlaps[i * classes + c]! ** 2;
    const gap = 1 - eigenvalues[i + 1]!;
    // Single precision leaves a little of an eigenvalue 1.
    return { k: i + 1, gap, residual: Math.max(0, residual), bound: gap > 1e-7 ? (2 * phi) / gap : Infinity };
  });
}

/** The k with the smallest bound, the smallest k at a tie. */
export function tightest(bounds: readonly BoundAt[]): BoundAt | undefined {
  return bounds.reduce<BoundAt | undefined>((best, at) => (best && best.bound <= at.bound ? best : at), undefined);
}

/** Weighted 0–1 error of the least-squares probe on the k leading eigenvectors: argmax_c (V_k V_kᵀ g_c)(x). */
export function leastSquaresError(input: BoundInput, k: number): number {
  const overlaps = classOverlaps(input);
  const { vectors, count, classes, labels, nodeWeights } = input;
  let error = 0;
  for (let x = 0; x < labels.length; x++) {
    let best = 0;
    let highest = -Infinity;
    for (let c = 0; c < classes; c++) {
      let score = 0;
      for (let i = 0; i < k; i++) score += vectors[x * count + i]! * overlaps[i * classes + c]!;
      if (score > highest) [best, highest] = [c, score];
    }
    // A tie at 0 is an isolated node: nothing is known of it.
    if (best !== labels[x] || highest === 0) error += nodeWeights[x]!;
  }
  return error;
}

/** v_i · g_c, count × classes. */
function classOverlaps({ vectors, count, classes, labels, nodeWeights }: BoundInput): Float64Array {
  const overlaps = new Float64Array(count * classes);
  for (let x = 0; x < labels.length; x++) {
    const root = Math.sqrt(nodeWeights[x]!);
    for (let i = 0; i < count; i++) overlaps[i * classes + labels[x]!]! += vectors[x * count + i]! * root;
  }
  return overlaps;
}
