import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeNpy } from '../../engine/data/npy';
import { wilsonInterval } from '../../engine/report/interval';
import type { ReportFigure } from '../../engine/report/payload';
import { readRows } from '../../extension/panels/run-rows';
import { fileName } from '../../webview/charts/export';
import { methodPlace } from '../../webview/charts/method-bars';
import { compareCells, toCsv, toMarkdown } from '../../webview/charts/table';
import { zoomed } from '../../webview/charts/zoom';
import { countMatrix, diagonalOrder } from '../../webview/clusters/matrix';
import { differenceOf, differenceText } from '../../webview/compare/figures';
import { studyDifferences } from '../../webview/compare/study-diff';
import { readHostMessage, readPanelMessage } from '../../webview/contract';
import { parseNpy } from '../../webview/data/npy';
import { entryOf, type Samples } from '../../webview/data/run-data';
import { histogram, quantile } from '../../webview/distortion/moves';
import { wrongPairs } from '../../webview/transfer/misread';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eigenprobe-webview-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('arrays', () => {
  it('are read as the engine writes them', async () => {
    const arrays = [
      { shape: [2, 3], data: Float32Array.of(1, NaN, 3, -4, 5e-8, 6) },
      { shape: [4], data: Int32Array.of(-1, 0, 7, 2 ** 30) },
      { shape: [3], data: Float64Array.of(Math.PI, 0, -1e300) },
      { shape: [1, 2, 2], data: Uint8Array.of(0, 255, 7, 8) },
      { shape: [0, 5], data: new Float32Array(0) },
    ];
    for (const [i, array] of arrays.entries()) {
      const file = join(folder, `${i}.npy`);
      await writeNpy(file, array);
      const bytes = await readFile(file);
      const copy = new Uint8Array(bytes).buffer;
      expect(parseNpy(copy)).toEqual(array);
    }
  });

  it('that are something else are refused in words', async () => {
    expect(() => parseNpy(new TextEncoder().encode('nothing of the kind').buffer as ArrayBuffer)).toThrow(/no \.npy/);
    const file = join(folder, 'cut.npy');
    await writeNpy(file, { shape: [100], data: new Float32Array(100) });
    const bytes = new Uint8Array(await readFile(file));
    expect(() => parseNpy(bytes.slice(0, 300).buffer)).toThrow(/ends too early/);
  });

  it('give single rows without being read whole', async () => {
    const file = join(folder, 'values.npy');
    await writeNpy(file, { shape: [5, 2, 3], data: Uint8Array.from({ length: 30 }, (_, i) => i) });
    expect([...(await readRows(file, [4, 0]))!]).toEqual([24, 25, 26, 27, 28, 29, 0, 1, 2, 3, 4, 5]);
    expect(await readRows(file, [5])).toBeUndefined();
    expect(await readRows(join(folder, 'none.npy'), [0])).toBeUndefined();
  });
});

describe('tables', () => {
  const table = {
    caption: 'T',
    columns: [{ text: 'name' }, { text: 'value', numeric: true }],
    rows: [
      ['a "quoted", name', ['83.4 %', 0.834] as const],
      ['пример | 例', ['–', NaN] as const],
    ],
  };

  it('become CSV with full numbers, and Markdown as they are shown', () => {
    expect(toCsv(table)).toBe('name,value\r\n"a ""quoted"", name",0.834\r\nпример | 例,\r\n');
    expect(toMarkdown(table)).toBe(
      '| name | value |\n|---|--:|\n| a "quoted", name | 83.4 % |\n| пример \\| 例 | – |\n',
    );
  });

  it('sort numbers by size, whatever they look like, and texts by the alphabet', () => {
    const sorted = (cells: Parameters<typeof compareCells>[0][]): unknown[] =>
      cells.sort(compareCells).map((cell) => (typeof cell === 'string' ? cell : cell![0]));
    expect(sorted(['−2', '10', '9.5 %', 'none'])).toEqual(['−2', '9.5 %', '10', 'none']);
    expect(
      sorted([
        ['big', 3],
        ['small', -1],
        ['gone', NaN],
      ]),
    ).toEqual(['small', 'big', 'gone']);
    expect(sorted(['class 10', 'class 9'])).toEqual(['class 9', 'class 10']);
  });

  it('give files names of any script', () => {
    expect(fileName('Clusters and classes', 'csv')).toBe('clusters-and-classes.csv');
    expect(fileName('../Фигура: 図 1', 'png')).toBe('фигура-図-1.png');
    expect(fileName('///', 'svg')).toBe('figure.svg');
  });
});

describe('comparison', () => {
  const accuracy = (hits: number, n: number): ReportFigure => ({
    ...{ stage: 'probe', id: 'probe.accuracy', label: '', unit: 'fraction', samples: n, value: hits / n },
    interval: wilsonInterval(hits / n, n),
  });

  it('has the published intervals of differences (Newcombe 1998, table II, method 10)', () => {
    const cases = [
      [56, 70, 48, 80, 0.0524, 0.3339],
      [9, 10, 3, 10, 0.1705, 0.809],
      [5, 56, 0, 29, -0.0381, 0.1926],
      [0, 10, 0, 20, -0.1611, 0.2775],
    ] as const;
    for (const [a, m, b, n, low, high] of cases) {
      const { value, interval } = differenceOf(accuracy(a, m), accuracy(b, n))!;
      expect(value).toBeCloseTo(a / m - b / n, 12);
      expect(interval![0]).toBeCloseTo(low, 4);
      expect(interval![1]).toBeCloseTo(high, 4);
    }
  });

  it('says differences in percentage points, with their sign', () => {
    expect(differenceText({ value: 0.0213, interval: [-0.004, 0.046] }, 'fraction')).toBe('+2.1 (−0.4 … +4.6)');
    expect(differenceText({ value: -0.0001 }, 'fraction')).toBe('±0.0');
    expect(differenceText({ value: -12.345 }, 'distance')).toBe('−12');
  });

  it('tells settings that differ from those that do not', () => {
    const study = { seed: 1, pretrain: { epochs: 5, optimizer: { name: 'adam' } }, methods: ['LP', 'FT'] };
    const other = { seed: 2, pretrain: { epochs: 5, optimizer: { name: 'adam', momentum: 0.9 } }, methods: ['LP'] };
    expect(studyDifferences([study, other, null])).toEqual([
      { path: 'seed', values: ['1', '2', undefined] },
      { path: 'pretrain.epochs', values: ['5', '5', undefined] },
      { path: 'pretrain.optimizer.name', values: ['"adam"', '"adam"', undefined] },
      { path: 'methods', values: ['["LP","FT"]', '["LP"]', undefined] },
      { path: 'pretrain.optimizer.momentum', values: [undefined, '0.9', undefined] },
    ]);
    expect(studyDifferences([study, study])).toEqual([]);
  });
});

describe('what panels ask for', () => {
  it('is checked', () => {
    const ask = (query: unknown) => readPanelMessage({ type: 'ask', id: 1, run: 'r', query });
    expect(ask({ kind: 'clusters', k: 3 })).toEqual({
      type: 'ask',
      id: 1,
      run: 'r',
      query: { kind: 'clusters', k: 3 },
    });
    for (const bad of [
      { kind: 'clusters', k: '3; rm' },
      { kind: 'clusters', k: -1 },
      { kind: 'project', method: 'x', space: 'features', limit: 9 },
      { kind: 'project', method: 'pca', space: 'features' },
      { kind: 'path', from: 0.5, to: 1 },
      {},
    ])
      expect(ask(bad)).toBeUndefined();
    expect(readPanelMessage({ type: 'rows', id: 1, run: 'r', rows: [1, -2, 'x', 3.5, 9] })).toEqual({
      type: 'rows',
      id: 1,
      run: 'r',
      rows: [1, 9],
    });
    expect(readPanelMessage({ type: 'save', name: 'a', bytes: 'text' })).toBeUndefined();
    expect(readPanelMessage({ type: 'openPanel', run: 'r', kind: 'elsewhere' })).toBeUndefined();
    expect(readHostMessage({ type: 'answer', id: 4, error: 'No.' })).toEqual({
      type: 'answer',
      id: 4,
      error: 'No.',
      value: undefined,
    });
    expect(readHostMessage({ type: 'rows', id: 'x' })).toBeUndefined();
  });
});

describe('views', () => {
  const samples: Samples = {
    total: 6,
    rows: Int32Array.of(0, 2, 3, 7, 8, 11),
    drawn: Int32Array.of(0, 1, 2, 3, 4, 5),
    labels: Int32Array.of(0, 1, 1, -1, 0, 1),
    domains: Int32Array.of(0, 0, 1, 1, 1, 1),
    splits: Uint8Array.of(2, 2, 2, 2, 0, 2),
    ...{ names: [], classNames: ['a', 'b'], domainNames: ['s', 't'], sampleShape: [2] },
  };

  it('find the entry of a row', () => {
    expect([0, 2, 3, 7, 8, 11].map((row) => entryOf(samples, row))).toEqual([0, 1, 2, 3, 4, 5]);
    expect([1, 9, 12, -1].map((row) => entryOf(samples, row))).toEqual([-1, -1, -1, -1]);
  });

  it('count misread test samples with a label, of one domain', () => {
    expect(wrongPairs(samples, Int32Array.of(0, 1, 0, 0, 1, 0), 1)).toEqual([{ truth: 1, read: 0, entries: [2, 5] }]);
    expect(wrongPairs(samples, new Int32Array(0), 1)).toEqual([]);
  });

  it('count clusters by classes and bring the largest to the diagonal', () => {
    const matrix = countMatrix([2, 2, 0, 1, -1, 0], samples.labels, 2);
    expect(matrix).toEqual([
      [0, 2],
      [0, 0],
      [1, 1],
    ]);
    expect(
      diagonalOrder([
        [1, 9],
        [8, 2],
        [7, 0],
      ]),
    ).toEqual([1, 2, 0]);
  });

  it('sum up moves', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([], 0.5)).toBeNaN();
    const shares = histogram([0, 0.1, 9.99, 10], 10);
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(shares[0]).toBe(0.5);
    expect(shares.at(-1)).toBe(0.5);
    expect(histogram([], 1).every((share) => share === 0)).toBe(true);
  });

  it('keep the place under the pointer when they are scaled', () => {
    expect(zoomed([0, 10], 0.5, 2)).toEqual([1, 6]);
  });
});

describe('colours of methods', () => {
  it('are those of a method in every plot, whichever others it shows', () => {
    const lists = [
      ['LP', 'FT', 'LP-FT', 'WiSE-FT'],
      ['WiSE-FT', 'LP-FT', 'FT'],
      ['FT', 'mine', 'LP-FT', 'WiSE-FT'],
    ];
    for (const method of ['FT', 'LP-FT', 'WiSE-FT'])
      expect(new Set(lists.map((list) => methodPlace(list, method))).size, method).toBe(1);
    expect(new Set(lists[2]!.map((method) => methodPlace(lists[2]!, method))).size).toBe(4);
    expect(
      ['source-only', 'dann', 'swav'].map((method) => methodPlace(['swav', 'dann', 'source-only'], method)),
    ).toEqual([0, 1, 2]);
  });
});
