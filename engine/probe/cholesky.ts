/** Lower Cholesky factor of a symmetric positive definite d × d matrix (row-major, its lower part is read), in place. */
export function factorize(matrix: Float64Array, d: number): void {
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * d + j]!;
      for (let k = 0, a = i * d, b = j * d; k < j; k++, a++, b++) sum -= matrix[a]! * matrix[b]!;
      if (i > j) matrix[i * d + j] = sum / matrix[j * d + j]!;
      else if (sum > 0) matrix[i * d + i] = Math.sqrt(sum);
      else throw new RangeError('The matrix is not positive definite.');
    }
  }
}

/** Solves L Lᵀ x = b for each of `count` right sides of length d, in place. */
export function solve(L: Float64Array, d: number, right: Float64Array, count: number): void {
  for (let c = 0; c < count; c++) {
    const at = c * d;
    for (let i = 0; i < d; i++) {
      let sum = right[at + i]!;
      for (let j = 0, l = i * d; j < i; j++, l++) sum -= L[l]! * right[at + j]!;
      right[at + i] = sum / L[i * d + i]!;
    }
    for (let i = d - 1; i >= 0; i--) {
      const value = (right[at + i]! /= L[i * d + i]!);
      for (let j = 0, l = i * d; j < i; j++, l++) right[at + j]! -= L[l]! * value;
    }
  }
}
