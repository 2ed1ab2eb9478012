// The two-loop recursion of L-BFGS over pairs (s, y) of vectors of `length` f32, a multiple of 4.
// A list holds for each pair, the oldest first, the addresses of s and y (u32); `inverses` holds 1 / (s · y) (f64).

import { multiplyAdd32 } from '../../linear/wasm/multiply-add';

function dot(a: usize, b: usize, length: i32): f64 {
  let s0 = f32x4.splat(0),
    s1 = f32x4.splat(0),
    s2 = f32x4.splat(0),
    s3 = f32x4.splat(0);
  let i = 0;
  for (; i + 16 <= length; i += 16, a += 64, b += 64) {
    s0 = multiplyAdd32(v128.load(a), v128.load(b), s0);
    s1 = multiplyAdd32(v128.load(a, 16), v128.load(b, 16), s1);
    s2 = multiplyAdd32(v128.load(a, 32), v128.load(b, 32), s2);
    s3 = multiplyAdd32(v128.load(a, 48), v128.load(b, 48), s3);
  }
  for (; i < length; i += 4, a += 16, b += 16) s0 = multiplyAdd32(v128.load(a), v128.load(b), s0);
  s0 = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  return (
    <f64>f32x4.extract_lane(s0, 0) +
    <f64>f32x4.extract_lane(s0, 1) +
    (<f64>f32x4.extract_lane(s0, 2) + <f64>f32x4.extract_lane(s0, 3))
  );
}

/** a += factor · b. */
function addScaled(a: usize, factor: f32, b: usize, length: i32): void {
  const by = f32x4.splat(factor);
  for (let i = 0; i < length; i += 4, a += 16, b += 16) {
    v128.store(a, multiplyAdd32(by, v128.load(b), v128.load(a)));
  }
}

/** The first loop, newest to oldest; leaves its factors (f64) for the second. */
export function recallDown(list: usize, inverses: usize, factors: usize, count: i32, vector: usize, length: i32): void {
  for (let i = count - 1; i >= 0; i--) {
    const s = <usize>load<u32>(list + ((<usize>i) << 3));
    const y = <usize>load<u32>(list + ((<usize>i) << 3), 4);
    const factor = load<f64>(inverses + ((<usize>i) << 3)) * dot(s, vector, length);
    store<f64>(factors + ((<usize>i) << 3), factor);
    addScaled(vector, <f32>-factor, y, length);
  }
}

/** The second loop, oldest to newest, after the inner preconditioner. */
export function recallUp(list: usize, inverses: usize, factors: usize, count: i32, vector: usize, length: i32): void {
  for (let i = 0; i < count; i++) {
    const s = <usize>load<u32>(list + ((<usize>i) << 3));
    const y = <usize>load<u32>(list + ((<usize>i) << 3), 4);
    const factor = load<f64>(inverses + ((<usize>i) << 3)) * dot(y, vector, length);
    addScaled(vector, <f32>(load<f64>(factors + ((<usize>i) << 3)) - factor), s, length);
  }
}
