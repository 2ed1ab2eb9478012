const floatView = new Float32Array(1);
const bitsView = new Uint32Array(floatView.buffer);

/** IEEE 754 binary16 to a number. Exact. */
export function decodeFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The nearest IEEE 754 binary16 of a number, ties to even; beyond 65,504 infinity. */
export function encodeFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  // One unit in the last place: 2^-24 below the normal range, else 2^(exponent − 10).
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude || 1e-30)));
  const unit = 2 ** (exponent - 10);
  const steps = roundHalfEven(magnitude / unit);
  // Where rounding carries, the fraction overflows into the exponent, which is the right bit pattern.
  return sign | (steps < 1024 ? steps : ((exponent + 15) << 10) + (steps - 1024));
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Every binary16 of a row as float32. */
export function decodeFloat16Array(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, decodeFloat16);
}

/** bfloat16 (the upper half of a float32) as float32. */
export function decodeBfloat16Array(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}

/** The nearest bfloat16 of a float32, ties to even. */
export function encodeBfloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  floatView[0] = value;
  const bits = bitsView[0]!;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}
