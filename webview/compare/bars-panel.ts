import { barChart, barsLayout, describeBar } from '../charts/bars';
import { labelledSelect } from '../charts/dom';
import { chartPanel } from '../charts/panel';
import type { Cell } from '../charts/table';
import { colourOf } from '../charts/theme';
import { widened, type Compared } from './compared';
import { plottable, type FigureRow } from './figures';

/** One kind of figure as bars, a bar for each column in every circumstance. */
export function barsPanel({ columns, choices, redraw }: Compared, rows: readonly FigureRow[]): HTMLElement[] {
  const all = plottable(rows);
  if (all.length === 0) return [];
  const preferred = ['transfer.accuracy', 'finetune.accuracy', 'probe.accuracy', 'spectrum.accuracy'];
  const ids = all.map(({ id }) => id);
  const chosen = choices.among(
    'compare.figure',
    ids,
    preferred.find((id) => ids.includes(id)),
  );
  const measured = rows.filter(({ figure }) => figure.id === chosen);
  const own = drawable(measured);
  const unit = own[0]!.figure.unit;
  const text = all.find(({ id }) => id === chosen)!.text;
  const categories = own.map(({ circumstance, figure }) => circumstance || figure.label);
  const series = (): { name: string; colour: string; bars: FigureRow['values'] }[] =>
    columns.map(({ name }, i) => ({ name, colour: colourOf(i), bars: own.map(({ values }) => values[i]) }));
  const { lying, height } = barsLayout(categories.length, columns.length);
  const panel = chartPanel({
    title: text,
    note:
      [whiskers(own), own.length < measured.length && `${own.length} of ${measured.length} that most have are drawn.`]
        .filter(Boolean)
        .join(' ') || undefined,
    description: `${text}: ${own.map(({ circumstance, values }) => `${circumstance}: ${values.map((value) => describeBar(value, unit)).join(', ')}`).join('; ')}`,
    height,
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
    legend:
      columns.length > 1 ? () => columns.map(({ short }, i) => ({ text: short, colour: colourOf(i) })) : undefined,
    table: () => ({
      caption: text,
      columns: [{ text: 'measured' }, ...columns.map(({ name }) => ({ text: name, numeric: true }))],
      rows: measured.map(({ circumstance, figure, values }) => [
        circumstance || figure.label,
        ...columns.map((_, i): Cell => [describeBar(values[i], unit), values[i]?.value ?? NaN]),
      ]),
    }),
    draw: (theme) => barChart({ categories, series: series(), unit, axis: text, lying }, theme),
  });
  const element = widened(panel.element, columns);
  if (lying) element.classList.add('wide');
  return [element];
}

/** More groups of bars than this are too thin to be read. */
const mostGroups = 16;

/** Of many figures those that most columns have: they are what can be compared. */
function drawable(rows: readonly FigureRow[]): readonly FigureRow[] {
  if (rows.length <= mostGroups) return rows;
  const count = ({ values }: FigureRow): number => values.filter((value) => value).length;
  const kept = new Set([...rows].sort((a, b) => count(b) - count(a)).slice(0, mostGroups));
  return rows.filter((row) => kept.has(row));
}

function whiskers(rows: readonly FigureRow[]): string | undefined {
  const measured = rows.flatMap(({ values }) => values.filter((value) => value?.interval));
  if (measured.length === 0) return undefined;
  return measured.some((value) => value?.seeds !== undefined)
    ? 'Means over seeds; whiskers: 95 % interval of the mean (Student).'
    : 'Whiskers: 95 % interval over the test samples.';
}
