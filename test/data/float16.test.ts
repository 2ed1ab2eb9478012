import { describe, expect, test } from 'vitest';
import {
  decodeBfloat16Array,
  decodeFloat16,
  decodeFloat16Array,
  encodeBfloat16,
  encodeFloat16,
} from '../../engine/data/float16';
import { hasNumpy, numpy } from './python';

describe('half precision', () => {
  test.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0x7bff, 65504],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
  ])('%i is %d', (bits, value) => {
    expect(decodeFloat16(bits)).toBe(value);
    expect(encodeFloat16(value)).toBe(bits);
  });

  test('every number comes back', () => {
    const all = Array.from({ length: 65536 }, (_, bits) => bits).filter((bits) => !Number.isNaN(decodeFloat16(bits)));
    expect(all.filter((bits) => encodeFloat16(decodeFloat16(bits)) !== bits)).toEqual([]);
    expect(decodeFloat16(encodeFloat16(NaN))).toBeNaN();
  });

  test('between two neighbours the nearer is taken, at the middle the even one', () => {
    const wrong = Array.from({ length: 0x7bff }, (_, bits) => bits).filter((bits) => {
      const low = decodeFloat16(bits);
      const high = decodeFloat16(bits + 1);
      return (
        encodeFloat16(low * 0.75 + high * 0.25) !== bits ||
        encodeFloat16((low + high) / 2) !== (bits % 2 === 0 ? bits : bits + 1) ||
        encodeFloat16(low * 0.25 + high * 0.75) !== bits + 1
      );
    });
    expect(wrong).toEqual([]);
    expect(encodeFloat16(65519.9)).toBe(0x7bff);
    expect(encodeFloat16(65520)).toBe(0x7c00);
  });

  test.runIf(hasNumpy())('against NumPy', () => {
    const expected = JSON.parse(
      numpy('print(json.dumps(np.arange(31744, dtype=np.uint16).view(np.float16).astype(float).tolist()))'),
    ) as number[];
    expect([...decodeFloat16Array(Uint16Array.from(expected.keys()))]).toEqual(expected);
  });
});

describe('bfloat16', () => {
  test('is the upper half of a float32, rounded to the nearest even', () => {
    expect([...decodeBfloat16Array(Uint16Array.of(0x3f80, 0xc000, 0x7f80, 0x4049))]).toEqual([
      1,
      -2,
      Infinity,
      3.140625,
    ]);
    expect(encodeBfloat16(Math.PI)).toBe(0x4049);
    // 1 + 2⁻⁸ lies in the middle of 1 and 1 + 2⁻⁷.
    expect(encodeBfloat16(1 + 2 ** -8)).toBe(0x3f80);
    expect(encodeBfloat16(1 + 3 * 2 ** -8)).toBe(0x3f82);
    expect(encodeBfloat16(NaN)).toBe(0x7fc0);
    expect(encodeBfloat16(-0)).toBe(0x8000);
  });
});
