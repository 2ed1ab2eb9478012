// Sums over rows: G (classes × stride) += Rᵀ X for one block of rows. R is rows × classes.

import { multiplyAdd32, multiplyAdd64 } from '../../linear/wasm/multiply-add';

/** In f64, eight features and two classes at a time. */
export function collect64(x: usize, rows: i32, stride: usize, r: usize, classes: i32, g: usize): void {
  const rowBytes = stride << 2;
  const classBytes = stride << 3;
  const rBytes = (<usize>classes) << 3;
  for (let k = 0; k < classes; k += 2) {
    const own = r + ((<usize>k) << 3);
    for (let j: usize = 0; j < stride; j += 8) {
      const to = g + <usize>k * classBytes + (j << 3);
      const other = to + classBytes;
      let a0 = v128.load(to),
        a1 = v128.load(to, 16),
        a2 = v128.load(to, 32),
        a3 = v128.load(to, 48);
      let b0 = v128.load(other),
        b1 = v128.load(other, 16),
        b2 = v128.load(other, 32),
        b3 = v128.load(other, 48);
      let at = x + (j << 2);
      let weight = own;
      for (let row = 0; row < rows; row++) {
        const x0 = f64x2.promote_low_f32x4(v128.load64_zero(at));
        const x1 = f64x2.promote_low_f32x4(v128.load64_zero(at, 8));
        const x2 = f64x2.promote_low_f32x4(v128.load64_zero(at, 16));
        const x3 = f64x2.promote_low_f32x4(v128.load64_zero(at, 24));
        let y = v128.load64_splat(weight);
        a0 = multiplyAdd64(y, x0, a0);
        a1 = multiplyAdd64(y, x1, a1);
        a2 = multiplyAdd64(y, x2, a2);
        a3 = multiplyAdd64(y, x3, a3);
        y = v128.load64_splat(weight, 8);
        b0 = multiplyAdd64(y, x0, b0);
        b1 = multiplyAdd64(y, x1, b1);
        b2 = multiplyAdd64(y, x2, b2);
        b3 = multiplyAdd64(y, x3, b3);
        at += rowBytes;
        weight += rBytes;
      }
      v128.store(to, a0);
      v128.store(to, a1, 16);
      v128.store(to, a2, 32);
      v128.store(to, a3, 48);
      v128.store(other, b0);
      v128.store(other, b1, 16);
      v128.store(other, b2, 32);
      v128.store(other, b3, 48);
    }
  }
}

/** In f32, sixteen features and two classes at a time. */
export function collect32(x: usize, rows: i32, stride: usize, r: usize, classes: i32, g: usize): void {
  const rowBytes = stride << 2;
  const rBytes = (<usize>classes) << 2;
  for (let k = 0; k < classes; k += 2) {
    const own = r + ((<usize>k) << 2);
    for (let j: usize = 0; j < stride; j += 16) {
      const to = g + <usize>k * rowBytes + (j << 2);
      const other = to + rowBytes;
      let a0 = v128.load(to),
        a1 = v128.load(to, 16),
        a2 = v128.load(to, 32),
        a3 = v128.load(to, 48);
      let b0 = v128.load(other),
        b1 = v128.load(other, 16),
        b2 = v128.load(other, 32),
        b3 = v128.load(other, 48);
      let at = x + (j << 2);
      let weight = own;
      for (let row = 0; row < rows; row++) {
        const x0 = v128.load(at);
        const x1 = v128.load(at, 16);
        const x2 = v128.load(at, 32);
        const x3 = v128.load(at, 48);
        let y = v128.load32_splat(weight);
        a0 = multiplyAdd32(y, x0, a0);
        a1 = multiplyAdd32(y, x1, a1);
        a2 = multiplyAdd32(y, x2, a2);
        a3 = multiplyAdd32(y, x3, a3);
        y = v128.load32_splat(weight, 4);
        b0 = multiplyAdd32(y, x0, b0);
        b1 = multiplyAdd32(y, x1, b1);
        b2 = multiplyAdd32(y, x2, b2);
        b3 = multiplyAdd32(y, x3, b3);
        at += rowBytes;
        weight += rBytes;
      }
      v128.store(to, a0);
      v128.store(to, a1, 16);
      v128.store(to, a2, 32);
      v128.store(to, a3, 48);
      v128.store(other, b0);
      v128.store(other, b1, 16);
      v128.store(other, b2, 32);
      v128.store(other, b3, 48);
    }
  }
}
