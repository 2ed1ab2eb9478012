import { expect } from 'vitest';

/** A 5 × 6 image without symmetry; the fixtures from scipy are computed on it. */
export const pattern = Float32Array.from({ length: 30 }, (_, i) => ((i * 37) % 101) / 100);

/** Fails with the first value that is farther than `tolerance` from the one expected. */
export function expectNear(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    if (!(Math.abs(found[i]! - expected[i]!) <= tolerance))
      expect.fail(`value ${i}: found ${found[i]}, expected ${expected[i]} ± ${tolerance}`);
}
