import type { PanelRun } from '../contract';
import { barChart, describeBar } from '../charts/bars';
import { h, labelledSelect } from '../charts/dom';
import { lineChart } from '../charts/line';
import { formatCount, formatNumber } from '../charts/numbers';
import { chartPanel } from '../charts/panel';
import { tableActions, type Cell, type TableData } from '../charts/table';
import { colourOf } from '../charts/theme';
import type { Choices } from '../shell/choices';
import { bestColumn, cellText, differenceOf, differenceText, figureRows, plottable, type FigureRow } from './figures';
import { studyDifferences } from './study-diff';

/** The runs of a comparison, with the names that they have in it. */
export interface Compared {
  runs: readonly PanelRun[];
  names: readonly string[];
  /** Index of the run that the others are held against, −1 for none. */
  base: number;
  choices: Choices;
  redraw: () => void;
}

/** By time, by study where they differ, and by the end of the id where two would read the same. */
export function runNames(runs: readonly PanelRun[]): string[] {
  const plain = ({ view, started }: PanelRun): string =>
    runs.every((other) => other.view.run.study.name === view.run.study.name)
      ? started
      : `${view.run.study.name} ${started}`;
  return runs.map((run) => {
    const name = plain(run);
    const isAlone = runs.every((other) => other === run || plain(other) !== name);
    return isAlone ? name : `${name} (${run.view.run.id.slice(-6)})`;
  });
}

export function comparePanels(compared: Compared): HTMLElement[] {
  const rows = figureRows(compared.runs.map(({ view }) => view));
  return [
    ...(rows.length > 0 ? barsPanel(compared, rows) : []),
    ...curvesPanel(compared),
    ...(compared.runs.length > 1 ? [diffPanel(compared)] : []),
    ...(rows.length > 0 ? [figuresPanel(compared, rows)] : []),
  ];
}

function barsPanel({ runs, names, choices, redraw }: Compared, rows: readonly FigureRow[]): HTMLElement[] {
  const all = plottable(rows);
  if (all.length === 0) return [];
  const preferred = ['transfer.accuracy', 'finetune.accuracy', 'probe.accuracy', 'spectrum.accuracy'];
  const ids = all.map(({ id }) => id);
  const chosen = choices.among(
    'compare.figure',
    ids,
    preferred.find((id) => ids.includes(id)),
  );
  const own = rows.filter(({ figure }) => figure.id === chosen);
  const unit = own[0]!.figure.unit;
  const text = all.find(({ id }) => id === chosen)!.text;
  const categories = own.map(({ circumstance, figure }) => circumstance || figure.label);
  const series = (): { name: string; colour: string; bars: FigureRow['values'] }[] =>
    runs.map((_, i) => ({ name: names[i]!, colour: colourOf(i), bars: own.map(({ values }) => values[i]) }));
  const panel = chartPanel({
    title: text,
    note: own.some(({ values }) => values.some((value) => value?.interval))
      ? 'Whiskers: 95 % interval over the test samples.'
      : undefined,
    description: `${text}: ${own.map(({ circumstance, values }) => `${circumstance}: ${values.map((value) => describeBar(value, unit)).join(', ')}`).join('; ')}`,
    height: 300,
    controls: [
      labelledSelect(
        'Figure',
        all.map(({ id, text: name }) => ({ value: id, text: name })),
        chosen,
        (value) => {
          choices.set('compare.figure', value);
          redraw();
        },
      ),
    ],
    legend: runs.length > 1 ? () => series().map(({ name, colour }) => ({ text: name, colour })) : undefined,
    table: () => ({
      caption: text,
      columns: [{ text: 'measured' }, ...names.map((name) => ({ text: name, numeric: true }))],
      rows: categories.map((category, row) => [
        category,
        ...runs.map((_, i): Cell => [describeBar(own[row]!.values[i], unit), own[row]!.values[i]?.value ?? NaN]),
      ]),
    }),
    draw: (theme) => barChart({ categories, series: series(), unit, axis: text }, theme),
  });
  return [panel.element];
}

/** One metric of every run that has it, over its steps. */
function curvesPanel({ runs, names, choices, redraw }: Compared): HTMLElement[] {
  const metricKey = (one: { stage: string; name: string }): string => `${one.stage}: ${one.name}`;
  const keys = [
    ...new Set(runs.flatMap(({ view }) => view.metrics.filter(({ points }) => points.length > 1).map(metricKey))),
  ];
  if (keys.length === 0) return [];
  const chosen = choices.among(
    'compare.metric',
    keys,
    keys.find((key) => key === 'pretrain: loss'),
  );
  const found = runs.flatMap(({ view }, i) => {
    const series = view.metrics.find((one) => metricKey(one) === chosen);
    return series ? [{ i, series }] : [];
  });
  const lines = (): Parameters<typeof lineChart>[0] =>
    found.map(({ i, series }) => ({ name: names[i]!, colour: colourOf(i), points: series.points }));
  const panel = chartPanel({
    title: 'Curves',
    note: `${chosen} by training step, one line a run.`,
    description: `${chosen} by training step: ${found.map(({ i, series }) => `${names[i]} ends at ${formatNumber(series.points.at(-1)![1])}`).join('; ')}`,
    height: 300,
    zoom: 'xy',
    controls: [
      labelledSelect(
        'Metric',
        keys.map((value) => ({ value, text: value })),
        chosen,
        (value) => {
          choices.set('compare.metric', value);
          redraw();
        },
      ),
    ],
    legend:
      found.length > 1 ? () => lines().map(({ name, colour }) => ({ text: name, colour, shape: 'line' })) : undefined,
    table: () => ({
      caption: `${chosen}, last recorded value`,
      columns: [{ text: 'run' }, { text: 'step', numeric: true }, { text: 'value', numeric: true }],
      rows: found.map(({ i, series }) => {
        const [step, value] = series.points.at(-1)!;
        return [names[i]!, [formatCount(step), step], [formatNumber(value), value]];
      }),
    }),
    draw: (theme) => lineChart(lines(), { x: 'step', y: chosen.split(': ').at(-1)! }, theme),
  });
  return [panel.element];
}

/** What the runs were asked to do differently. */
function diffPanel({ runs, names, base }: Compared): HTMLElement {
  const differences = studyDifferences(runs.map(({ view }) => view.study));
  const data: TableData = {
    caption: 'Settings that differ',
    columns: [{ text: 'setting' }, ...names.map((text) => ({ text }))],
    rows: differences.map(({ path, values }) => [path, ...values.map((value) => value ?? '–')]),
  };
  const body = differences.map(({ path, values }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, h('code', {}, path)),
      ...values.map((value, i) =>
        h(
          'td',
          { class: i !== base && value !== values[Math.max(0, base)] ? 'changed' : undefined },
          value === undefined ? '–' : h('code', {}, value),
        ),
      ),
    ),
  );
  return h(
    'section',
    { class: 'panel wide', 'aria-label': 'What differs in the studies' },
    h('h3', {}, 'What differs in the studies'),
    ...(differences.length === 0
      ? [
          h(
            'p',
            { class: 'note' },
            'Nothing: the runs were asked for the same. What differs comes from the engine’s version or the device.',
          ),
        ]
      : [
          h(
            'div',
            { class: 'table-frame', tabindex: 0, role: 'region', 'aria-label': 'Settings that differ' },
            h(
              'table',
              { class: 'diff' },
              h('thead', {}, h('tr', {}, ...['setting', ...names].map((text) => h('th', { scope: 'col' }, text)))),
              h('tbody', {}, ...body),
            ),
          ),
          tableActions(() => data),
        ]),
  );
}

/** Every figure of every run, and against the baseline how much it differs. */
function figuresPanel({ runs, names, base }: Compared, rows: readonly FigureRow[]): HTMLElement {
  const head = ['figure', 'measured', ...names];
  const against = base >= 0 && runs.length > 1;
  const data = (): TableData => ({
    caption: 'Figures',
    columns: [
      ...['stage', 'figure', 'measured'].map((text) => ({ text })),
      ...names.flatMap((text, i) => [
        { text, numeric: true },
        ...(against && i !== base ? [{ text: `${text} − baseline`, numeric: true }] : []),
      ]),
    ],
    rows: rows.map(({ figure, circumstance, values }): Cell[] => [
      ...[figure.stage, figure.label, circumstance],
      ...values.flatMap((value, i): Cell[] => {
        const difference = against && i !== base ? differenceOf(value, values[base]) : undefined;
        return [
          [cellText(value), value?.value ?? NaN],
          ...(against && i !== base
            ? [[difference ? differenceText(difference, figure.unit) : '', difference?.value ?? NaN] as const]
            : []),
        ];
      }),
    ]),
  });
  let stage = '';
  const body = rows.flatMap((row) => {
    const best = bestColumn(row);
    const cells = row.values.map((value, i) => {
      const difference = against ? differenceOf(value, row.values[base]) : undefined;
      const isClear = difference?.interval && (difference.interval[0] > 0 || difference.interval[1] < 0);
      return h(
        'td',
        { class: `numeric${best === i ? ' best' : ''}` },
        cellText(value),
        difference &&
          h('span', { class: `difference${isClear ? ' clear' : ''}` }, differenceText(difference, row.figure.unit)),
      );
    });
    const line = h('tr', {}, h('th', { scope: 'row' }, row.figure.label), h('td', {}, row.circumstance), ...cells);
    if (row.figure.stage === stage) return [line];
    stage = row.figure.stage;
    return [h('tr', {}, h('th', { scope: 'colgroup', colspan: head.length, class: 'stage' }, stage)), line];
  });
  return h(
    'section',
    { class: 'panel wide', 'aria-label': 'Figures' },
    h('h3', {}, 'Figures'),
    against &&
      h(
        'p',
        { class: 'note' },
        'Behind each figure its difference to the baseline, for accuracies with a 95 % interval (Newcombe 1998); bold where that leaves zero out.',
      ),
    h(
      'div',
      { class: 'table-frame', tabindex: 0, role: 'region', 'aria-label': 'Figures of the runs' },
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h('tr', {}, ...head.map((text, i) => h('th', { scope: 'col', class: i > 1 ? 'numeric' : undefined }, text))),
        ),
        h('tbody', {}, ...body),
      ),
    ),
    tableActions(data),
  );
}
