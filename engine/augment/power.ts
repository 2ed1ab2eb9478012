const size = 2048;
const scratch = new Float32Array(1);
const bits = new Int32Array(scratch.buffer);
/** log2(1 + i/size). */
const logarithm = Float64Array.from({ length: size + 1 }, (_, i) => Math.log2(1 + i / size));
/** 2^(−i/size). */
const fraction = Float64Array.from({ length: size + 1 }, (_, i) => 2 ** (-i / size));
/** 2^(−i). */
const whole = Float64Array.from({ length: 256 }, (_, i) => 2 ** -i);

/**
 * base^exponent for 0 < base ≤ 1 (rounded to float32) and exponent > 0, to a relative 1e-7: base-2 logarithm from
 * the float's exponent and a table of its mantissa, power from a table. Math.pow takes most of a tone curve's time.
 */
export function fastPower(base: number, exponent: number): number {
  scratch[0] = base;
  const word = bits[0]!;
  const mantissa = (word & 0x7fffff) / 4096;
  const i = mantissa | 0;
  const log = (word >> 23) - 127 + logarithm[i]! + (mantissa - i) * (logarithm[i + 1]! - logarithm[i]!);
  const down = -exponent * log;
  if (down >= 256) return 0;
  const k = down | 0;
  const rest = (down - k) * size;
  const j = rest | 0;
  return whole[k]! * (fraction[j]! + (rest - j) * (fraction[j + 1]! - fraction[j]!));
}
