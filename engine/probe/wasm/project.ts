// Products of rows with class vectors. X is rows × stride f32 with stride a multiple of 16, zeros behind the features;
// weights are classes × stride, classes even. Every address is a multiple of 16.

import { multiplyAdd32, multiplyAdd64 } from '../../linear/wasm/multiply-add';

function total64(sum: v128): f64 {
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

function total32(sum: v128): f32 {
  return (
    f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3))
  );
}

/** out[row][k] = bias[k] + X[row] · W[k] in f64, four rows and two classes at a time; `rows` is a multiple of 4. */
export function project64(x: usize, rows: i32, stride: usize, w: usize, bias: usize, classes: i32, out: usize): void {
  const rowBytes = stride << 2;
  const classBytes = stride << 3;
  const outBytes = (<usize>classes) << 3;
  for (let row = 0; row < rows; row += 4) {
    for (let k = 0; k < classes; k += 2) {
      let at = x;
      let v = w + <usize>k * classBytes;
      const end = v + classBytes;
      let a0 = f64x2.splat(0),
        a1 = f64x2.splat(0),
        a2 = f64x2.splat(0),
        a3 = f64x2.splat(0);
      let b0 = f64x2.splat(0),
        b1 = f64x2.splat(0),
        b2 = f64x2.splat(0),
        b3 = f64x2.splat(0);
      for (; v < end; v += 16, at += 8) {
        const x0 = f64x2.promote_low_f32x4(v128.load64_zero(at));
        const x1 = f64x2.promote_low_f32x4(v128.load64_zero(at + rowBytes));
        const x2 = f64x2.promote_low_f32x4(v128.load64_zero(at + 2 * rowBytes));
        const x3 = f64x2.promote_low_f32x4(v128.load64_zero(at + 3 * rowBytes));
        let y = v128.load(v);
        a0 = multiplyAdd64(y, x0, a0);
        a1 = multiplyAdd64(y, x1, a1);
        a2 = multiplyAdd64(y, x2, a2);
        a3 = multiplyAdd64(y, x3, a3);
        y = v128.load(v + classBytes);
        b0 = multiplyAdd64(y, x0, b0);
        b1 = multiplyAdd64(y, x1, b1);
        b2 = multiplyAdd64(y, x2, b2);
        b3 = multiplyAdd64(y, x3, b3);
      }
      const free = v128.load(bias + ((<usize>k) << 3));
      const to = out + ((<usize>k) << 3);
      v128.store(to, f64x2.add(free, f64x2(total64(a0), total64(b0))));
      v128.store(to + outBytes, f64x2.add(free, f64x2(total64(a1), total64(b1))));
      v128.store(to + 2 * outBytes, f64x2.add(free, f64x2(total64(a2), total64(b2))));
      v128.store(to + 3 * outBytes, f64x2.add(free, f64x2(total64(a3), total64(b3))));
    }
    x += 4 * rowBytes;
    out += 4 * outBytes;
  }
}

/** As project64, in f32; out[row][k] lies at out + row · rowStep + k · classStep bytes, and there is no bias. */
export function project32(
  x: usize,
  rows: i32,
  stride: usize,
  w: usize,
  classes: i32,
  out: usize,
  rowStep: usize,
  classStep: usize,
): void {
  const rowBytes = stride << 2;
  for (let row = 0; row < rows; row += 4) {
    for (let k = 0; k < classes; k += 2) {
      let at = x;
      let v = w + <usize>k * rowBytes;
      const end = v + rowBytes;
      let a0 = f32x4.splat(0),
        a1 = f32x4.splat(0),
        a2 = f32x4.splat(0),
        a3 = f32x4.splat(0);
      let b0 = f32x4.splat(0),
        b1 = f32x4.splat(0),
        b2 = f32x4.splat(0),
        b3 = f32x4.splat(0);
      for (; v < end; v += 16, at += 16) {
        const x0 = v128.load(at);
        const x1 = v128.load(at + rowBytes);
        const x2 = v128.load(at + 2 * rowBytes);
        const x3 = v128.load(at + 3 * rowBytes);
        let y = v128.load(v);
        a0 = multiplyAdd32(y, x0, a0);
        a1 = multiplyAdd32(y, x1, a1);
        a2 = multiplyAdd32(y, x2, a2);
        a3 = multiplyAdd32(y, x3, a3);
        y = v128.load(v + rowBytes);
        b0 = multiplyAdd32(y, x0, b0);
        b1 = multiplyAdd32(y, x1, b1);
        b2 = multiplyAdd32(y, x2, b2);
        b3 = multiplyAdd32(y, x3, b3);
      }
      const to = out + <usize>k * classStep;
      store<f32>(to, total32(a0));
      store<f32>(to + rowStep, total32(a1));
      store<f32>(to + 2 * rowStep, total32(a2));
      store<f32>(to + 3 * rowStep, total32(a3));
      store<f32>(to + classStep, total32(b0));
      store<f32>(to + classStep + rowStep, total32(b1));
      store<f32>(to + classStep + 2 * rowStep, total32(b2));
      store<f32>(to + classStep + 3 * rowStep, total32(b3));
    }
    x += 4 * rowBytes;
    out += 4 * rowStep;
  }
}
