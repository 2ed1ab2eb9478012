import { describe, expect, it } from 'vitest';
import { sweepOfRow } from '../../engine/report/run-sweep';
import type { Figure } from '../../engine/run/format';
import { studySchema } from '../../engine/study/schema';
import type { ResultRow } from '../../engine/sweep/tables/collect';
import { meanDifferences, meanFigures } from '../../engine/sweep/tables/means';
import { pivot } from '../../engine/sweep/tables/pivot';
import { summarize } from '../../engine/sweep/tables/summary';

function accuracy(
  stage: 'transfer' | 'finetune',
  method: string,
  value: number,
  more: Partial<Figure> = { shift: 'OOD', domain: 'b' },
): Figure {
  return { stage, id: `${stage}.accuracy`, label: 'Accuracy', unit: 'fraction', method, value, ...more };
}

/** Three seeds of every combination of two numbers of epochs, two widths and two pairs of domains. */
const rows: ResultRow[] = [];
for (const epochs of [1, 2])
  for (const width of [8, 16])
    for (const [source, target] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const)
      for (const seed of [0, 1, 2]) {
        const row = rows.length;
        rows.push({
          ...{ row, task: `row-${row}`, run: `row-${row}`, seed },
          settings: {
            ...{ 'pretrain.epochs': epochs, 'encoder.width': width, seed },
            ...{ 'data.source': source, 'data.target': target },
          },
          study: studySchema.parse({ name: 'x', seed, data: { folder: 'f', source, target }, pretrain: { epochs } }),
          figures: [
            accuracy('transfer', 'spectral', 0.5 + seed / 10, { shift: 'OOD', domain: target }),
            accuracy('finetune', 'LP-FT', 0.6 + 0.02 * seed + epochs / 100),
            accuracy('finetune', 'FT', 0.6 + 0.01 * seed),
          ],
        });
      }

describe('what a sweep says for one of its rows', () => {
  const summary = { sweep: 's-1', name: 'S', finished: rows.length, rows: 30, ...summarize(rows) };

  it('is its setting over seeds, and the settings that differ in two ways at most', () => {
    const found = sweepOfRow(summary, 4)!;
    expect(found).toMatchObject({ id: 's-1', name: 'S', finished: 24, rows: 30 });
    expect(found.own.seeds).toBe(3);
    expect(found.own.settings).toEqual({
      ...{ 'pretrain.epochs': 1, 'encoder.width': 8, 'data.source': 'b', 'data.target': 'a' },
    });
    // Of seven others all but the one that differs in epochs, width and domains.
    expect(found.near.map(({ settings }) => Object.values(settings).join(' '))).toEqual([
      ...['1 8 a b', '1 16 a b', '1 16 b a', '2 8 a b', '2 8 b a', '2 16 b a'],
    ]);
    expect(found.near.every(({ figures }) => figures.every(({ id }) => id === 'transfer.accuracy'))).toBe(true);
  });

  it('has the advantage of LP-FT over FT, paired by row', () => {
    const [advantage] = sweepOfRow(summary, 0)!.own.advantages;
    // 0.01, 0.02, 0.03: s = 0.01, t₀.₉₇₅(2) = 4.302653.
    expect(advantage).toMatchObject({ id: 'finetune.accuracy', method: 'LP-FT', shift: 'OOD', n: 3 });
    expect(advantage!.mean).toBeCloseTo(0.02, 12);
    expect(advantage!.high! - advantage!.mean).toBeCloseTo((4.302653 * 0.01) / Math.sqrt(3), 7);
  });

  it('is nothing for a row that has not finished, or a summary that is none', () => {
    expect(sweepOfRow(summary, 99)).toBeUndefined();
    for (const broken of [undefined, null, 3, [], {}, { sweep: 's', groups: [null, {}, { rows: 'x' }] }])
      expect(sweepOfRow(broken, 0)).toBeUndefined();
    // An older engine's summary has no advantages.
    const older = { ...summary, groups: summary.groups.map(({ advantages: _, ...group }) => group) };
    expect(sweepOfRow(older, 0)!.own.advantages).toEqual([]);
  });
});

describe('means over seeds', () => {
  const of = (source: string, value: number): Figure =>
    accuracy('transfer', 'spectral', value, { shift: 'OOD', domain: 'c', source });

  it('tell figures of different sources apart', () => {
    const means = meanFigures([
      [of('a', 0.2), of('b', 0.8)],
      [of('a', 0.4), of('b', 0.6)],
    ]);
    expect(means.map(({ source, n, mean }) => [source, n, Number(mean.toFixed(12))])).toEqual([
      ['a', 2, 0.3],
      ['b', 2, 0.7],
    ]);
    const row = { ...rows[0]!, figures: [of('a', 0.2), of('b', 0.8)] };
    const choice = { figure: 'transfer.accuracy' };
    const matrix = pivot([row], { row: 'data.source', column: 'data.target', figure: choice });
    expect(matrix.rows).toEqual(['a', 'b']);
    expect(matrix.columns).toEqual(['c']);
  });

  it('leave out what is no number, and differences without a counterpart', () => {
    expect(meanFigures([[of('a', NaN)], [of('a', 0.5)]])).toMatchObject([{ n: 1, mean: 0.5 }]);
    expect(meanDifferences([[[of('a', 0.5), of('b', 0.5)], [of('a', 0.2)]]])).toMatchObject([{ source: 'a', n: 1 }]);
  });
});
