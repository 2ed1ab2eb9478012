// A tile of a Gram matrix, shared by the kernels of graphs and probes.

import { multiplyAdd32 } from './multiply-add';

/** Adds a 4-lane single-precision sum to four doubles. */
function flush(to: usize, sum: v128): void {
  v128.store(to, f64x2.add(v128.load(to), f64x2.promote_low_f32x4(sum)));
  const high = v128.shuffle<f32>(sum, sum, 2, 3, 2, 3);
  v128.store(to, f64x2.add(v128.load(to, 16), f64x2.promote_low_f32x4(high)), 16);
}

/**
 * out[i][j] += Σ over `rows` rows of a[i] · b[j], 4 columns from a and 8 from b: in single precision here, so that rows
 * should be few (64), and in double precision in `out`. Rows lie `rowBytes` apart, rows of `out` `outBytes`.
 */
export function gramTile(a: usize, b: usize, rows: i32, rowBytes: usize, out: usize, outBytes: usize): void {
  let s00 = f32x4.splat(0),
    s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0),
    s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0),
    s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0),
    s31 = f32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = multiplyAdd32(x, b0, s00);
    s01 = multiplyAdd32(x, b1, s01);
    x = v128.load32_splat(a, 4);
    s10 = multiplyAdd32(x, b0, s10);
    s11 = multiplyAdd32(x, b1, s11);
    x = v128.load32_splat(a, 8);
    s20 = multiplyAdd32(x, b0, s20);
    s21 = multiplyAdd32(x, b1, s21);
    x = v128.load32_splat(a, 12);
    s30 = multiplyAdd32(x, b0, s30);
    s31 = multiplyAdd32(x, b1, s31);
    a += rowBytes;
    b += rowBytes;
  }
  flush(out, s00);
  flush(out + 32, s01);
  flush(out + outBytes, s10);
  flush(out + outBytes + 32, s11);
  flush(out + 2 * outBytes, s20);
  flush(out + 2 * outBytes + 32, s21);
  flush(out + 3 * outBytes, s30);
  flush(out + 3 * outBytes + 32, s31);
}
