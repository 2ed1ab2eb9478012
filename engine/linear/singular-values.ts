import { SingularValueDecomposition, Matrix } from 'ml-matrix';

/** Singular values of a rows × columns matrix (row-major), descending. */
export function singularValues(matrix: Float64Array, rows: number, columns: number): number[] {
  if (rows === 0 || columns === 0) return [];
  const options = { computeLeftSingularVectors: false, computeRightSingularVectors: false, autoTranspose: true };
  return new SingularValueDecomposition(Matrix.from1DArray(rows, columns, [...matrix]), options).diagonal;
}
