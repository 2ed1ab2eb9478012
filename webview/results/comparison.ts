import type { Figure } from '../../engine/run/format';
import type { PanelRun } from '../contract';
import { formatValue } from '../charts/numbers';

/** A figure that several runs may have, with the value of each. */
export interface FigureRow {
  key: string;
  figure: Figure;
  /** `spectral · OOD · photo` */
  circumstance: string;
  /** By run, in the runs' order; undefined where a run does not have it. */
  values: (Figure | undefined)[];
}

/** The figures of all runs, in the order in which they come up first. */
export function figureRows(runs: readonly PanelRun[]): FigureRow[] {
  const rows = new Map<string, FigureRow>();
  runs.forEach(({ figures }, column) => {
    for (const figure of figures) {
      const circumstance = [figure.method, figure.shift, figure.domain].filter(Boolean).join(' · ');
      const key = `${figure.id} ${circumstance}`;
      const row = rows.get(key) ?? { key, figure, circumstance, values: runs.map(() => undefined) };
      rows.set(key, row);
      row.values[column] = figure;
    }
  });
  return [...rows.values()];
}

/** `74.5 %`, and against a baseline `74.5 %  +2.1`. */
export function cellText(figure: Figure | undefined, baseline: Figure | undefined): string {
  if (!figure) return '–';
  const text = formatValue(figure.value, figure.unit);
  if (!baseline || baseline === figure) return text;
  const scale = figure.unit === 'fraction' ? 100 : 1;
  const delta = scale * (figure.value - baseline.value);
  if (!Number.isFinite(delta)) return text;
  const size = scale === 100 ? Math.abs(delta).toFixed(1) : String(Number(Math.abs(delta).toPrecision(2)));
  return `${text} (${Number(size) === 0 ? '±' : delta < 0 ? '−' : '+'}${size})`;
}

/** Of several values the best, where better is known and they differ. */
export function bestColumn({ values }: FigureRow): number | undefined {
  const better = values.find((value) => value)?.better;
  if (!better) return undefined;
  const sign = better === 'higher' ? 1 : -1;
  const scores = values.map((value) => (value ? sign * value.value : -Infinity));
  const most = Math.max(...scores);
  const present = scores.filter((score) => score > -Infinity);
  if (present.length < 2 || present.every((score) => score === most)) return undefined;
  return scores.indexOf(most);
}

/** What can be drawn as bars: figures by identifier, of one unit. */
export function plottable(rows: readonly FigureRow[]): { id: string; text: string }[] {
  const found = new Map<string, string>();
  for (const { figure } of rows) {
    if (figure.unit === 'count' && figure.id !== 'data.samples') continue;
    const label = figure.label.split(',')[0]!;
    found.set(figure.id, figure.id.endsWith('.accuracy') ? `${figure.stage}: accuracy` : `${figure.stage}: ${label}`);
  }
  return [...found].map(([id, text]) => ({ id, text }));
}
