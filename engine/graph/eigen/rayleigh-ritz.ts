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
 * Directions of the block whose squared length (columns scaled to 1) is below this are noise: the block is in single
 * precision, and a direction made of cancellation gives false Ritz values.
 */
const independence = 1e-4;

/**
 * Rayleigh–Ritz on a block of m vectors Y that need not be orthogonal: overlap = YᵀY and image = YᵀĀY (m × m,
 * row-major, both triangles). Columns without length are left out.
 */
export function rayleighRitz(overlap: Float64Array, image: Float64Array, m: number): RitzPairs {
  const scales = Float64Array.from({ length: m }, (_, i) => {
    const square = overlap[i * m + i]!;
    return square > 0 && square < Infinity ? 1 / Math.sqrt(square) : 0;
  });
  const scaled = (matrix: Float64Array) => {
    const result = new Float64Array(m * m);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < m; j++) result[i * m + j] = matrix[i * m + j]! * scales[i]! * scales[j]!;
    return result;
  };
  const { values: lengths, vectors: directions } = symmetricEigen(scaled(overlap), m);
  let rank = 0;
  while (rank < m && lengths[rank]! > independence) rank++;
  // Orthonormal basis: rows directions[i] / √lengths[i].
  const basis = directions.subarray(0, rank * m);
  for (let i = 0; i < rank; i++) {
    const scale = 1 / Math.sqrt(lengths[i]!);
    for (let j = 0; j < m; j++) basis[i * m + j]! *= scale;
  }
  const reduced = productTransposed(product(basis, scaled(image), rank, m, m), basis, rank, rank, m);
  const { values, vectors } = symmetricEigen(reduced, rank);
  const rows = product(vectors, basis, rank, rank, m);
  const combination = new Float64Array(m * m);
  for (let i = 0; i < rank; i++) for (let j = 0; j < m; j++) combination[j * m + i] = rows[i * m + j]! * scales[j]!;
  return { values, combination, rank };
}

/** a (rows × inner) · b (inner × columns) */
function product(a: Float64Array, b: Float64Array, rows: number, inner: number, columns: number): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const to = result.subarray(i * columns, (i + 1) * columns);
    for (let t = 0; t < inner; t++) {
      const factor = a[i * inner + t]!;
      if (factor === 0) continue;
      for (let j = 0, from = t * columns; j < columns; j++, from++) to[j]! += factor * b[from]!;
    }
  }
  return result;
}

/** a (rows × inner) · bᵀ with b (columns × inner) */
function productTransposed(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  columns: number,
  inner: number,
): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let t = 0, x = i * inner, y = j * inner; t < inner; t++, x++, y++) sum += a[x]! * b[y]!;
      result[i * columns + j] = sum;
    }
  return result;
}
