/** Adds a 4-lane single-precision sum to four doubles. */
function flush(to: usize, sum: v128): void {
  v128.store(to, f64x2.add(v128.load(to), f64x2.promote_low_f32x4(sum)));
  const high = v128.shuffle<f32>(sum, sum, 2, 3, 2, 3);
  v128.store(to, f64x2.add(v128.load(to, 16), f64x2.promote_low_f32x4(high)), 16);
}

/** out += Σ z zᵀ over a block of at most 64 rows of z (stride f32 each), in f64 beyond the block: blocks on and below the diagonal. */
export function momentBlock(z: usize, rows: i32, stride: i32, out: usize): void {
  const rowBytes = (<usize>stride) << 2;
  const outBytes = (<usize>stride) << 3;
  for (let i = 0; i < stride; i += 4) {
    for (let j = 0; j <= i; j += 8) {
      let a = z + ((<usize>i) << 2);
      let b = z + ((<usize>j) << 2);
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
        s00 = f32x4.add(s00, f32x4.mul(x, b0));
        s01 = f32x4.add(s01, f32x4.mul(x, b1));
        x = v128.load32_splat(a, 4);
        s10 = f32x4.add(s10, f32x4.mul(x, b0));
        s11 = f32x4.add(s11, f32x4.mul(x, b1));
        x = v128.load32_splat(a, 8);
        s20 = f32x4.add(s20, f32x4.mul(x, b0));
        s21 = f32x4.add(s21, f32x4.mul(x, b1));
        x = v128.load32_splat(a, 12);
        s30 = f32x4.add(s30, f32x4.mul(x, b0));
        s31 = f32x4.add(s31, f32x4.mul(x, b1));
        a += rowBytes;
        b += rowBytes;
      }
      const to = out + <usize>i * outBytes + ((<usize>j) << 3);
      flush(to, s00);
      flush(to + 32, s01);
      flush(to + outBytes, s10);
      flush(to + outBytes + 32, s11);
      flush(to + 2 * outBytes, s20);
      flush(to + 2 * outBytes + 32, s21);
      flush(to + 3 * outBytes, s30);
      flush(to + 3 * outBytes + 32, s31);
    }
  }
}
