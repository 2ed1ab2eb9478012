import picocolors from 'picocolors';
import { describe, expect, test } from 'vitest';
import type { Figure } from '../../engine/run/format';
import { formatClock, formatDuration, formatFigure, significant } from '../../engine/terminal/numbers';
import { renderResults } from '../../engine/terminal/table';

const plain = picocolors.createColors(false);

function finetune(method: string, id: number, ood: number, distortion?: number): Figure[] {
  const accuracy = { stage: 'finetune', id: 'finetune.accuracy', label: 'accuracy', method, unit: 'fraction' } as const;
  const figures: Figure[] = [
    { ...accuracy, value: id, shift: 'ID', domain: 'photo', samples: 400, better: 'higher' },
    { ...accuracy, value: ood, shift: 'OOD', domain: 'sketch', samples: 400, better: 'higher' },
  ];
  if (distortion !== undefined) {
    figures.push({
      stage: 'finetune',
      id: 'finetune.distortion',
      label: 'distortion (mean feature distance)',
      method,
      value: distortion,
      unit: 'distance',
      better: 'lower',
      shift: 'ID',
      domain: 'photo',
    });
  }
  return figures;
}

const figures: Figure[] = [
  { stage: 'data', id: 'data.samples', label: 'samples', value: 12480, unit: 'count', domain: 'photo' },
  { stage: 'data', id: 'data.samples', label: 'samples', value: 960, unit: 'count', domain: 'sketch' },
  { stage: 'spectrum', id: 'a', label: 'cluster accuracy', value: 0.713, unit: 'fraction', better: 'higher' },
  { stage: 'spectrum', id: 'b', label: 'eigengap', value: 0.021345, unit: 'eigenvalue' },
  ...finetune('LP', 0.9, 0.72),
  ...finetune('FT', 0.945, 0.655, 0.0193),
  ...finetune('LP-FT', 0.945, 0.71, 0.00097),
];

describe('the final table', () => {
  test('stages, methods as rows, ID and OOD as columns', () => {
    expect(renderResults(figures, { colors: plain })).toBe(
      `
┌─────────┬────────┬────────┐
│ data    │ domain │  value │
├─────────┼────────┼────────┤
│ samples │ photo  │ 12,480 │
│         │ sketch │    960 │
└─────────┴────────┴────────┘

┌──────────────────┬────────┐
│ spectrum         │  value │
├──────────────────┼────────┤
│ cluster accuracy │ 71.3 % │
│ eigengap         │ 0.0213 │
└──────────────────┴────────┘

┌────────────────────────────────────┬────────┬──────────────┬──────────────┐
│ finetune                           │ method │   ID (photo) │ OOD (sketch) │
├────────────────────────────────────┼────────┼──────────────┼──────────────┤
│ accuracy                           │ LP     │ 90.0 % ± 1.5 │ 72.0 % ± 2.2 │
│                                    │ FT     │ 94.5 % ± 1.1 │ 65.5 % ± 2.4 │
│                                    │ LP-FT  │ 94.5 % ± 1.1 │ 71.0 % ± 2.3 │
│ distortion (mean feature distance) │ FT     │       0.0193 │              │
│                                    │ LP-FT  │     0.000970 │              │
└────────────────────────────────────┴────────┴──────────────┴──────────────┘
`.trim(),
    );
  });

  test('a narrow terminal wraps the labels', () => {
    const lines = renderResults(figures.slice(4), { colors: plain, width: 64 }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBe(64);
    expect(lines.join('\n')).toContain('│ distortion (mean      │ FT');
  });

  test('the best method is bold in every column, ties alike; without colours nothing is', () => {
    const bold = renderResults(figures.slice(4), { colors: picocolors.createColors(true) });
    const marked = bold
      .split('\u001b[1m')
      .slice(1)
      .map((rest) => rest.split('\u001b[22m')[0]);
    expect(marked).toEqual([
      ...['finetune', 'method', 'ID (photo)', 'OOD (sketch)'],
      ...['72.0 % ± 2.2', '94.5 % ± 1.1', '94.5 % ± 1.1', '0.000970'],
    ]);
    expect(renderResults(figures, { colors: plain })).not.toContain('\u001b');
  });

  test('several domains in one column name themselves in the cells', () => {
    const both: Figure[] = ['sketch', 'clipart'].map((domain) => ({
      ...{ stage: 'transfer', id: 't', label: `accuracy on ${domain}`, unit: 'fraction', shift: 'OOD', value: 0.5 },
      domain,
    }));
    expect(renderResults(both, { colors: plain })).toContain('50.0 % (clipart)');
  });

  test('another source than the own has rows of its own, and methods of one stage share a table', () => {
    const accuracy = { stage: 'transfer', id: 'transfer.accuracy', label: 'Accuracy', unit: 'fraction' } as const;
    const pair = (method: string, ood: number, source?: string): Figure[] => [
      { ...accuracy, method, source, shift: 'ID', domain: source ?? 'photo', value: 0.9, better: 'higher' },
      { ...accuracy, method, source, shift: 'OOD', domain: source ? 'photo' : 'sketch', value: ood, better: 'higher' },
    ];
    const matrix: Figure[] = [
      { ...{ stage: 'pretrain', id: 'l', label: 'Loss', unit: 'value', value: 1 }, method: 'spectral' },
      { ...{ stage: 'pretrain-swav', id: 'l', label: 'Loss', unit: 'value', value: 2 }, method: 'swav' },
      ...pair('spectral', 0.8),
      ...pair('swav', 0.7),
      ...pair('spectral', 0.6, 'sketch'),
    ];
    expect(renderResults(matrix, { colors: plain })).toBe(
      `
┌──────────┬──────────┬───────┐
│ pretrain │ method   │ value │
├──────────┼──────────┼───────┤
│ Loss     │ spectral │  1.00 │
│          │ swav     │  2.00 │
└──────────┴──────────┴───────┘

┌──────────┬──────────┬─────────────┬─────────────────┬─────────────────┐
│ transfer │ method   │ domain      │              ID │             OOD │
├──────────┼──────────┼─────────────┼─────────────────┼─────────────────┤
│ Accuracy │ spectral │             │  90.0 % (photo) │ 80.0 % (sketch) │
│          │ swav     │             │  90.0 % (photo) │ 70.0 % (sketch) │
│          │ spectral │ from sketch │ 90.0 % (sketch) │  60.0 % (photo) │
└──────────┴──────────┴─────────────┴─────────────────┴─────────────────┘
`.trim(),
    );
  });

  test('nothing gives nothing', () => {
    expect(renderResults([], { colors: plain })).toBe('');
  });
});

describe('numbers', () => {
  test('the binomial standard error: p = 1/2 of n = 100 is 5 points', () => {
    expect(formatFigure({ value: 0.5, unit: 'fraction', samples: 100 })).toBe('50.0 % ± 5.0');
    expect(formatFigure({ value: 0.5, unit: 'fraction' })).toBe('50.0 %');
    expect(formatFigure({ value: 1, unit: 'fraction', samples: 10 })).toBe('100.0 % ± 0.0');
  });

  test.each([
    [0, '0'],
    [0.019349, '0.0193'],
    [2, '2.00'],
    [999.4, '999'],
    [999.6, '1,000'],
    [12345.6, '12,346'],
    [1234567, '1.23e+6'],
    [0.00001234, '1.23e-5'],
    [-0.5616558, '-0.562'],
    [NaN, 'n/a'],
  ])('%s to three significant digits is %s', (value, text) => {
    expect(significant(value)).toBe(text);
  });

  test('a value that JSON could not hold is not available', () => {
    const read = JSON.parse(JSON.stringify({ value: NaN, unit: 'distance' })) as Figure;
    expect(formatFigure(read)).toBe('n/a');
  });

  test.each([
    [0.04, '0.0 s', '0:00'],
    [59.9, '59.9 s', '1:00'],
    [59.96, '1:00', '1:00'],
    [3599.6, '1:00:00', '1:00:00'],
    [7387, '2:03:07', '2:03:07'],
  ])('%s seconds', (seconds, duration, clock) => {
    expect(formatDuration(seconds)).toBe(duration);
    expect(formatClock(seconds)).toBe(clock);
  });
});

describe('the advantage map', () => {
  test('levels down, shifts across, points of accuracy', () => {
    const stage = 'advantage' as const;
    const cell = (method: string, domain: string, value: number): Figure => ({
      ...{ stage, id: 'advantage.difference', label: 'LP-FT − FT, accuracy', unit: 'fraction' },
      ...{ method, domain, value },
    });
    const map: Figure[] = [
      cell('weight noise 0', 'none', 0.012),
      cell('weight noise 0', 'sketch', 0.1),
      cell('weight noise 1', 'none', -0.0249),
      cell('weight noise 1', 'sketch', 0),
      { stage, id: 'advantage.quality', label: 'Probe', unit: 'fraction', method: 'weight noise 0', value: 0.8 },
      { stage, id: 'advantage.shift', label: 'Distance', unit: 'distance', domain: 'sketch', value: 0.51234 },
      { stage, id: 'advantage.predicted', label: 'Predicted', unit: 'value', value: 0.4 },
    ];
    expect(renderResults(map, { colors: plain })).toBe(
      `
┌───────────────────────┬────────┬──────┬────────┐
│ advantage: LP-FT − FT │  probe │ none │ sketch │
├───────────────────────┼────────┼──────┼────────┤
│ weight noise 0        │ 80.0 % │ +1.2 │  +10.0 │
│ weight noise 1        │        │ −2.5 │    0.0 │
│ distance of the shift │        │      │  0.512 │
└───────────────────────┴────────┴──────┴────────┘
Points of accuracy on shifted samples, mean of all repetitions. probe: accuracy without shift;
distance: from 0, features like those without shift, to 2, always told apart.
Predicted: 0.400.`.trimStart(),
    );
    const poor = map.map((figure) => (figure.id === 'advantage.predicted' ? { ...figure, value: -0.4 } : figure));
    expect(renderResults(poor, { colors: plain })).toContain('Predicted: -0.400, no better than its mean.');
    expect(renderResults(map, { colors: picocolors.createColors(true) })).toContain('\u001b[31m−2.5');
  });
});
