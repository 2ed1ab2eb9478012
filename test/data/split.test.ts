import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Split } from '../../engine/data/dataset';
import { freeSplit } from '../../engine/data/source';
import { drawSplits, leftOut, shares, type SplitRequest } from '../../engine/data/split';

const request = (labels: number[], rest: Partial<SplitRequest> = {}): SplitRequest => ({
  seed: 1,
  domain: 'a',
  labels: Int32Array.from(labels),
  fixed: new Uint8Array(labels.length).fill(freeSplit),
  validation: 0.1,
  test: 0.2,
  ...rest,
});
const count = (splits: Uint8Array, value: number, among?: (row: number) => boolean): number =>
  splits.filter((split, row) => split === value && (among?.(row) ?? true)).length;

const hundredOfTen = Array.from({ length: 1000 }, (_, i) => i % 10);

describe('splits', () => {
  test('have their shares in every class', () => {
    const splits = drawSplits(request(hundredOfTen));
    for (let label = 0; label < 10; label++) {
      const own = (row: number): boolean => row % 10 === label;
      expect([Split.test, Split.validation, Split.train].map((split) => count(splits, split, own))).toEqual([
        20, 8, 72,
      ]);
    }
  });

  test('are drawn by seed and domain alone', () => {
    const splits = drawSplits(request(hundredOfTen));
    expect(drawSplits(request(hundredOfTen))).toEqual(splits);
    expect(drawSplits(request(hundredOfTen, { seed: 2 }))).not.toEqual(splits);
    expect(drawSplits(request(hundredOfTen, { domain: 'b' }))).not.toEqual(splits);
  });

  test('a fixed test set stays, and no other sample joins it', () => {
    const fixed = Uint8Array.from(hundredOfTen, (_, i) => (i < 100 ? Split.test : freeSplit));
    const splits = drawSplits(request(hundredOfTen, { fixed }));
    expect(count(splits, Split.test)).toBe(100);
    expect(count(splits, Split.test, (row) => row < 100)).toBe(100);
    expect(count(splits, Split.validation)).toBe(90);
  });

  test('a fixed validation set stays, and the test set is drawn', () => {
    const fixed = Uint8Array.from(hundredOfTen, (_, i) => (i < 100 ? Split.validation : freeSplit));
    const splits = drawSplits(request(hundredOfTen, { fixed }));
    expect([count(splits, Split.validation), count(splits, Split.test)]).toEqual([100, 180]);
  });

  test('a limit is met exactly, stratified, and leaves the test set alone', () => {
    const all = drawSplits(request(hundredOfTen));
    const limited = drawSplits(request(hundredOfTen, { limit: 205 }));
    expect(count(limited, Split.train) + count(limited, Split.validation)).toBe(205);
    expect(limited.filter((split) => split === Split.test)).toHaveLength(200);
    hundredOfTen.forEach((_, row) => expect(limited[row] === Split.test).toBe(all[row] === Split.test));
    for (let label = 0; label < 10; label++) {
      const kept =
        count(limited, Split.train, (r) => r % 10 === label) +
        count(limited, Split.validation, (r) => r % 10 === label);
      expect([20, 21]).toContain(kept);
    }
    expect(count(drawSplits(request(hundredOfTen, { limit: 5000 })), leftOut)).toBe(0);
  });

  test('small classes keep a training sample', () => {
    const splits = drawSplits(request([0, 1, 1, 2, 2, 2], { test: 0.9, validation: 0.9 }));
    for (const rows of [[0], [1, 2], [3, 4, 5]]) expect(rows.some((row) => splits[row] === Split.train)).toBe(true);
  });

  test('many small classes together give the share', () => {
    const labels = Array.from({ length: 300 }, (_, i) => Math.floor(i / 3));
    expect(count(drawSplits(request(labels)), Split.test)).toBe(60);
  });

  test('every sample has its place, whatever the labels', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 1, maxLength: 60 }),
        fc.option(fc.integer({ min: 1, max: 70 }), { nil: undefined }),
        (labels, limit) => {
          const splits = drawSplits(request(labels, { limit }));
          expect([...splits].every((split) => [0, 1, 2, leftOut].includes(split))).toBe(true);
          const pool = count(splits, Split.train) + count(splits, Split.validation);
          expect(pool).toBe(Math.min(limit ?? Infinity, labels.length - count(splits, Split.test)));
        },
      ),
    );
  });
});

test('shares add up and stay within their sizes', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { maxLength: 20 }), fc.double({ min: 0, max: 1, noNaN: true }), (sizes, share) => {
      const counts = shares(sizes, share);
      const exact = sizes.map((size) => size * share);
      counts.forEach((value, i) => {
        expect(value).toBeLessThanOrEqual(sizes[i]!);
        expect(Math.abs(value - exact[i]!)).toBeLessThan(1 + 1e-9);
      });
      expect(counts.reduce((a, b) => a + b, 0)).toBe(Math.round(exact.reduce((a, b) => a + b, 0)));
    }),
  );
});
