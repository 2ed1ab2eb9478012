import { parquetReadObjects } from 'hyparquet';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { stream } from '../../engine/data/random';
import type { Figure } from '../../engine/run/format';
import { studySchema } from '../../engine/study/schema';
import type { ResultRow } from '../../engine/sweep/tables/collect';
import { pivot } from '../../engine/sweep/tables/pivot';
import { meanInterval, studentCdf, studentQuantile } from '../../engine/sweep/tables/student';
import { rankBy, summarize } from '../../engine/sweep/tables/summary';
import { longTable, summaryTable, toCsv, toMarkdown, toParquet } from '../../engine/sweep/tables/write';

describe("Student's t", () => {
  // Closed forms: ν = 1 is Cauchy's distribution; ν = 2 and 4 are algebraic (Abramowitz and Stegun 26.7.3–4).
  const closed: Record<number, (t: number) => number> = {
    1: (t) => 0.5 + Math.atan(t) / Math.PI,
    2: (t) => 0.5 + t / (2 * Math.sqrt(2 + t * t)),
    3: (t) => 0.5 + (t / Math.sqrt(3) / (1 + (t * t) / 3) + Math.atan(t / Math.sqrt(3))) / Math.PI,
    4: (t) => 0.5 + (3 / 8) * (t / Math.sqrt(1 + (t * t) / 4)) * (1 - (t * t) / (12 * (1 + (t * t) / 4))),
  };

  test.each([1, 2, 3, 4])('the distribution with %i degrees of freedom is its closed form', (nu) => {
    for (const t of [-8, -2.5, -0.3, 0, 0.01, 1, 3, 20]) expect(studentCdf(t, nu)).toBeCloseTo(closed[nu]!(t), 12);
  });

  test('quantiles: closed forms, and the printed table', () => {
    expect(studentQuantile(0.975, 1)).toBeCloseTo(Math.tan(Math.PI * 0.475), 9);
    expect(studentQuantile(0.975, 2)).toBeCloseTo(0.95 / Math.sqrt(2 * 0.975 * 0.025), 10);
    for (const [nu, t] of [
      [4, 2.776],
      [9, 2.262],
      [19, 2.093],
      [29, 2.045],
      [120, 1.98],
      [1e6, 1.96],
    ] as const)
      expect(studentQuantile(0.975, nu)).toBeCloseTo(t, 3);
    expect(studentQuantile(0.5, 7)).toBeCloseTo(0, 12);
    expect(() => studentQuantile(1, 3)).toThrow(RangeError);
  });

  test('the interval holds the true mean of normal samples 95 times of 100', () => {
    const random = stream(11, 'coverage');
    let inside = 0;
    const rounds = 20_000;
    for (let i = 0; i < rounds; i++) {
      const { low, high } = meanInterval(Array.from({ length: 4 }, () => 3 + 2 * random.normal()));
      if (low! <= 3 && 3 <= high!) inside++;
    }
    // Five standard errors of a proportion.
    expect(Math.abs(inside / rounds - 0.95)).toBeLessThan(5 * Math.sqrt((0.95 * 0.05) / rounds));
  });

  test('one value has a mean and no interval', () => {
    expect(meanInterval([0.5])).toEqual({ n: 1, mean: 0.5 });
  });
});

const figure = (method: string, shift: 'ID' | 'OOD', value: number): Figure => ({
  stage: 'transfer',
  id: 'transfer.accuracy',
  label: 'Accuracy, with "quotes"',
  unit: 'fraction',
  better: 'higher',
  domain: shift === 'ID' ? 'a' : 'b',
  ...{ method, shift, value },
});

/** Two pairs of domains, two settings, three seeds. */
const rows: ResultRow[] = [];
for (const [source, target] of [
  ['a', 'b'],
  ['b', 'a'],
])
  for (const epochs of [1, 2])
    for (const seed of [0, 1, 2]) {
      const row = rows.length;
      rows.push({
        ...{ row, task: `row-${row}`, run: `row-${row}`, seed },
        settings: { 'data.source': source, 'data.target': target, 'pretrain.epochs': epochs, seed },
        study: studySchema.parse({ name: 'x', seed, data: { folder: 'f', source, target }, pretrain: { epochs } }),
        figures: [
          figure('spectral', 'ID', 0.9),
          figure('spectral', 'OOD', 0.5 + row / 100),
          figure('source-only', 'OOD', 0.4 + (row % 3) / 50),
        ],
      });
    }
const spectral = { figure: 'transfer.accuracy', method: 'spectral', shift: 'OOD' as const };

describe('tables', () => {
  test('means over seeds of each setting, by hand', () => {
    const { fields, groups } = summarize(rows);
    expect(fields).toEqual(['data.source', 'data.target', 'pretrain.epochs']);
    expect(groups.map(({ rows: members }) => members)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7, 8],
      [9, 10, 11],
    ]);
    const mean = groups[1]!.figures.find(({ method, shift }) => method === 'spectral' && shift === 'OOD')!;
    // 0.53, 0.54, 0.55: s = 0.01, t₀.₉₇₅(2) = 4.302653.
    expect(mean.mean).toBeCloseTo(0.54, 12);
    expect(mean.std).toBeCloseTo(0.01, 12);
    expect(mean.high! - mean.mean).toBeCloseTo((4.302653 * 0.01) / Math.sqrt(3), 7);
  });

  test('the best by a criterion, higher or lower, and sentences for one that does not fit', () => {
    const summary = summarize(rows);
    expect(rankBy(summary, spectral).ranking[0]!.group.rows).toEqual([9, 10, 11]);
    expect(rankBy(summary, { ...spectral, better: 'lower' }).ranking[0]!.group.rows).toEqual([0, 1, 2]);
    expect(() => rankBy(summary, { figure: 'transfer.accuracy', shift: 'OOD' })).toThrow(/fits 2 figures/);
    expect(() => rankBy(summary, { figure: 'probe.accuracy' })).toThrow(/the figures are transfer\.accuracy/);
  });

  test('a pivot is the transfer matrix, and with a subtrahend the advantage, paired by row', () => {
    const matrix = pivot(rows, { row: 'data.source', column: 'data.target', figure: spectral });
    expect([matrix.rows, matrix.columns]).toEqual([
      ['a', 'b'],
      ['b', 'a'],
    ]);
    const of = (from: number, to: number, value: (row: number) => number): number =>
      Array.from({ length: to - from }, (_, i) => value(from + i)).reduce((a, b) => a + b, 0) / (to - from);
    expect(matrix.cells[0]![0]!.mean).toBeCloseTo(
      of(0, 6, (row) => 0.5 + row / 100),
      12,
    );
    expect(matrix.cells[1]![1]!.mean).toBeCloseTo(
      of(6, 12, (row) => 0.5 + row / 100),
      12,
    );
    expect([matrix.cells[0]![1], matrix.cells[1]![0]]).toEqual([null, null]);
    const advantage = pivot(rows, {
      row: 'pretrain.epochs',
      column: 'domain',
      figure: spectral,
      minus: { figure: 'transfer.accuracy', method: 'source-only' },
    });
    const paired = [0, 1, 2, 6, 7, 8].map((row) => 0.1 + row / 100 - (row % 3) / 50);
    expect(advantage.cells[0]![0]!.n).toBe(6);
    expect(advantage.cells[0]![0]!.mean).toBeCloseTo(paired.reduce((a, b) => a + b, 0) / 6, 12);
    expect(advantage.cells[0]![0]!.low).toBeCloseTo(meanInterval(paired).low!, 12);
  });

  test('CSV and Parquet, read by readers of others, hold the same', async () => {
    const table = longTable(rows);
    const csv: Record<string, string>[] = parse(toCsv(table), { columns: true });
    const bytes = toParquet(table);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const parquet = await parquetReadObjects({ file });
    expect(csv).toHaveLength(36);
    expect(parquet).toHaveLength(36);
    parquet.forEach((line, i) => {
      const written = rows[Math.floor(i / 3)]!;
      expect(line['value']).toBe(written.figures[i % 3]!.value);
      expect(Number(csv[i]!['value'])).toBe(line['value']);
      expect(csv[i]!['label']).toBe('Accuracy, with "quotes"');
      expect(line['pretrain.epochs']).toBe(written.settings['pretrain.epochs']);
      expect(line['data.source']).toBe(written.settings['data.source']);
      expect(line['samples']).toBeNull();
      expect(csv[i]!['samples']).toBe('');
    });
    const means: Record<string, string>[] = parse(toCsv(summaryTable(summarize(rows))), { columns: true });
    expect(means).toHaveLength(12);
    expect(new Set(means.map(({ n }) => n))).toEqual(new Set(['3']));
  });

  test('Markdown has a line for each mean', () => {
    const lines = toMarkdown(summarize(rows)).trim().split('\n');
    expect(lines).toHaveLength(2 + 12);
    expect(lines[2]).toBe('| a | b | 1 | Accuracy, with "quotes" | spectral | a, ID | 90.0 % ± 0.0 % (n = 3) |');
  });
});
