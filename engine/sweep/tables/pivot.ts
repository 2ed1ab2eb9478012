import type { Figure } from '../../run/format';
import { cellText, fieldValue, type ResultRow } from './collect';
import { meanInterval, type Interval } from './student';
import { isChosen, type FigureChoice } from './summary';

export interface PivotRequest {
  /**
   * Path of a field of the study, e.g. `data.source`, or what a figure says of itself: `method`, `source`, `domain`,
   * `shift`. A figure of another source than the study's says so under `data.source`, too.
   */
  readonly row: string;
  readonly column: string;
  readonly figure: FigureChoice;
  /** Each row's figure less this one of the same row: an advantage, paired by row. */
  readonly minus?: FigureChoice;
}

export interface Pivot extends PivotRequest {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Means with intervals over the rows (seeds and whatever else varies) of each cell; null where there are none. */
  readonly cells: readonly (readonly (Interval | null)[])[];
  readonly unit?: Figure['unit'];
  readonly better?: Figure['better'];
}

const figureFields = ['method', 'source', 'domain', 'shift'] as const;
type FigureField = (typeof figureFields)[number];

/** One figure of every row, arranged by two fields: a transfer matrix, a map of where one method beats another. */
export function pivot(rows: readonly ResultRow[], request: PivotRequest): Pivot {
  const { row: rowField, column: columnField, figure: choice, minus } = request;
  const values = new Map<string, Map<string, number[]>>();
  const columns = new Set<string>();
  let kind: Pick<Figure, 'unit' | 'better'> | undefined;
  for (const row of rows) {
    for (const figure of row.figures) {
      if (!isChosen(figure, choice) || !Number.isFinite(figure.value)) continue;
      const other = minus && row.figures.find((candidate) => isCounterpart(candidate, figure, minus));
      if (minus && (!other || !Number.isFinite(other.value))) continue;
      kind ??= figure;
      const r = cellText(field(row, figure, rowField));
      const c = cellText(field(row, figure, columnField));
      columns.add(c);
      const line = values.get(r) ?? new Map<string, number[]>();
      values.set(r, line);
      line.set(c, [...(line.get(c) ?? []), figure.value - (other?.value ?? 0)]);
    }
  }
  const names = [...columns];
  return {
    ...request,
    rows: [...values.keys()],
    columns: names,
    cells: [...values.values()].map((line) =>
      names.map((name) => {
        const all = line.get(name);
        return all ? meanInterval(all) : null;
      }),
    ),
    ...(kind && { unit: kind.unit, better: kind.better }),
  };
}

/** What is subtracted was measured on the same samples, unless the choice says otherwise. */
function isCounterpart(candidate: Figure, figure: Figure, minus: FigureChoice): boolean {
  return (
    isChosen(candidate, minus) &&
    candidate.source === figure.source &&
    (minus.domain !== undefined || candidate.domain === figure.domain) &&
    (minus.shift !== undefined || candidate.shift === figure.shift)
  );
}

function field(row: ResultRow, figure: Figure, name: string): unknown {
  if (name === 'source' || name === 'data.source') return figure.source ?? fieldValue(row, 'data.source');
  if (name === 'data.target' && figure.source !== undefined) return figure.domain;
  return figureFields.includes(name as FigureField) ? figure[name as FigureField] : fieldValue(row, name);
}
