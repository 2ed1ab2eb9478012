import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFitter, triangleTaps, type ImageShape } from '../../engine/data/resize';

/** One pixel straight from the definition: a triangle of the reduction's width around the pixel's centre. */
function bruteForce(source: Uint8Array, from: ImageShape, to: ImageShape, y: number, x: number, c: number): number {
  const weight = (position: number, index: number, size: number, target: number): number => {
    const scale = size / target;
    return Math.max(0, 1 - Math.abs(position + 0.5 - (index + 0.5) * scale) / Math.max(1, scale));
  };
  let sum = 0;
  let weights = 0;
  for (let i = 0; i < from.height; i++) {
    for (let j = 0; j < from.width; j++) {
      const w = weight(i, y, from.height, to.height) * weight(j, x, from.width, to.width);
      weights += w;
      sum += w * source[(i * from.width + j) * from.channels + c]!;
    }
  }
  return sum / weights;
}

const side = fc.integer({ min: 1, max: 13 });

describe('resizing', () => {
  test('is the antialiased triangle filter by definition', () => {
    fc.assert(
      fc.property(
        side,
        side,
        side,
        side,
        fc.constantFrom(1 as const, 3 as const),
        fc.nat(255),
        (h, w, H, W, channels, seed) => {
          const from = { height: h, width: w, channels };
          const to = { height: H, width: W, channels };
          const source = Uint8Array.from({ length: h * w * channels }, (_, i) => (i * 97 + seed * 31) % 256);
          const target = new Uint8Array(H * W * channels);
          createFitter(from, to)(source, 0, target, 0);
          for (let y = 0; y < H; y++)
            for (let x = 0; x < W; x++)
              for (let c = 0; c < channels; c++) {
                const exact = bruteForce(source, from, to, y, x, c);
                expect(Math.abs(target[(y * W + x) * channels + c]! - exact)).toBeLessThanOrEqual(0.5 + 1e-9);
              }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('halving by hand: the weights are 1 3 3 1, cut off at the border', () => {
    const taps = triangleTaps(4, 2).map(({ first, weights }) => [first, ...[...weights].map((w) => Math.round(w * 7))]);
    expect(taps).toEqual([
      [0, 3, 3, 1],
      [1, 1, 3, 3],
    ]);
  });

  test('no input pixel is skipped, and the mean of the inside is kept', () => {
    for (const [from, to] of [
      [28, 16],
      [227, 32],
      [100, 7],
    ] as const) {
      const total = new Float64Array(from);
      for (const { first, weights } of triangleTaps(from, to)) weights.forEach((w, j) => (total[first + j]! += w));
      expect(Math.min(...total)).toBeGreaterThan(0);
      expect(total.reduce((a, b) => a + b)).toBeCloseTo(to, 10);
    }
  });

  test('the same size is a copy', () => {
    const shape = { height: 2, width: 2, channels: 1 } as const;
    const target = new Uint8Array(6);
    createFitter(shape, shape)(Uint8Array.of(9, 1, 2, 3, 4), 1, target, 2);
    expect([...target]).toEqual([0, 0, 1, 2, 3, 4]);
  });
});

describe('channels', () => {
  const gray = { height: 1, width: 1, channels: 1 } as const;
  const colour = { height: 1, width: 1, channels: 3 } as const;

  test('colour to gray by the luma of BT.601', () => {
    const target = new Uint8Array(1);
    for (const [rgb, luma] of [
      [[255, 0, 0], 76],
      [[0, 255, 0], 150],
      [[0, 0, 255], 29],
      [[255, 255, 255], 255],
    ] as const) {
      createFitter(colour, gray)(Uint8Array.from(rgb), 0, target, 0);
      expect(target[0]).toBe(luma);
    }
  });

  test('gray to colour repeats', () => {
    const target = new Uint8Array(3);
    createFitter(gray, colour)(Uint8Array.of(77), 0, target, 0);
    expect([...target]).toEqual([77, 77, 77]);
  });
});
