// Dense work on panels (n × 16 f32, row-major). A list is an array of panel addresses (u32).

import { multiplyAdd32, multiplyAdd64 } from '../../linear/wasm/multiply-add';
import { gramTile } from '../../linear/wasm/gram-tile';
import { firstRow } from './team';

const chunkRows: i32 = 64;

/** out (16 countA × 16 countB f64) = AᵀB over rows [from, to): singles summed over 64 rows, doubles beyond. */
export function gramRows(
  listA: usize,
  countA: i32,
  listB: usize,
  countB: i32,
  symmetric: bool,
  from: i32,
  to: i32,
  out: usize,
): void {
  const stride = (<usize>countB) << 7;
  memory.fill(out, 0, stride * ((<usize>countA) << 4));
  for (let row = from; row < to; row += chunkRows) {
    const rows = min(chunkRows, to - row);
    const offset = (<usize>row) << 6;
    for (let p = 0; p < countA; p++) {
      const a = <usize>load<u32>(listA + ((<usize>p) << 2)) + offset;
      for (let q = symmetric ? p : 0; q < countB; q++) {
        const b = <usize>load<u32>(listB + ((<usize>q) << 2)) + offset;
        const block = out + ((<usize>p) << 4) * stride + ((<usize>q) << 7);
        for (let i: usize = 0; i < 4; i++) {
          for (let j: usize = 0; j < 2; j++) {
            gramTile(a + (i << 4), b + (j << 5), rows, 64, block + (i << 2) * stride + (j << 6), stride);
          }
        }
      }
    }
  }
}

/** This thread's part of AᵀB, at out + index · size; with `symmetric` only blocks on and above the diagonal. */
export function gram(
  index: i32,
  threads: i32,
  n: i32,
  listA: usize,
  countA: i32,
  listB: usize,
  countB: i32,
  symmetric: i32,
  out: usize,
): void {
  const size = (<usize>(countA * countB)) << 11;
  const from = firstRow(n, index, threads);
  const to = firstRow(n, index + 1, threads);
  gramRows(listA, countA, listB, countB, symmetric != 0, from, to, out + <usize>index * size);
}

/** Sums of products of equal columns of two panels, in double precision: 16 numbers at out + index · 128. */
export function dots(index: i32, threads: i32, n: i32, a: usize, b: usize, out: usize): void {
  const sums = out + ((<usize>index) << 7);
  memory.fill(sums, 0, 128);
  const from = firstRow(n, index, threads);
  const to = firstRow(n, index + 1, threads);
  for (let j: usize = 0; j < 64; j += 16) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let row = from; row < to; row++) {
      const at = ((<usize>row) << 6) + j;
      const x = v128.load(a + at);
      const y = v128.load(b + at);
      low = multiplyAdd64(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y), low);
      const upper = f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
      high = multiplyAdd64(upper, f64x2.promote_low_f32x4(v128.shuffle<f32>(y, y, 2, 3, 2, 3)), high);
    }
    v128.store(sums + (j << 1), low);
    v128.store(sums + (j << 1), high, 16);
  }
}

/** temp (rows × 16) = or += the panels' rows times C, whose rows of 16 f32 lie `stride` bytes apart. */
function combine(list: usize, count: i32, row: i32, rows: i32, c: usize, stride: usize, temp: usize, add: bool): void {
  // Two rows at a time: eight sums, and each row of C is loaded once for both. `rows` may be padded to even.
  for (let r = 0; r < rows; r += 2) {
    let a0 = f32x4.splat(0),
      a1 = f32x4.splat(0),
      a2 = f32x4.splat(0),
      a3 = f32x4.splat(0);
    let b0 = f32x4.splat(0),
      b1 = f32x4.splat(0),
      b2 = f32x4.splat(0),
      b3 = f32x4.splat(0);
    const second: usize = r + 1 < rows ? 64 : 0;
    let coefficients = c;
    for (let p = 0; p < count; p++) {
      let x = <usize>load<u32>(list + ((<usize>p) << 2)) + ((<usize>(row + r)) << 6);
      for (let j = 0; j < 16; j++) {
        const c0 = v128.load(coefficients);
        const c1 = v128.load(coefficients, 16);
        const c2 = v128.load(coefficients, 32);
        const c3 = v128.load(coefficients, 48);
        let value = v128.load32_splat(x);
        a0 = multiplyAdd32(value, c0, a0);
        a1 = multiplyAdd32(value, c1, a1);
        a2 = multiplyAdd32(value, c2, a2);
        a3 = multiplyAdd32(value, c3, a3);
        value = v128.load32_splat(x + second);
        b0 = multiplyAdd32(value, c0, b0);
        b1 = multiplyAdd32(value, c1, b1);
        b2 = multiplyAdd32(value, c2, b2);
        b3 = multiplyAdd32(value, c3, b3);
        coefficients += stride;
        x += 4;
      }
    }
    const to = temp + ((<usize>r) << 6);
    if (add) {
      a0 = f32x4.add(a0, v128.load(to));
      a1 = f32x4.add(a1, v128.load(to, 16));
      a2 = f32x4.add(a2, v128.load(to, 32));
      a3 = f32x4.add(a3, v128.load(to, 48));
    }
    v128.store(to, a0);
    v128.store(to, a1, 16);
    v128.store(to, a2, 32);
    v128.store(to, a3, 48);
    if (second == 0) continue;
    if (add) {
      b0 = f32x4.add(b0, v128.load(to, 64));
      b1 = f32x4.add(b1, v128.load(to, 80));
      b2 = f32x4.add(b2, v128.load(to, 96));
      b3 = f32x4.add(b3, v128.load(to, 112));
    }
    v128.store(to, b0, 64);
    v128.store(to, b1, 80);
    v128.store(to, b2, 96);
    v128.store(to, b3, 112);
  }
}

/** `rotate` on rows [from, to). */
export function rotateRows(list: usize, count: i32, c: usize, outCount: i32, temp: usize, from: i32, to: i32): void {
  const stride = (<usize>outCount) << 6;
  for (let row = from; row < to; row += chunkRows) {
    const rows = min(chunkRows, to - row);
    for (let q = 0; q < outCount; q++)
      combine(list, count, row, rows, c + ((<usize>q) << 6), stride, temp + ((<usize>q) << 12), false);
    for (let q = 0; q < outCount; q++) {
      const panel = <usize>load<u32>(list + ((<usize>q) << 2)) + ((<usize>row) << 6);
      memory.copy(panel, temp + ((<usize>q) << 12), (<usize>rows) << 6);
    }
  }
}

/**
 * Replaces the panels by panels · C, C being 16 count × 16 outCount f32, outCount ≤ count; the first outCount panels
 * hold the result. `scratch` gives each thread 4096 · outCount bytes.
 */
export function rotate(
  index: i32,
  threads: i32,
  n: i32,
  list: usize,
  count: i32,
  c: usize,
  outCount: i32,
  scratch: usize,
): void {
  const temp = scratch + ((<usize>(index * outCount)) << 12);
  rotateRows(list, count, c, outCount, temp, firstRow(n, index, threads), firstRow(n, index + 1, threads));
}

/** panel += the list's panels · C on rows [from, to), C being 16 count × 16 f32. */
export function addCombination(list: usize, count: i32, c: usize, panel: usize, from: i32, to: i32): void {
  for (let row = from; row < to; row += chunkRows) {
    const rows = min(chunkRows, to - row);
    combine(list, count, row, rows, c, 64, panel + ((<usize>row) << 6), true);
  }
}

/** Copies `count` columns from one panel to another, one column of each at a time. */
export function copyColumns(
  index: i32,
  threads: i32,
  n: i32,
  source: usize,
  sourceColumn: i32,
  target: usize,
  targetColumn: i32,
  count: i32,
): void {
  const to = firstRow(n, index + 1, threads);
  const bytes = (<usize>count) << 2;
  for (let row = firstRow(n, index, threads); row < to; row++) {
    const offset = (<usize>row) << 6;
    memory.copy(target + offset + ((<usize>targetColumn) << 2), source + offset + ((<usize>sourceColumn) << 2), bytes);
  }
}

/** Fills columns [column, 16) of a panel with uniform numbers in [−1, 1), a function of seed, row and column. */
export function randomize(index: i32, threads: i32, n: i32, panel: usize, column: i32, seed: u32): void {
  const to = firstRow(n, index + 1, threads);
  for (let row = firstRow(n, index, threads); row < to; row++) {
    for (let j = column; j < 16; j++) {
      // MurmurHash3's finaliser over a Weyl sequence.
      let h: u32 = seed + <u32>(row * 16 + j) * 0x9e3779b9;
      h = (h ^ (h >>> 16)) * 0x85ebca6b;
      h = (h ^ (h >>> 13)) * 0xc2b2ae35;
      h ^= h >>> 16;
      store<f32>(panel + ((<usize>(row * 16 + j)) << 2), <f32>(<i32>h) * <f32>4.6566129e-10);
    }
  }
}
