import { describe, expect, it } from 'vitest';
import type { MeanFigure, ReportFigure, RunSweep, RunView, SweepSetting } from '../../engine/report/payload';
import { seedGroups } from '../../extension/panels/seed-groups';
import { groupColumns, runColumns, runNames } from '../../webview/compare/columns';
import { cellText, figureRows } from '../../webview/compare/figures';
import { readHostMessage, type PanelRun } from '../../webview/contract';
import { Choices } from '../../webview/shell/choices';
import { shownFigures } from '../../webview/shell/seeds';
import { warningLines } from '../../webview/shell/states';
import { sweptPairs } from '../../webview/transfer/pairs';

function accuracy(value: number, more: Partial<ReportFigure> = {}): ReportFigure {
  return { stage: 'probe', id: 'probe.accuracy', label: 'Accuracy', unit: 'fraction', value, ...more };
}

function run(key: string, seed: number, epochs: number, value: number, more: Partial<RunView['run']> = {}): PanelRun {
  const study = { name: 'S', seed, pretrain: { epochs } };
  return {
    ...{ key, started: '14:05', base: '', files: [], throughput: [] },
    view: {
      run: { id: `id-${key}`, seed, study: { name: 'S', path: 's', hash: '' }, ...more } as RunView['run'],
      ...{ state: 'finished', study, details: {}, metrics: [], warnings: [] },
      figures: [accuracy(value, { interval: [0, 1] })],
    },
  };
}

describe('runs that differ in their seed alone', () => {
  const runs = [
    run('a', 0, 1, 0.5),
    run('b', 0, 2, 0.6),
    run('c', 1, 1, 0.7),
    run('d', 1, 2, 0.9),
    run('e', 0, 1, 0.1),
  ];

  it('stand together, each seed once; nothing does where no two are alike', () => {
    const groups = seedGroups(runs, undefined);
    expect(groups.map((group) => group.runs)).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ]);
    expect(groups[0]!.figures[0]).toMatchObject({ n: 2, mean: 0.6 });
    expect(groups[0]!.figures[0]).not.toHaveProperty('interval');
    expect(seedGroups(runs.slice(0, 2), undefined)).toEqual([]);
    const unknown = runs.slice(0, 2).map((one) => ({ ...one, view: { ...one.view, study: null } }));
    expect(seedGroups(unknown, undefined)).toEqual([]);
  });

  it('differ from the baseline seed by seed', () => {
    const [, other] = seedGroups(runs, 'c');
    // 0.1 and 0.2.
    expect(other!.differences![0]!.mean).toBeCloseTo(0.15, 12);
    expect(other!.differences![0]!.n).toBe(2);
    const [base, second] = groupColumns(runs, seedGroups(runs, 'c'), 'c');
    expect([base!.isBase, second!.isBase, base!.differenceTo]).toEqual([true, false, undefined]);
    const [row] = figureRows([base!, second!]);
    const difference = second!.differenceTo!(row!.values[1], row!.values[0])!;
    expect(difference.value).toBeCloseTo(0.15, 12);
    // t₀.₉₇₅(1) = 12.7062.
    expect(difference.interval![1] - difference.value).toBeCloseTo((12.7062047 * Math.SQRT1_2 * 0.1) / Math.SQRT2, 6);
  });

  it('are named by what sets them apart', () => {
    const groups = seedGroups(runs, undefined);
    expect(groupColumns(runs, groups, undefined).map(({ name }) => name)).toEqual(['epochs = 1', 'epochs = 2']);
    expect(cellText(groupColumns(runs, groups, undefined)[0]!.figures[0])).toMatch(/^60\.0 % ± \d+\.\d$/);
    const same = runs.filter(({ view }) => JSON.stringify(view.study).includes('"epochs":1'));
    expect(groupColumns(same, seedGroups(same, undefined), undefined).map(({ name }) => name)).toEqual(['S']);
    const other = run('o', 0, 1, 0.5, { study: { name: 'Other', path: 'o', hash: '' } });
    const settings = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`setting${i}`, i]));
    const unlike = { ...other, key: 'u', view: { ...other.view, study: { name: 'Other', seed: 0, ...settings } } };
    const group = (...members: PanelRun[]) => ({ runs: members.map(({ key }) => key), figures: [] });
    const mixed = [runs[0]!, runs[1]!, other, unlike];
    const named = groupColumns(mixed, [group(runs[0]!), group(runs[1]!), group(other), group(unlike)], undefined);
    expect(named.map(({ name }) => name)).toEqual([
      ...['S · epochs = 1', 'S · epochs = 2'],
      'Other · epochs = 1, setting0 = –, setting1 = –, setting2 = –, 6 more',
      'Other · epochs = –, setting0 = 0, setting1 = 1, setting2 = 2, 6 more',
    ]);
    const rows = [0, 1].map((row) => run(`r${row}`, row, 1, 0.5, { sweep: { id: 's', row, label: `seed = ${row}` } }));
    expect(runNames(rows)).toEqual(['seed = 0', 'seed = 1']);
    expect(runColumns(rows, 'r0').map(({ isBase }) => isBase)).toEqual([true, false]);
  });

  it('come through the contract, or not at all', () => {
    const message = { type: 'show', runs: [], groups: [{ runs: ['a'], figures: [] }, { runs: 3 }, null] };
    expect(readHostMessage(message)).toMatchObject({ groups: [{ runs: ['a'], figures: [] }] });
    expect(readHostMessage({ type: 'show', runs: [] })).toMatchObject({ groups: [] });
  });
});

describe('a row of a sweep', () => {
  const mean = (method: string, domain: string, value: number, more: Partial<MeanFigure> = {}): MeanFigure => ({
    ...{ stage: 'transfer', id: 'transfer.accuracy', label: '', unit: 'fraction', method, domain, shift: 'OOD' },
    ...{ n: 3, mean: value, low: value - 0.1, high: value + 0.1, ...more },
  });
  const setting = (settings: Record<string, unknown>, figures: MeanFigure[]): SweepSetting => ({
    ...{ settings, figures, seeds: 3, advantages: [] },
  });
  const sweep: RunSweep = {
    ...{ id: 's', name: 'S', finished: 9, rows: 9, fields: ['data.source', 'data.target', 'pretrain.epochs'] },
    own: setting({ 'data.source': 'a', 'data.target': 'b', 'pretrain.epochs': 1 }, [
      mean('spectral', 'b', 0.4),
      mean('spectral', 'a', 0.9, { shift: 'ID' }),
      mean('spectral', 'c', 0.3, { source: 'b' }),
    ]),
    near: [
      setting({ 'data.source': 'b', 'data.target': 'a', 'pretrain.epochs': 1 }, [mean('spectral', 'a', 0.5)]),
      setting({ 'data.source': 'a', 'data.target': 'b', 'pretrain.epochs': 2 }, [mean('spectral', 'b', 0.99)]),
    ],
  };
  const view = { ...run('a', 0, 1, 0.5).view, sweep };

  it('has the matrix of all pairs under its other settings', () => {
    expect(sweptPairs(view).map(({ source, target, accuracy: value }) => [source, target, value])).toEqual([
      ['a', 'b', 0.4],
      ['a', 'a', 0.9],
      ['b', 'c', 0.3],
      ['b', 'a', 0.5],
    ]);
    const one = { ...sweep, near: [], own: setting(sweep.own.settings, [mean('spectral', 'b', 0.4)]) };
    expect(sweptPairs({ ...view, sweep: one })).toEqual([]);
    expect(sweptPairs({ ...view, sweep: undefined })).toEqual([]);
  });

  it('shows means, or its own figures where the reader wants them or there is one seed', () => {
    expect(shownFigures(view, new Choices())[0]).toMatchObject({ value: 0.4, seeds: 3, interval: [0.4 - 0.1, 0.5] });
    expect(shownFigures(view, new Choices({ 'figures-of': 'run' }))).toBe(view.figures);
    const single = { ...sweep, own: { ...sweep.own, seeds: 1 } };
    expect(shownFigures({ ...view, sweep: single }, new Choices())).toBe(view.figures);
  });
});

describe('warnings', () => {
  it('are said once, without stacks, and without what the run failed of', () => {
    const { run: record } = run('a', 0, 1, 0.5).view;
    const warnings = [
      { stage: 'probe' as const, message: 'Few samples.' },
      { stage: 'probe' as const, message: 'Few samples.' },
      { message: 'Slow disk.\n    at somewhere' },
      { message: 'Error: It broke.\n    at elsewhere' },
    ];
    expect(warningLines({ warnings, run: { ...record, error: 'It broke.' } })).toEqual([
      'probe: Few samples.',
      'Slow disk.',
    ]);
  });
});
