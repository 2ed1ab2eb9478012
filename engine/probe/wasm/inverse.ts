// The inverse of a symmetric positive definite matrix by Cholesky's factorisation, in steps over ranges of rows so that
// the caller can give way between them. Matrices are d rows of `stride` f64, stride a multiple of 16.

import { multiplyAdd64 } from '../../linear/wasm/multiply-add';

/** Σ a[i] b[i] over [from, to), both rows 16-byte aligned. */
function dot(a: usize, b: usize, from: i32, to: i32): f64 {
  let sum: f64 = 0;
  let i = from;
  if (i < to && (i & 1) != 0) {
    sum = load<f64>(a + ((<usize>i) << 3)) * load<f64>(b + ((<usize>i) << 3));
    i++;
  }
  let s0 = f64x2.splat(0),
    s1 = f64x2.splat(0),
    s2 = f64x2.splat(0),
    s3 = f64x2.splat(0);
  for (; i + 8 <= to; i += 8) {
    const x = a + ((<usize>i) << 3);
    const y = b + ((<usize>i) << 3);
    s0 = multiplyAdd64(v128.load(x), v128.load(y), s0);
    s1 = multiplyAdd64(v128.load(x, 16), v128.load(y, 16), s1);
    s2 = multiplyAdd64(v128.load(x, 32), v128.load(y, 32), s2);
    s3 = multiplyAdd64(v128.load(x, 48), v128.load(y, 48), s3);
  }
  s0 = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  for (; i < to; i++) sum += load<f64>(a + ((<usize>i) << 3)) * load<f64>(b + ((<usize>i) << 3));
  return sum + f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
}

/** Rows [from, to) of the lower factor, in place. Rows before must be done. Returns 0 where a pivot is not positive. */
export function factorRows(matrix: usize, stride: i32, from: i32, to: i32): i32 {
  const bytes = (<usize>stride) << 3;
  for (let i = from; i < to; i++) {
    const row = matrix + <usize>i * bytes;
    for (let j = 0; j < i; j++) {
      const other = matrix + <usize>j * bytes;
      const at = (<usize>j) << 3;
      store<f64>(row + at, (load<f64>(row + at) - dot(row, other, 0, j)) / load<f64>(other + at));
    }
    const at = (<usize>i) << 3;
    const pivot = load<f64>(row + at) - dot(row, row, 0, i);
    if (!(pivot > 0)) return 0;
    store<f64>(row + at, Math.sqrt(pivot));
  }
  return 1;
}

/** Columns [from, to) of the factor's inverse, each as a row of `columns`. */
export function inverseColumns(factor: usize, columns: usize, d: i32, stride: i32, from: i32, to: i32): void {
  const bytes = (<usize>stride) << 3;
  for (let j = from; j < to; j++) {
    const column = columns + <usize>j * bytes;
    for (let i = j; i < d; i++) {
      const row = factor + <usize>i * bytes;
      const at = (<usize>i) << 3;
      const right: f64 = i == j ? 1 : 0;
      store<f64>(column + at, (right - dot(row, column, j, i)) / load<f64>(row + at));
    }
  }
}

/** Rows [from, to) of the inverse, both halves, as f32 rows of `stride`. */
export function inverseRows(columns: usize, out: usize, d: i32, stride: i32, from: i32, to: i32): void {
  const bytes = (<usize>stride) << 3;
  for (let a = from; a < to; a++) {
    const own = columns + <usize>a * bytes;
    for (let b = 0; b <= a; b++) {
      const value = <f32>dot(own, columns + <usize>b * bytes, a, d);
      store<f32>(out + ((<usize>(a * stride + b)) << 2), value);
      store<f32>(out + ((<usize>(b * stride + a)) << 2), value);
    }
  }
}
