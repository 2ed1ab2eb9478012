// Ā times panels of 16 vectors. A panel is n × 16 f32, row-major: a row is 64 bytes, one cache line.
// The matrix is stored by column slabs, each a CSR of its own: `starts` is slabs × (n + 1) u32 offsets into
// `columns` (u32) and `values` (f32). `ranges` holds threads + 1 u32 row bounds that share the nonzeros evenly.

import { multiplyAdd32, multiplyAdd64 } from '../../linear/wasm/multiply-add';

/** y = scale · Ā x + shift · x + back · z on rows [from, to). y may be z, not x. */
function applyRows(
  n: i32,
  slabs: i32,
  starts: usize,
  columns: usize,
  values: usize,
  from: i32,
  to: i32,
  x: usize,
  z: usize,
  y: usize,
  scale: f32,
  shift: f32,
  back: f32,
): void {
  const byScale = f32x4.splat(scale);
  const byShift = f32x4.splat(shift);
  const byBack = f32x4.splat(back);
  for (let slab = 0; slab < slabs; slab++) {
    const start = starts + ((<usize>slab * (n + 1)) << 2);
    let entry = (<usize>load<u32>(start + ((<usize>from) << 2))) << 2;
    for (let row = from; row < to; row++) {
      const end = (<usize>load<u32>(start + ((<usize>(row + 1)) << 2))) << 2;
      let a0 = f32x4.splat(0);
      let a1 = f32x4.splat(0);
      let a2 = f32x4.splat(0);
      let a3 = f32x4.splat(0);
      for (; entry < end; entry += 4) {
        const source = x + ((<usize>load<u32>(columns + entry)) << 6);
        const value = v128.load32_splat(values + entry);
        a0 = multiplyAdd32(value, v128.load(source), a0);
        a1 = multiplyAdd32(value, v128.load(source, 16), a1);
        a2 = multiplyAdd32(value, v128.load(source, 32), a2);
        a3 = multiplyAdd32(value, v128.load(source, 48), a3);
      }
      const offset = (<usize>row) << 6;
      const to = y + offset;
      let b0: v128, b1: v128, b2: v128, b3: v128;
      if (slab == 0) {
        const own = x + offset;
        b0 = f32x4.mul(byShift, v128.load(own));
        b1 = f32x4.mul(byShift, v128.load(own, 16));
        b2 = f32x4.mul(byShift, v128.load(own, 32));
        b3 = f32x4.mul(byShift, v128.load(own, 48));
        if (back != 0) {
          const before = z + offset;
          b0 = multiplyAdd32(byBack, v128.load(before), b0);
          b1 = multiplyAdd32(byBack, v128.load(before, 16), b1);
          b2 = multiplyAdd32(byBack, v128.load(before, 32), b2);
          b3 = multiplyAdd32(byBack, v128.load(before, 48), b3);
        }
      } else {
        b0 = v128.load(to);
        b1 = v128.load(to, 16);
        b2 = v128.load(to, 32);
        b3 = v128.load(to, 48);
      }
      v128.store(to, multiplyAdd32(byScale, a0, b0));
      v128.store(to, multiplyAdd32(byScale, a1, b1), 16);
      v128.store(to, multiplyAdd32(byScale, a2, b2), 32);
      v128.store(to, multiplyAdd32(byScale, a3, b3), 48);
    }
  }
}

// The matrix of this instance, set once by every thread.
let n: i32 = 0;
let slabs: i32 = 0;
let starts: usize = 0;
let columns: usize = 0;
let values: usize = 0;
let ranges: usize = 0;

export function setMatrix(
  index: i32,
  threads: i32,
  nodes: i32,
  slabCount: i32,
  startsAt: usize,
  columnsAt: usize,
  valuesAt: usize,
  rangesAt: usize,
): void {
  n = nodes;
  slabs = slabCount;
  starts = startsAt;
  columns = columnsAt;
  values = valuesAt;
  ranges = rangesAt;
}

/** y = scale · Ā x + shift · x + back · z, this thread's rows. */
export function apply(index: i32, threads: i32, x: usize, z: usize, y: usize, scale: f32, shift: f32, back: f32): void {
  const from = load<u32>(ranges + ((<usize>index) << 2));
  const to = load<u32>(ranges + ((<usize>(index + 1)) << 2));
  applyRows(n, slabs, starts, columns, values, from, to, x, z, y, scale, shift, back);
}

/** sums += x·s, s·s and x·x of two columns, 128 bytes apart; x holds singles. */
function addProducts(sums: usize, x: usize, image: v128): void {
  const own = f64x2.promote_low_f32x4(v128.load64_zero(x));
  v128.store(sums, multiplyAdd64(own, image, v128.load(sums)));
  v128.store(sums, multiplyAdd64(image, image, v128.load(sums, 128)), 128);
  v128.store(sums, multiplyAdd64(own, own, v128.load(sums, 256)), 256);
}

/**
 * For each of a panel's columns the sums x·Āx, ‖Āx‖² and ‖x‖² over rows [from, to), in f64 throughout: 48 numbers at
 * `sums`. A row's image is whole before the next row's begins, and is not kept.
 */
export function rayleighRows(x: usize, from: i32, to: i32, sums: usize): void {
  memory.fill(sums, 0, 384);
  for (let row = from; row < to; row++) {
    let s0 = f64x2.splat(0),
      s1 = f64x2.splat(0),
      s2 = f64x2.splat(0),
      s3 = f64x2.splat(0),
      s4 = f64x2.splat(0),
      s5 = f64x2.splat(0),
      s6 = f64x2.splat(0),
      s7 = f64x2.splat(0);
    for (let slab = 0; slab < slabs; slab++) {
      const start = starts + ((<usize>slab * (n + 1) + row) << 2);
      const end = (<usize>load<u32>(start, 4)) << 2;
      for (let entry = (<usize>load<u32>(start)) << 2; entry < end; entry += 4) {
        const value = f64x2.promote_low_f32x4(v128.load32_splat(values + entry));
        const source = x + ((<usize>load<u32>(columns + entry)) << 6);
        s0 = multiplyAdd64(value, f64x2.promote_low_f32x4(v128.load64_zero(source)), s0);
        s1 = multiplyAdd64(value, f64x2.promote_low_f32x4(v128.load64_zero(source, 8)), s1);
        s2 = multiplyAdd64(value, f64x2.promote_low_f32x4(v128.load64_zero(source, 16)), s2);
        s3 = multiplyAdd64(value, f64x2.promote_low_f32x4(v128.load64_zero(source, 24)), s3);
        s4 = multiplyAdd64(value, f64x2.promote_low_f32x4(v128.load64_zero(source, 32)), s4);
        s5 = multiplyAdd64(value, f64x2.promote_low_f32x4(v128.load64_zero(source, 40)), s5);
        s6 = multiplyAdd64(value, f64x2.promote_low_f32x4(v128.load64_zero(source, 48)), s6);
        s7 = multiplyAdd64(value, f64x2.promote_low_f32x4(v128.load64_zero(source, 56)), s7);
      }
    }
    const own = x + ((<usize>row) << 6);
    addProducts(sums, own, s0);
    addProducts(sums + 16, own + 8, s1);
    addProducts(sums + 32, own + 16, s2);
    addProducts(sums + 48, own + 24, s3);
    addProducts(sums + 64, own + 32, s4);
    addProducts(sums + 80, own + 40, s5);
    addProducts(sums + 96, own + 48, s6);
    addProducts(sums + 112, own + 56, s7);
  }
}

/** This thread's part of the sums of `rayleighRows`, at out + index · 384. */
export function rayleigh(index: i32, threads: i32, x: usize, out: usize): void {
  const from = load<u32>(ranges + ((<usize>index) << 2));
  const to = load<u32>(ranges + ((<usize>(index + 1)) << 2));
  rayleighRows(x, from, to, out + <usize>index * 384);
}
