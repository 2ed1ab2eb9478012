import type { ReportFigure, RunView, SweepSetting } from '../../engine/report/payload';
import { h, labelledSelect } from '../charts/dom';
import { tableActions, type Cell, type TableData } from '../charts/table';
import type { Choices } from '../shell/choices';
import { meanAsFigure } from '../shell/seeds';
import { plainPanel } from '../shell/view';
import { advantageCell, largest, points } from './advantage-cell';

const nothing = '';
const domains = 'source → target';
const shifts = ['OOD', 'ID'] as const;

/**
 * Where LP-FT beats FT over the settings of a sweep: two of its fields down and across, the others as in the run's row.
 * Undefined where the sweep has varied nothing but the seed, or compared no such methods.
 */
export function sweptAdvantagePanel({ sweep }: RunView, choices: Choices): HTMLElement | undefined {
  if (!sweep) return undefined;
  const own = joined(sweep.own);
  const settings = [own, ...sweep.near.map(joined)].filter(({ advantages }) => advantages.length > 0);
  const all = Object.keys(own.settings);
  const fields = all.filter((field) => valuesOf(settings, field).length > 1);
  const measured = shifts.filter((shift) => settings.some((one) => figureOf(one, shift)));
  if (fields.length === 0 || measured.length === 0) return undefined;
  const down = choices.among('swept.down', fields, fields.find((field) => field !== domains) ?? fields[0]);
  const across = choices.among(
    'swept.across',
    [...fields.filter((field) => field !== down), nothing],
    fields.find((field) => field !== down) ?? nothing,
  );
  const shift = choices.among('swept.shift', measured);
  const frame = h('div', { class: 'frame' });
  const draw = (change: () => void): void => {
    change();
    const next = sweptAdvantagePanel({ sweep } as RunView, choices);
    if (next) frame.closest('figure')?.replaceWith(next);
  };
  const isBeside = ({ settings: other }: SweepSetting): boolean =>
    all.every((field) => field === down || field === across || text(other[field]) === text(own.settings[field]));
  const shown = settings.filter(isBeside);
  const rows = valuesOf(shown, down);
  const columns = across === nothing ? [nothing] : valuesOf(shown, across);
  const cell = (row: string, column: string): ReportFigure | undefined => {
    const found = shown.find(
      (one) => text(one.settings[down]) === row && (across === nothing || text(one.settings[across]) === column),
    );
    return found && figureOf(found, shift);
  };
  const head = (column: string): string => (across === nothing ? 'LP-FT − FT' : column);
  const most = largest(rows.flatMap((row) => columns.map((column) => cell(row, column)?.value ?? NaN)));
  const fixed = all.filter((field) => field !== down && field !== across);
  const select = (label: string, key: string, offered: readonly string[], chosen: string): HTMLElement =>
    labelledSelect(
      label,
      offered.map((value) => ({ value, text: value === nothing ? 'nothing' : value })),
      chosen,
      (value) => draw(() => choices.set(key, value)),
    );
  frame.append(
    h(
      'div',
      { class: 'table-frame', tabindex: 0, role: 'region', 'aria-label': 'Advantage over the settings of the sweep' },
      h(
        'table',
        { class: 'heat-table map' },
        h('caption', {}, 'Accuracy of LP-FT minus that of FT, in points'),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, across === nothing ? down : `${down} ↓  ${across} →`),
            ...columns.map((column) => h('th', { scope: 'col' }, head(column))),
          ),
        ),
        h(
          'tbody',
          {},
          ...rows.map((row) =>
            h(
              'tr',
              {},
              h('th', { scope: 'row', title: row }, row),
              ...columns.map((column) =>
                advantageCell(cell(row, column), most, [row, column].filter(Boolean).join(', ')),
              ),
            ),
          ),
        ),
      ),
    ),
  );
  const table = (): TableData => ({
    caption: 'Advantage over the settings of the sweep',
    columns: [
      { text: down },
      ...(across === nothing ? [] : [{ text: across }]),
      ...['LP-FT − FT in points', 'low', 'high', 'seeds'].map((name) => ({ text: name, numeric: true })),
    ],
    rows: rows.flatMap((row) =>
      columns.flatMap((column): Cell[][] => {
        const figure = cell(row, column);
        if (!figure) return [];
        const bound = (value: number | undefined): Cell => (value === undefined ? '' : [points(value), 100 * value]);
        return [
          [
            ...[row, ...(across === nothing ? [] : [column])],
            ...[bound(figure.value), bound(figure.interval?.[0]), bound(figure.interval?.[1])],
            [String(figure.seeds), figure.seeds ?? NaN],
          ],
        ];
      }),
    ),
  });
  return plainPanel(
    'Advantage over the sweep',
    `Accuracy of LP-FT minus that of FT in points, paired by row, with half the 95 % interval over seeds; bold where that leaves zero out.${fixed.length > 0 ? ` As in this run: ${fixed.map((field) => `${field} = ${text(own.settings[field])}`).join(', ')}.` : ''}`,
    [
      h(
        'div',
        { class: 'controls' },
        select('Down', 'swept.down', fields, down),
        fields.length > 1 &&
          select('Across', 'swept.across', [...fields.filter((field) => field !== down), nothing], across),
        measured.length > 1 &&
          labelledSelect(
            'Measured on',
            measured.map((one) => ({ value: one, text: one === 'ID' ? 'source (ID)' : 'target (OOD)' })),
            shift,
            (value) => draw(() => choices.set('swept.shift', value)),
          ),
      ),
      frame,
      h('p', { class: 'note' }, 'Blue: LP-FT is better. Orange: FT is.'),
      tableActions(table),
    ],
    { wide: columns.length > 6 },
  );
}

/** A setting with source and target as one field where the sweep sets them. */
function joined(setting: SweepSetting): SweepSetting {
  const { 'data.source': source, 'data.target': target, ...rest } = setting.settings;
  if (source === undefined || target === undefined) return setting;
  return { ...setting, settings: { ...rest, [domains]: `${text(source)} → ${text(target)}` } };
}

function figureOf({ advantages }: SweepSetting, shift: 'ID' | 'OOD'): ReportFigure | undefined {
  const found = advantages.find((one) => one.shift === shift);
  return found && meanAsFigure(found);
}

/** Values of a field among settings as texts: numbers by size, others as they come. */
function valuesOf(settings: readonly SweepSetting[], field: string): string[] {
  const values = settings.map((one) => one.settings[field]);
  const sorted = values.every((value) => typeof value === 'number') ? values.sort((a, b) => a - b) : values;
  return [...new Set(sorted.map(text))];
}

function text(value: unknown): string {
  return value === undefined || value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
}
