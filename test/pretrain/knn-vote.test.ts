import { describe, expect, it } from 'vitest';
import { knnVote } from '../../engine/pretrain/knn-vote';
import { cosine, randomMatrix } from './support/derivative';

const rows = (matrix: number[][]) => ({
  features: Float32Array.from(matrix.flat()),
  n: matrix.length,
  d: matrix[0]!.length,
});

describe('the nearest-neighbour vote', () => {
  it.each([60, 61, 62, 63])('is that of sorting all %i neighbours by their cosine', (n) => {
    const bank = randomMatrix(n, 5, 1);
    const queries = randomMatrix(40, 5, 2);
    const labels = Int32Array.from(bank, (_, i) => (i * 7) % 4);
    const expected = queries.map((query) => {
      const near = bank
        .map((row, i) => ({ cosine: cosine(query, row), label: labels[i]! }))
        .sort((a, b) => b.cosine - a.cosine)
        .slice(0, 9);
      const votes = [0, 0, 0, 0];
      for (const { cosine: value, label } of near) votes[label]! += Math.exp(value / 0.1);
      return votes.indexOf(Math.max(...votes));
    });
    const settings = { neighbours: 9, temperature: 0.1, classes: 4 };
    expect([...knnVote({ ...rows(bank), labels }, rows(queries), settings)]).toEqual(expected);
  });

  it('takes all where there are fewer than asked for', () => {
    const bank = {
      ...rows([
        [1, 0],
        [0, 1],
      ]),
      labels: Int32Array.of(1, 0),
    };
    expect([...knnVote(bank, rows([[2, 1]]), { neighbours: 200, temperature: 0.1, classes: 2 })]).toEqual([1]);
  });
});
