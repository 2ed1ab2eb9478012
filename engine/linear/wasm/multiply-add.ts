// Products that are added to sums: one instruction, rounded once, where the processor has it (relaxed SIMD).

/** a · b + c, four singles. */
export function multiplyAdd32(a: v128, b: v128, c: v128): v128 {
  return f32x4.relaxed_madd(a, b, c);
}

/** a · b + c, two doubles. */
export function multiplyAdd64(a: v128, b: v128, c: v128): v128 {
  return f64x2.relaxed_madd(a, b, c);
}
