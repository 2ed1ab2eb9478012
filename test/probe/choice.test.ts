import { describe, expect, it } from 'vitest';
import { chooseHead } from '../../engine/probe';

/** n samples, right but for those listed. */
const head = (n: number, wrong: number[]): Uint8Array =>
  Uint8Array.from({ length: n }, (_, i) => (wrong.includes(i) ? 0 : 1));

describe('chooseHead', () => {
  it("'best' takes the most right, of equals the simplest", () => {
    expect(chooseHead([head(9, [0, 1]), head(9, [2]), head(9, [3])], 'best')).toBe(1);
  });

  it("'simplest' takes a simpler head whose loss the samples cannot tell from chance", () => {
    // Against the best: 1 lost of 1 is within √1; 4 lost of 4 is not within √4.
    expect(chooseHead([head(50, [0, 1, 2, 3]), head(50, [0]), head(50, [])], 'simplest')).toBe(1);
    // 6 lost, 3 won: 3 is within √9. 7 lost, 3 won: 4 is not within √10.
    const best = head(50, [10, 11, 12]);
    expect(chooseHead([head(50, [0, 1, 2, 3, 4, 5]), best], 'simplest')).toBe(0);
    expect(chooseHead([head(50, [0, 1, 2, 3, 4, 5, 6]), best], 'simplest')).toBe(1);
  });

  it('keeps the only head', () => {
    expect(chooseHead([head(3, [0, 1, 2])], 'simplest')).toBe(0);
  });
});
