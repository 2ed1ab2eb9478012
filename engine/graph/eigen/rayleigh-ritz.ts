import { symmetricEigen } from '../../linear/symmetric-eigen';

export interface RitzPairs {
  /** Ritz values, descending. */
  readonly values: Float64Array;
  /** m × m, row-major: the first `rank` columns combine the block's vectors to unit Ritz vectors, the rest are zero. */
  readonly combination: Float64Array;
  /** How many independent directions the block has. */
  readonly rank: number;
}

/**
 * A column of which less than this (of its squared length) is new beside the columns before it is noise: the block is
 * in single precision, and a direction made of cancellation gives false Ritz values.
 */
const independence = 3e-6;

/**
 * A column of which less than this is new lies so near the ones before it that the rounding of Ā's image in single
 * precision shows in the Ritz vectors of all.
 */
const distinct = 1e-3;

/**
 * What makes a block's columns orthonormal, in their order, from overlap = YᵀY (m × m, row-major): the first `rank`
 * columns of an m × m matrix. Undefined where Rayleigh–Ritz may take them as they are.
 */
export function orthogonalization(overlap: Float64Array, m: number): Float64Array | undefined {
  const scales = scalesOf(overlap, m);
  const { factor, kept } = orderedCholesky(overlap, scales, m);
  const rank = kept.length;
  if (kept.every((_, i) => factor[i * rank + i]! ** 2 >= distinct)) return undefined;
  const inverse = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i++) inverse[i * rank + i] = 1;
  solveBackward(factor, inverse, rank);
  return spread(inverse, kept, scales, m);
}

/**
 * Rayleigh–Ritz on a block of m vectors Y that need not be orthogonal: overlap = YᵀY and image = YᵀĀY (m × m,
 * row-major, both triangles). The columns are made orthogonal in their order, by a Cholesky factor: the first ones
 * stay what they are, however close to them the later ones have come. Columns without length are left out.
 */
export function rayleighRitz(overlap: Float64Array, image: Float64Array, m: number): RitzPairs {
  const scales = scalesOf(overlap, m);
  const { factor, kept } = orderedCholesky(overlap, scales, m);
  const rank = kept.length;
  // reduced = L⁻¹ image L⁻ᵀ: forward substitution on the columns, then on the rows.
  const reduced = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i++) {
    const [a, scale] = [kept[i]! * m, scales[kept[i]!]!];
    for (let j = 0; j < rank; j++) reduced[i * rank + j] = image[a + kept[j]!]! * scale * scales[kept[j]!]!;
  }
  solveForward(factor, reduced, rank);
  transpose(reduced, rank);
  solveForward(factor, reduced, rank);
  const { values, vectors } = symmetricEigen(reduced, rank);
  // Row i of `vectors` becomes L⁻ᵀ vᵢ.
  transpose(vectors, rank);
  solveBackward(factor, vectors, rank);
  return { values, combination: spread(vectors, kept, scales, m), rank };
}

/** One over each column's length; 0 for columns without one. */
function scalesOf(overlap: Float64Array, m: number): Float64Array {
  return Float64Array.from({ length: m }, (_, i) => {
    const square = overlap[i * m + i]!;
    return square > 0 && square < Infinity ? 1 / Math.sqrt(square) : 0;
  });
}

/** Combinations of the kept, scaled columns (rank × rank, row-major) as combinations of the block's m columns. */
function spread(combinations: Float64Array, kept: readonly number[], scales: Float64Array, m: number): Float64Array {
  const rank = kept.length;
  const whole = new Float64Array(m * m);
  for (let i = 0; i < rank; i++) {
    const to = kept[i]! * m;
    for (let j = 0; j < rank; j++) whole[to + j] = combinations[i * rank + j]! * scales[kept[i]!]!;
  }
  return whole;
}

/** L (rank × rank, row-major) with L Lᵀ = the scaled overlap of the columns that are kept. */
function orderedCholesky(overlap: Float64Array, scales: Float64Array, m: number) {
  const rows: Float64Array[] = [];
  const kept: number[] = [];
  for (let j = 0; j < m; j++) {
    if (scales[j] === 0) continue;
    const row = new Float64Array(kept.length + 1);
    let left = 1;
    for (let i = 0; i < kept.length; i++) {
      const before = rows[i]!;
      let sum = overlap[j * m + kept[i]!]! * scales[j]! * scales[kept[i]!]!;
      for (let t = 0; t < i; t++) sum -= row[t]! * before[t]!;
      row[i] = sum / before[i]!;
      left -= row[i]! ** 2;
    }
    if (!(left > independence)) continue;
    row[kept.length] = Math.sqrt(left);
    rows.push(row);
    kept.push(j);
  }
  const rank = kept.length;
  const factor = new Float64Array(rank * rank);
  rows.forEach((row, i) => factor.set(row, i * rank));
  return { factor, kept };
}

/** matrix ← L⁻¹ matrix */
function solveForward(factor: Float64Array, matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const row = matrix.subarray(i * n, (i + 1) * n);
    for (let t = 0; t < i; t++) subtract(row, matrix, t * n, factor[i * n + t]!);
    const scale = 1 / factor[i * n + i]!;
    for (let j = 0; j < n; j++) row[j]! *= scale;
  }
}

/** matrix ← L⁻ᵀ matrix */
function solveBackward(factor: Float64Array, matrix: Float64Array, n: number): void {
  for (let i = n - 1; i >= 0; i--) {
    const row = matrix.subarray(i * n, (i + 1) * n);
    for (let t = i + 1; t < n; t++) subtract(row, matrix, t * n, factor[t * n + i]!);
    const scale = 1 / factor[i * n + i]!;
    for (let j = 0; j < n; j++) row[j]! *= scale;
  }
}

/** row −= by · matrix[from …] */
function subtract(row: Float64Array, matrix: Float64Array, from: number, by: number): void {
  for (let j = 0, at = from; j < row.length; j++, at++) row[j]! -= by * matrix[at]!;
}

function transpose(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const swap = matrix[i * n + j]!;
      matrix[i * n + j] = matrix[j * n + i]!;
      matrix[j * n + i] = swap;
    }
}
