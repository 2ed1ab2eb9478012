import { Cancelled, UserError } from '../errors';
import { listChoices, suggest } from '../study/suggest';
import { freeSplit, type DomainSource } from './source';

/** A table in memory: one row a sample. */
export interface Table {
  /** Names of the feature columns, in the order of the features. */
  readonly columns: readonly string[];
  /** Features of one sample: more than columns where a column holds lists. */
  readonly width: number;
  /** n × width. */
  readonly values: Float32Array;
  /** As written; empty where there is none. */
  readonly labels: readonly string[];
  /** Line of each row, for text files. */
  readonly lines?: readonly number[];
  readonly warnings: readonly string[];
}

export interface TableRequest {
  readonly file: string;
  /** Name of the label column. */
  readonly label: string;
  /** Feature columns; by default every numeric column but the label. */
  readonly features?: readonly string[];
}

export interface TableSource extends DomainSource {
  readonly columns: readonly string[];
}

/** A domain of the rows of a table. Labels that are all whole numbers number the classes, others name them. */
export function tableSource(table: Table, { file, shown }: { file: string; shown: string }): TableSource {
  const { columns, width, values, lines, warnings } = table;
  if (table.labels.length === 0) {
    throw new UserError('table-empty', `${file} holds no rows; add samples, one row each.`, { file });
  }
  return {
    kind: 'features',
    columns,
    shape: [width],
    warnings,
    ...readLabels(table.labels, file),
    fixed: new Uint8Array(table.labels.length).fill(freeSplit),
    name: (row) => `${shown}#${lines ? `line ${lines[row]}` : row}`,
    async read(rows, target, { signal, onProgress }) {
      if (signal?.aborted) throw new Cancelled();
      rows.forEach((row, i) =>
        target.values.set(values.subarray(row * width, (row + 1) * width), (target.first + i) * width),
      );
      onProgress?.(rows.length);
    },
  };
}

function readLabels(texts: readonly string[], file: string): Pick<DomainSource, 'labels' | 'classNames'> {
  const isNumber = (text: string): boolean => text === '' || (/^[+-]?\d+(\.0*)?$/.test(text) && Number(text) >= -1);
  if (texts.every(isNumber)) {
    const large = texts.find((text) => Number(text) > 9999);
    if (large === undefined) return { labels: Int32Array.from(texts, (text) => (text === '' ? -1 : Number(text))) };
    const sentence = `The label column of ${file} holds ${large}, which is no class number (0 to 9999); choose another label column.`;
    throw new UserError('labels-range', sentence, { file });
  }
  const indices = new Map<string, number>();
  const labels = Int32Array.from(texts, (text) => {
    if (text === '') return -1;
    if (!indices.has(text)) indices.set(text, indices.size);
    return indices.get(text)!;
  });
  if (indices.size > 1000) {
    const sentence = `The label column of ${file} holds ${indices.size} different values; choose a column of classes.`;
    throw new UserError('labels-range', sentence, { file });
  }
  return { labels, classNames: [...indices.keys()] };
}

/** The positions of the label and the named features in a header. Throws UserError. */
export function findColumns(
  header: readonly string[],
  { file, label, features }: TableRequest,
): { labelColumn: number; featureColumns?: number[] } {
  const twice = header.find((name, i) => header.indexOf(name) < i);
  if (twice !== undefined) {
    throw new UserError('table-columns', `${file} has two columns "${twice}"; rename one.`, { file, line: 1 });
  }
  const find = (name: string, role: string): number => {
    const index = header.indexOf(name);
    if (index >= 0) return index;
    const meant = suggest(name, header);
    const shown = header.length > 8 ? [...header.slice(0, 8), '…'] : header;
    const rest = meant === undefined ? `its columns are ${listChoices(shown, 'and')}.` : `did you mean "${meant}"?`;
    throw new UserError('table-columns', `${file} has no ${role} column "${name}"; ${rest}`, { file, line: 1 });
  };
  const labelColumn = find(label, 'label');
  return { labelColumn, featureColumns: features?.map((name) => find(name, 'feature')) };
}

/** Float32 rows that grow. */
export class GrowingMatrix {
  private values = new Float32Array(1024);
  private length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Float32Array(this.values.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  finish(): Float32Array {
    return this.values.slice(0, this.length);
  }
}

/** A cell as a finite float32, or a UserError that says where it stands. */
export function finiteCell(value: unknown, column: string, place: string, where: UserError['where']): number {
  const number = typeof value === 'string' ? (value === '' ? NaN : Number(value)) : toNumber(value);
  const rounded = Math.fround(number);
  if (Number.isFinite(rounded)) return rounded;
  const shown = value === '' || value === null || value === undefined ? 'nothing' : `"${String(value)}"`;
  throw new UserError(
    'table-value',
    `Column "${column}" of ${where!.file} holds ${shown} in ${place}, where a finite number is needed; correct it or remove the row.`,
    where,
  );
}

function toNumber(value: unknown): number {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  return NaN;
}
