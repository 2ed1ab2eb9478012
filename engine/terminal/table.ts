import Table from 'cli-table3';
import { type Figure, isMethodStage, type StageName } from '../run/format';
import type { Colors } from './colors';
import { renderMap } from './advantage-map';
import { formatFigure } from './numbers';
import { withoutInnerRules } from './rules';

type Shift = NonNullable<Figure['shift']>;
const shifts: readonly Shift[] = ['ID', 'OOD'];

/** One line of the table: a figure's label for one method (and domain), with its values by column. */
interface Row {
  label: string;
  method: string;
  domain: string;
  /** Another source than the study's own. */
  from: string;
  cells: Partial<Record<Shift | 'value', Figure>>;
}

export interface TableOptions {
  colors: Colors;
  /** Columns of the terminal; a wider table wraps its labels. By default no limit. */
  width?: number;
}

/**
 * A run's figures as tables for a terminal, one a stage. Rows are figures and methods; figures measured both in
 * and out of distribution share a row, with the columns ID and OOD. The best of several methods is bold.
 */
export function renderResults(figures: readonly Figure[], options: TableOptions): string {
  const stages = [...new Set(figures.map(({ stage }) => tableOf(stage)))];
  return stages
    .map((stage) =>
      renderStage(
        stage,
        figures.filter((figure) => tableOf(figure.stage) === stage),
        options,
      ),
    )
    .join('\n\n');
}

/** The methods that are compared stand in the table of the stage whose work they do. */
function tableOf(stage: StageName): string {
  return isMethodStage(stage) ? stage.slice(0, stage.indexOf('-')) : stage;
}

function renderStage(stage: string, figures: readonly Figure[], { colors, width }: TableOptions): string {
  if (stage === 'advantage') return renderMap(figures, colors);
  const rows = pivot(figures);
  const best = bestOfMethods(rows);
  const paint = (figure: Figure | undefined, suffix = ''): string => {
    if (!figure) return '';
    const text = formatFigure(figure) + suffix;
    return best.has(figure) ? colors.bold(text) : text;
  };

  const domainOf = (shift: Shift): string | undefined => {
    const domains = new Set(rows.flatMap((row) => row.cells[shift]?.domain ?? []));
    return domains.size === 1 ? [...domains][0] : undefined;
  };
  const usedShifts = shifts.filter((shift) => rows.some((row) => row.cells[shift]));
  const hasMethod = rows.some((row) => row.method !== '');
  const hasDomain = rows.some((row) => row.domain !== '');
  const hasValue = rows.some((row) => row.cells.value);

  const head = [
    stage,
    ...(hasMethod ? ['method'] : []),
    ...(hasDomain ? ['domain'] : []),
    ...usedShifts.map((shift) => {
      const domain = domainOf(shift);
      return domain === undefined ? shift : `${shift} (${domain})`;
    }),
    ...(hasValue ? ['value'] : []),
  ];
  const body = rows.map((row, index) => [
    // A label that the row above has already is not said again.
    index > 0 && rows[index - 1]!.label === row.label ? '' : row.label,
    ...(hasMethod ? [row.method] : []),
    ...(hasDomain ? [row.domain] : []),
    ...usedShifts.map((shift) => {
      const figure = row.cells[shift];
      const apart = domainOf(shift) === undefined && figure?.domain !== undefined;
      return paint(figure, apart ? ` (${figure.domain})` : '');
    }),
    ...(hasValue ? [paint(row.cells.value)] : []),
  ]);
  const texts = head.length - usedShifts.length - (hasValue ? 1 : 0);
  const table = new Table({
    head: head.map((text) => colors.bold(text)),
    colAligns: head.map((_, column) => (column < texts ? 'left' : 'right')),
    // Colours are ours alone, so that NO_COLOR is obeyed in one place.
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: columnWidths(head, body, width, colors),
  });
  table.push(...body);
  return withoutInnerRules(table.toString());
}

/** Figures with the same label and method in one row; without a shift, each domain has a row of its own. */
function pivot(figures: readonly Figure[]): Row[] {
  const rows: Row[] = [];
  for (const figure of figures) {
    const method = figure.method ?? '';
    const column = figure.shift ?? 'value';
    const domain = placeOf(figure);
    const open = rows.find(
      (row) =>
        row.label === figure.label && row.method === method && row.domain === domain && row.cells[column] === undefined,
    );
    if (open) open.cells[column] = figure;
    else rows.push({ label: figure.label, method, domain, from: figure.source ?? '', cells: { [column]: figure } });
  }
  // Methods of one figure stand below each other, in the order in which the figures came.
  const labels = [...new Set(rows.map((row) => row.label))];
  return labels.flatMap((label) => rows.filter((row) => row.label === label));
}

/** What a row says of domains beside its columns: another source than the study's own, or where there is no column. */
function placeOf({ shift, domain, source }: Figure): string {
  if (source !== undefined) return shift === undefined ? `${source} → ${domain ?? ''}` : `from ${source}`;
  return shift === undefined ? (domain ?? '') : '';
}

/** For each label, place and column, the best figure where several methods compete. */
function bestOfMethods(rows: readonly Row[]): Set<Figure> {
  const best = new Set<Figure>();
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    // Without another source, a domain of its own row is no group: domains that differ have no best.
    const key = JSON.stringify([row.label, row.from]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  for (const group of groups.values()) {
    for (const column of [...shifts, 'value'] as const) {
      const rivals = group.flatMap((row) => row.cells[column] ?? []);
      const finite = rivals.filter((figure) => Number.isFinite(figure.value));
      const direction = rivals[0]?.better;
      const methods = new Set(finite.map((figure) => figure.method));
      const domains = new Set(finite.map((figure) => figure.domain));
      if (direction === undefined || methods.size < 2 || domains.size > 1) continue;
      const values = finite.map((figure) => figure.value);
      const top = direction === 'higher' ? Math.max(...values) : Math.min(...values);
      for (const figure of finite) if (figure.value === top) best.add(figure);
    }
  }
  return best;
}

/** Natural widths; where the terminal is narrower, the labels give way, down to 12 columns. */
function columnWidths(
  head: readonly string[],
  body: readonly (readonly string[])[],
  width: number | undefined,
  colors: Colors,
): number[] {
  const length = (text: string): number => plainText(text, colors).length;
  const natural = head.map((text, column) => Math.max(length(text), ...body.map((row) => length(row[column] ?? ''))));
  const padded = natural.map((size) => size + 2);
  if (width === undefined) return padded;
  const surplus = padded.reduce((sum, size) => sum + size, 0) + head.length + 1 - width;
  if (surplus > 0) padded[0] = Math.max(14, padded[0]! - surplus);
  return padded;
}

function plainText(text: string, colors: Colors): string {
  return colors.isColorSupported ? text.replace(/\u001b\[\d+m/g, '') : text;
}
