import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
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
    expect(choose([head(50, [0, 1]), head(50, [])], 'simplest')).toBe(0);
    expect(choose([head(50, [0, 1, 2]), head(50, [])], 'simplest')).toBe(1);
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

  it("'simplest' says no oftener than at its level that one of many as good is better", () => {
    // Candidates that are right with the same probability, .85, and depend on each other by a common normal variable.
    for (const candidates of [2, 6, 20]) {
      let told = 0;
      const trials = 300;
      for (let trial = 0; trial < trials; trial++) {
        const random = stream(7, 'choice', candidates, trial);
        const right = Array.from({ length: candidates }, () => new Uint8Array(150));
        for (let k = 0; k < 150; k++) {
          const common = random.normal();
          for (const hits of right)
            hits[k] = Math.sqrt(0.7) * common + Math.sqrt(0.3) * random.normal() < 1.0364 ? 1 : 0;
        }
        if (choose(right, 'simplest') > 0) told++;
      }
      // The level and three standard errors of 300 trials.
      expect(told / trials).toBeLessThan(0.1587 + 3 * Math.sqrt((0.1587 * 0.8413) / trials));
      expect(told / trials).toBeGreaterThan(0.04);
    }
  });

  it("'simplest' compares with the best of all as every draw of the coins does", () => {
    /** P(at least k heads of n). */
    const tail = (k: number, n: number): number => {
      let count = 0;
      for (let draw = 0; draw < 2 ** n; draw++) if (ones(draw) >= k) count++;
      return count / 2 ** n;
    };
    const ones = (bits: number): number => [...bits.toString(2)].filter((bit) => bit === '1').length;
    let compared = 0;
    for (let trial = 0; trial < 60; trial++) {
      const random = stream(3, 'choice', trial);
      const right = Array.from({ length: 4 }, (_, j) =>
        Uint8Array.from({ length: 9 }, () => (random.chance(j === 0 ? 0.45 : 0.7) ? 1 : 0)),
      );
      const differences = right.slice(1).map((hits) => [...hits].map((hit, k) => hit - right[0]![k]!));
      const least = (signs: readonly number[]): number =>
        Math.min(
          ...differences.map((difference) => {
            const values = difference.map((value, k) => value * signs[k]!).filter((value) => value !== 0);
            return tail(values.filter((value) => value > 0).length, values.length);
          }),
        );
      const observed = least(Array<number>(9).fill(1));
      let reached = 0;
      for (let draw = 0; draw < 2 ** 9; draw++) {
        if (least(Array.from({ length: 9 }, (_, k) => ((draw >> k) & 1 ? 1 : -1))) <= observed) reached++;
      }
      // Within four standard errors of the level the drawn coins may fall on either side; a clearly worse one is left out.
      const worse = differences.some((difference) => difference.reduce((a, b) => a + b, 0) < 0);
      if (worse || Math.abs(reached / 2 ** 9 - 0.1587) < 0.033) continue;
      compared++;
      expect(choose(right, 'simplest') > 0).toBe(reached / 2 ** 9 < 0.1587);
    }
    expect(compared).toBeGreaterThan(20);
  });

  it("'simplest' leaves candidates out of the count that are clearly worse", () => {
    const [simple, better] = [head(200, [0, 1, 2, 3, 4, 5, 6]), head(200, [6, 7])];
    // 6 lost of 7: 8/128.
    expect(choose([simple, better], 'simplest')).toBe(1);
    const poor = Array.from({ length: 30 }, (_, j) =>
      Uint8Array.from({ length: 200 }, (_, k) => ((k + j) % 4 === 0 ? 1 : 0)),
    );
    expect(choose([...poor, simple, better], 'simplest')).toBe(31);
  });

  it('keeps the only head', () => {
    expect(choose([head(3, [0, 1, 2])], 'simplest')).toBe(0);
  });
});
