import { describe, expect, it } from 'vitest';
import { choose } from '../../engine/probe';

/** n samples, right but for those listed. */
const head = (n: number, wrong: number[]): Uint8Array =>
  Uint8Array.from({ length: n }, (_, i) => (wrong.includes(i) ? 0 : 1));

describe('choose', () => {
  it("'best' takes the most right, of equals the simplest", () => {
    expect(choose([head(9, [0, 1]), head(9, [2]), head(9, [3])], 'best')).toBe(1);
  });

  it("'simplest' takes a simpler head whose loss the samples cannot tell from chance", () => {
    // 2 lost of 2: probability 1/4; 3 of 3: 1/8, below .1587.
    expect(choose([head(50, [0, 1, 2]), head(50, [0, 1]), head(50, [])], 'simplest')).toBe(1);
    // 4 lost of 5: 6/32; 6 of 8: 37/256 = .1445.
    const best = head(50, [10]);
    expect(choose([head(50, [0, 1, 2, 3]), best], 'simplest')).toBe(0);
    const better = head(50, [10, 11]);
    expect(choose([head(50, [0, 1, 2, 3, 4, 5]), better], 'simplest')).toBe(1);
  });

  it("'simplest' is one standard error of the paired difference where samples are many", () => {
    // 2000 disagreements: the standard deviation of lost − won is √2000 = 44.7.
    const pair = (lost: number) => [
      Uint8Array.from({ length: 2000 }, (_, i) => (i < lost ? 0 : 1)),
      Uint8Array.from({ length: 2000 }, (_, i) => (i < lost ? 1 : 0)),
    ];
    expect(choose(pair(1020), 'simplest')).toBe(0);
    expect(choose(pair(1024), 'simplest')).toBe(1);
  });

  it('keeps the only head', () => {
    expect(choose([head(3, [0, 1, 2])], 'simplest')).toBe(0);
  });
});
