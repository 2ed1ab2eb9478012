import type { ReportFigure } from '../../engine/report/payload';
import { formatValue } from '../charts/numbers';

/** A figure that several runs may have, with the value of each. */
export interface FigureRow {
  key: string;
  figure: ReportFigure;
  /** `spectral · OOD · photo` */
  circumstance: string;
  /** By run, in the runs' order; undefined where a run does not have it. */
  values: (ReportFigure | undefined)[];
}

/** The figures of all runs, in the order in which they come up first. */
export function figureRows(runs: readonly { figures: readonly ReportFigure[] }[]): FigureRow[] {
  const rows = new Map<string, FigureRow>();
  runs.forEach(({ figures }, column) => {
    for (const figure of figures) {
      const circumstance = circumstanceOf(figure);
      const key = identityOf(figure);
      const row = rows.get(key) ?? { key, figure, circumstance, values: runs.map(() => undefined) };
      rows.set(key, row);
      row.values[column] = figure;
    }
  });
  return [...rows.values()];
}

type Identity = Pick<ReportFigure, 'id' | 'method' | 'source' | 'shift' | 'domain'>;

function circumstanceOf({ method, source, shift, domain }: Identity): string {
  return [method, source && `from ${source}`, shift, domain].filter(Boolean).join(' · ');
}

/** The same for figures of several runs that say the same thing. */
export function identityOf(figure: Identity): string {
  return `${figure.id} ${circumstanceOf(figure)}`;
}

/** `74.5 %`, and of a mean over seeds half its interval: `74.5 % ± 2.1`. */
export function cellText(figure: ReportFigure | undefined): string {
  if (!figure) return '–';
  const { value, unit, seeds, interval } = figure;
  const text = formatValue(value, unit);
  if (seeds === undefined || !interval) return text;
  const half = interval[1] - value;
  if (half === 0) return text;
  return `${text} ± ${unit === 'fraction' ? (100 * half).toFixed(1) : Number(half.toPrecision(2))}`;
}

export interface Difference {
  value: number;
  /** 95 % interval, of accuracies over known numbers of samples. */
  interval?: readonly [low: number, high: number];
}

/**
 * A figure minus the baseline's. For two accuracies with Wilson intervals (l, u) around p the interval is Newcombe's
 * hybrid score interval (1998, method 10): d − √((p₁ − l₁)² + (u₂ − p₂)²) to d + √((u₁ − p₁)² + (p₂ − l₂)²). It takes
 * the two runs' samples for independent; on the same samples it is wider than it need be.
 */
export function differenceOf(
  figure: ReportFigure | undefined,
  baseline: ReportFigure | undefined,
): Difference | undefined {
  if (!figure || !baseline || figure === baseline) return undefined;
  const value = figure.value - baseline.value;
  if (!Number.isFinite(value)) return undefined;
  const [own, other] = [figure.interval, baseline.interval];
  if (!own || !other) return { value };
  const low = Math.hypot(figure.value - own[0], other[1] - baseline.value);
  const high = Math.hypot(own[1] - figure.value, baseline.value - other[0]);
  return { value, interval: [value - low, value + high] };
}

/** `+2.1 (−0.4 … 4.6)`: percentage points for fractions. */
export function differenceText({ value, interval }: Difference, unit: ReportFigure['unit']): string {
  const scale = unit === 'fraction' ? 100 : 1;
  const text = (one: number): string => {
    const size = scale === 100 ? Math.abs(scale * one).toFixed(1) : String(Number(Math.abs(one).toPrecision(2)));
    return `${Number(size) === 0 ? '±' : one < 0 ? '−' : '+'}${size}`;
  };
  const isSame = interval && interval[0] === 0 && interval[1] === 0;
  return interval && !isSame ? `${text(value)} (${text(interval[0])} … ${text(interval[1])})` : text(value);
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
