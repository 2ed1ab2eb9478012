import { parquetWriteBuffer } from 'hyparquet-writer';
import { join } from 'node:path';
import { UserError } from '../../errors';
import { writeFileAtomic, writeJson } from '../../run/atomic';
import type { Figure } from '../../run/format';
import { significant } from '../../terminal/numbers';
import type { BestBlock } from '../../study/sweep-schema';
import { sweepFormatVersion } from '../format';
import { sweepFiles, type LoadedSweep } from '../store';
import { cellText, collectRows, fieldsOf, type ResultRow } from './collect';
import type { Interval } from './student';
import type { MeanFigure } from './means';
import { rankBy, summarize, type Best, type Summary } from './summary';

/** A table as columns of one type each; empty cells are null. */
export interface Table {
  readonly columns: readonly {
    readonly name: string;
    readonly type: 'STRING' | 'DOUBLE' | 'INT32';
    readonly data: readonly (string | number | null)[];
  }[];
}

/** One line for each figure of each finished row. */
export function longTable(rows: readonly ResultRow[]): Table {
  const lines = rows.flatMap((row) => row.figures.map((figure) => ({ row, figure })));
  const text = (name: string, of: (line: { row: ResultRow; figure: Figure }) => string | undefined) =>
    ({ name, type: 'STRING', data: lines.map((line) => of(line) ?? null) }) as const;
  return {
    columns: [
      { name: 'row', type: 'INT32', data: lines.map(({ row }) => row.row) },
      text('run', ({ row }) => row.run),
      // The seed is a column of its own whether the sweep sets it or not.
      { name: 'seed', type: 'DOUBLE', data: lines.map(({ row }) => row.seed) },
      ...settingColumns(
        fieldsOf(rows).filter((field) => field !== 'seed'),
        lines.map(({ row }) => row.settings),
      ),
      text('stage', ({ figure }) => figure.stage),
      text('figure', ({ figure }) => figure.id),
      text('label', ({ figure }) => figure.label),
      text('method', ({ figure }) => figure.method),
      text('source', ({ figure }) => figure.source),
      text('domain', ({ figure }) => figure.domain),
      text('shift', ({ figure }) => figure.shift),
      text('unit', ({ figure }) => figure.unit),
      { name: 'value', type: 'DOUBLE', data: lines.map(({ figure }) => finite(figure.value)) },
      { name: 'samples', type: 'DOUBLE', data: lines.map(({ figure }) => finite(figure.samples)) },
    ],
  };
}

/** One line for each figure of each setting, its mean over seeds. */
export function summaryTable({ fields, groups }: Summary): Table {
  const lines = groups.flatMap((group) => group.figures.map((figure) => ({ group, figure })));
  const text = (name: string, of: (figure: MeanFigure) => string | undefined) =>
    ({ name, type: 'STRING', data: lines.map(({ figure }) => of(figure) ?? null) }) as const;
  const number = (name: string, of: (figure: MeanFigure) => number | undefined) =>
    ({ name, type: 'DOUBLE', data: lines.map(({ figure }) => finite(of(figure))) }) as const;
  return {
    columns: [
      ...settingColumns(
        fields,
        lines.map(({ group }) => group.settings),
      ),
      text('stage', ({ stage }) => stage),
      text('figure', ({ id }) => id),
      text('label', ({ label }) => label),
      text('method', ({ method }) => method),
      text('source', ({ source }) => source),
      text('domain', ({ domain }) => domain),
      text('shift', ({ shift }) => shift),
      text('unit', ({ unit }) => unit),
      number('n', ({ n }) => n),
      number('mean', ({ mean }) => mean),
      number('std', ({ std }) => std),
      number('low', ({ low }) => low),
      number('high', ({ high }) => high),
    ],
  };
}

/** A setting whose values are all numbers is a column of numbers, else one of text. */
function settingColumns(
  fields: readonly string[],
  lines: readonly Readonly<Record<string, unknown>>[],
): Table['columns'] {
  return fields.map((name) => {
    const values = lines.map((settings) => settings[name]);
    const isNumeric = values.every((value) => value === undefined || typeof value === 'number');
    return isNumeric
      ? { name, type: 'DOUBLE' as const, data: values.map((value) => finite(value as number | undefined)) }
      : { name, type: 'STRING' as const, data: values.map((value) => (value === undefined ? null : cellText(value))) };
  });
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** RFC 4180, numbers in full precision. */
export function toCsv({ columns }: Table): string {
  const cell = (value: string | number | null): string => {
    const text = value === null ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [columns.map(({ name }) => cell(name)).join(',')];
  const length = columns[0]?.data.length ?? 0;
  for (let i = 0; i < length; i++) lines.push(columns.map(({ data }) => cell(data[i] ?? null)).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

export function toParquet({ columns }: Table): Uint8Array {
  const columnData = columns.map(({ name, type, data }) => ({ name, type, data: [...data], nullable: true }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

/** `0.745 ± 0.021 (n = 5)`: the mean and half of its 95 % interval. */
export function intervalText({ mean, high, n }: Interval, unit?: Figure['unit']): string {
  const show = (value: number): string => (unit === 'fraction' ? `${(100 * value).toFixed(1)} %` : significant(value));
  return high === undefined ? show(mean) : `${show(mean)} ± ${show(high - mean)} (n = ${n})`;
}

/** The means as a table in Markdown: a line for each setting, figure, method and domain. */
export function toMarkdown({ fields, groups }: Summary): string {
  const head = [...fields, 'figure', 'method', 'domain', 'mean ± 95 % interval'];
  const lines = groups.flatMap(({ settings, figures }) =>
    figures.map((figure) => [
      ...fields.map((field) => cellText(settings[field])),
      figure.label,
      figure.method ?? '',
      [figure.source && `from ${figure.source}`, figure.domain, figure.shift].filter(Boolean).join(', '),
      intervalText(figure, figure.unit),
    ]),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...lines.map(line)].join('\n')}\n`;
}

/** What `summary.json` holds. */
export interface SummaryFile extends Summary {
  readonly version: typeof sweepFormatVersion;
  readonly sweep: string;
  readonly name: string;
  readonly finished: number;
  readonly rows: number;
  readonly best?: Best;
  /** Why there is no best where the study asks for one. */
  readonly bestProblem?: string;
}

function ranked(summary: Summary, criterion: BestBlock): Pick<SummaryFile, 'best' | 'bestProblem'> {
  try {
    return { best: rankBy(summary, criterion) };
  } catch (error) {
    // A criterion that does not fit is no reason to keep back the tables.
    if (error instanceof UserError) return { bestProblem: error.message };
    throw error;
  }
}

/** Writes a sweep's tables into its folder, as far as its rows are done. */
export async function writeTables(sweep: LoadedSweep, best?: BestBlock): Promise<SummaryFile> {
  const rows = await collectRows(sweep);
  const summary = summarize(rows);
  const file: SummaryFile = {
    version: sweepFormatVersion,
    sweep: sweep.header.id,
    name: sweep.header.name,
    finished: rows.length,
    rows: sweep.header.rows,
    ...summary,
    ...(best && rows.length > 0 && ranked(summary, best)),
  };
  const table = longTable(rows);
  await writeFileAtomic(join(sweep.folder, 'table.csv'), toCsv(table));
  if (rows.length > 0) await writeFileAtomic(join(sweep.folder, 'table.parquet'), toParquet(table));
  await writeFileAtomic(join(sweep.folder, 'table.md'), toMarkdown(summary));
  await writeJson(join(sweep.folder, sweepFiles.summary), file);
  return file;
}
