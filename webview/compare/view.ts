import { h, labelledSelect } from '../charts/dom';
import { lineChart } from '../charts/line';
import { formatCount, formatNumber } from '../charts/numbers';
import { chartPanel } from '../charts/panel';
import { tableActions, type Cell, type TableData } from '../charts/table';
import { colourOf } from '../charts/theme';
import { barsPanel } from './bars-panel';
import type { Column } from './columns';
import { widened, type Compared } from './compared';
import { bestColumn, cellText, differenceText, figureRows, type FigureRow } from './figures';
import { studyDifferences } from './study-diff';

export function comparePanels(compared: Compared): HTMLElement[] {
  const rows = figureRows(compared.columns);
  return [
    ...(rows.length > 0 ? barsPanel(compared, rows) : []),
    ...curvesPanel(compared),
    ...(compared.columns.length > 1 ? [diffPanel(compared)] : []),
    ...(rows.length > 0 ? [figuresPanel(compared, rows)] : []),
  ];
}

/** One metric of every run that has it, over its steps, in the colour of its column. */
function curvesPanel({ columns, choices, redraw }: Compared): HTMLElement[] {
  const runs = columns.flatMap((column, i) =>
    column.runs.map((run) => ({
      ...{ i, view: run.view },
      name: column.runs.length > 1 ? `${column.name}, seed ${run.view.run.seed}` : column.name,
    })),
  );
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
  const found = runs.flatMap(({ view, name, i }) => {
    const series = view.metrics.find((one) => metricKey(one) === chosen);
    return series ? [{ i, name, series }] : [];
  });
  const lines = (): Parameters<typeof lineChart>[0] =>
    found.map(({ i, name, series }) => ({ name, colour: colourOf(i), points: series.points }));
  const panel = chartPanel({
    title: 'Curves',
    note: `${chosen} by training step, one line a run.`,
    description: `${chosen} by training step: ${found.map(({ name, series }) => `${name} ends at ${formatNumber(series.points.at(-1)![1])}`).join('; ')}`,
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
      found.length > 1
        ? () =>
            columns.flatMap(({ short }, i) => {
              const sets = found.flatMap((one, set) => (one.i === i ? [set] : []));
              return sets.length > 0 ? [{ text: short, colour: colourOf(i), shape: 'line' as const, sets }] : [];
            })
        : undefined,
    table: () => ({
      caption: `${chosen}, last recorded value`,
      columns: [{ text: 'run' }, { text: 'step', numeric: true }, { text: 'value', numeric: true }],
      rows: found.map(({ name, series }) => {
        const [step, value] = series.points.at(-1)!;
        return [name, [formatCount(step), step], [formatNumber(value), value]];
      }),
    }),
    draw: (theme) => lineChart(lines(), { x: 'step', y: chosen.split(': ').at(-1)! }, theme),
  });
  return [widened(panel.element, columns)];
}

/** What the runs were asked to do differently. */
function diffPanel({ columns }: Compared): HTMLElement {
  const names = columns.map(({ name }) => name);
  const base = columns.findIndex(({ isBase }) => isBase);
  const differences = studyDifferences(columns.map(({ study }) => study));
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
              h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'setting'), ...columnHeads(columns))),
              h('tbody', {}, ...body),
            ),
          ),
          tableActions(() => data),
        ]),
  );
}

/** Every figure of every run, and against the baseline how much it differs. */
function figuresPanel({ columns }: Compared, rows: readonly FigureRow[]): HTMLElement {
  const names = columns.map(({ name }) => name);
  const base = columns.findIndex(({ isBase }) => isBase);
  const against = columns.some(({ differenceTo }) => differenceTo);
  const areMeans = columns.some(({ runs }) => runs.length > 1);
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
        const difference = columns[i]!.differenceTo?.(value, values[base]);
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
      const difference = columns[i]!.differenceTo?.(value, row.values[base]);
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
    return [h('tr', {}, h('th', { scope: 'colgroup', colspan: columns.length + 2, class: 'stage' }, stage)), line];
  });
  return h(
    'section',
    { class: 'panel wide', 'aria-label': 'Figures' },
    h('h3', {}, 'Figures'),
    against &&
      h(
        'p',
        { class: 'note' },
        areMeans
          ? 'Behind each mean its difference to the baseline’s, with a 95 % interval of what differs seed by seed (Student); bold where that leaves zero out.'
          : 'Behind each figure its difference to the baseline, for accuracies with a 95 % interval (Newcombe 1998); bold where that leaves zero out.',
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
          h(
            'tr',
            {},
            ...['figure', 'measured'].map((text) => h('th', { scope: 'col' }, text)),
            ...columnHeads(columns, 'numeric'),
          ),
        ),
        h('tbody', {}, ...body),
      ),
    ),
    tableActions(data),
  );
}

function columnHeads(columns: readonly Column[], className?: string): HTMLElement[] {
  return columns.map(({ name, short }) =>
    h('th', { scope: 'col', class: className, title: name, 'aria-label': short === name ? undefined : name }, short),
  );
}
