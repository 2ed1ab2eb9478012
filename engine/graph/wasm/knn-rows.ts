// Rows of a neighbour search. A row is kept twice: as given (f32), and centred, scaled and rounded to 16-bit whole
// numbers, padded with zeros to `rowBytes`, a multiple of 16. Norms of rounded rows stay below 2^15, so a squared
// distance is exact in 32 bits without a sign.

import { multiplyAdd64 } from '../../linear/wasm/multiply-add';

export let n: i32 = 0;
/** Bytes of a rounded row. */
export let rowBytes: usize = 0;
let d: i32 = 0;
let floats: usize = 0;
let rows: usize = 0;
let norms: usize = 0;
let errors: usize = 0;

export function knnRows(
  index: i32,
  threads: i32,
  count: i32,
  dimensions: i32,
  bytes: usize,
  floatsAt: usize,
  rowsAt: usize,
  normsAt: usize,
  errorsAt: usize,
): void {
  n = count;
  d = dimensions;
  rowBytes = bytes;
  floats = floatsAt;
  rows = rowsAt;
  norms = normsAt;
  errors = errorsAt;
}

/** First row of thread `index` when `count` rows are shared evenly. */
export function shareOf(count: i32, index: i32, threads: i32): i32 {
  return <i32>((<i64>count * index) / threads);
}

export function rowAt(i: u32): usize {
  return rows + <usize>i * rowBytes;
}

export function normAt(i: u32): u32 {
  return load<u32>(norms + ((<usize>i) << 2));
}

export function errorAt(i: u32): f32 {
  return load<f32>(errors + ((<usize>i) << 2));
}

/**
 * Rounds every row: q = round(scale · (x − mean)), shortened to norm `limit` where it is longer. The error of a row is
 * ‖q − scale · (x − mean)‖. `mean` holds d f32.
 */
export function knnRound(index: i32, threads: i32, mean: usize, scale: f64, limit: f64): void {
  const to = shareOf(n, index + 1, threads);
  for (let i = shareOf(n, index, threads); i < to; i++) {
    const from = floats + ((<usize>i * d) << 2);
    const row = rowAt(i);
    memory.fill(row, 0, rowBytes);
    let squares = 0.0;
    for (let j: usize = 0; j < <usize>d; j++) {
      const value = scale * (<f64>load<f32>(from + (j << 2)) - <f64>load<f32>(mean + (j << 2)));
      squares += value * value;
    }
    const length = Math.sqrt(squares);
    const shrink = length > limit ? limit / length : 1.0;
    let error = 0.0;
    let norm: u32 = 0;
    for (let j: usize = 0; j < <usize>d; j++) {
      const value = scale * (<f64>load<f32>(from + (j << 2)) - <f64>load<f32>(mean + (j << 2)));
      const whole = <i32>nearest<f64>(value * shrink);
      store<i16>(row + (j << 1), <i16>whole);
      norm += whole * whole;
      error += (value - whole) * (value - whole);
    }
    store<u32>(norms + ((<usize>i) << 2), norm);
    store<f32>(errors + ((<usize>i) << 2), <f32>Math.sqrt(error));
  }
}

function sums(a: v128, b: v128, c: v128, e: v128): v128 {
  // Four vectors of four to the four vectors' sums.
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 1, 4, 5), v128.shuffle<i32>(a, b, 2, 3, 6, 7));
  const ce = i32x4.add(v128.shuffle<i32>(c, e, 0, 1, 4, 5), v128.shuffle<i32>(c, e, 2, 3, 6, 7));
  return i32x4.add(v128.shuffle<i32>(ab, ce, 0, 2, 4, 6), v128.shuffle<i32>(ab, ce, 1, 3, 5, 7));
}

/**
 * Products of rows a0 and a1 with the four rows from b on (addresses of rounded rows, b's one behind the other), eight
 * i32 to `out`.
 */
export function products(a0: usize, a1: usize, b: usize, out: usize): void {
  const b1 = b + rowBytes;
  const b2 = b1 + rowBytes;
  const b3 = b2 + rowBytes;
  let s00 = i32x4.splat(0),
    s01 = i32x4.splat(0),
    s02 = i32x4.splat(0),
    s03 = i32x4.splat(0);
  let s10 = i32x4.splat(0),
    s11 = i32x4.splat(0),
    s12 = i32x4.splat(0),
    s13 = i32x4.splat(0);
  for (let j: usize = 0; j < rowBytes; j += 16) {
    const x = v128.load(a0 + j);
    const y = v128.load(a1 + j);
    let z = v128.load(b + j);
    s00 = i32x4.add(s00, i32x4.dot_i16x8_s(x, z));
    s10 = i32x4.add(s10, i32x4.dot_i16x8_s(y, z));
    z = v128.load(b1 + j);
    s01 = i32x4.add(s01, i32x4.dot_i16x8_s(x, z));
    s11 = i32x4.add(s11, i32x4.dot_i16x8_s(y, z));
    z = v128.load(b2 + j);
    s02 = i32x4.add(s02, i32x4.dot_i16x8_s(x, z));
    s12 = i32x4.add(s12, i32x4.dot_i16x8_s(y, z));
    z = v128.load(b3 + j);
    s03 = i32x4.add(s03, i32x4.dot_i16x8_s(x, z));
    s13 = i32x4.add(s13, i32x4.dot_i16x8_s(y, z));
  }
  v128.store(out, sums(s00, s01, s02, s03));
  v128.store(out, sums(s10, s11, s12, s13), 16);
}

/** Product of two rounded rows. */
export function product(a: usize, b: usize): i32 {
  let s = i32x4.splat(0);
  for (let j: usize = 0; j < rowBytes; j += 16) s = i32x4.add(s, i32x4.dot_i16x8_s(v128.load(a + j), v128.load(b + j)));
  return i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1) + i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3);
}

/** Squared distance of two rows as given, in double precision. */
export function squaredDistance(a: u32, b: u32): f64 {
  let x = floats + ((<usize>a * d) << 2);
  let y = floats + ((<usize>b * d) << 2);
  let s = f64x2.splat(0);
  let j = 0;
  for (; j + 4 <= d; j += 4) {
    const p = v128.load(x);
    const q = v128.load(y);
    const low = f64x2.sub(f64x2.promote_low_f32x4(p), f64x2.promote_low_f32x4(q));
    s = multiplyAdd64(low, low, s);
    const high = f64x2.sub(
      f64x2.promote_low_f32x4(v128.shuffle<f32>(p, p, 2, 3, 2, 3)),
      f64x2.promote_low_f32x4(v128.shuffle<f32>(q, q, 2, 3, 2, 3)),
    );
    s = multiplyAdd64(high, high, s);
    x += 16;
    y += 16;
  }
  let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  for (; j < d; j++) {
    const difference = <f64>load<f32>(x) - <f64>load<f32>(y);
    sum += difference * difference;
    x += 4;
    y += 4;
  }
  return sum;
}
