import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { Cancelled, UserError } from '../errors';
import { unreadable } from './bytes';
import { findColumns, finiteCell, GrowingMatrix, type Table, type TableRequest } from './table-source';

/** Rows that are decoded at once. */
const batch = 8192;

type Row = Readonly<Record<string, unknown>>;
type Cell = number | bigint | boolean | ArrayLike<unknown>;

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function isNumeric(value: unknown): value is Cell {
  if (isList(value)) return value.length > 0 && isNumeric(value[0]) && !isList(value[0]);
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
}

const numericTypes = new Set(['BOOLEAN', 'INT32', 'INT64', 'FLOAT', 'DOUBLE']);

/**
 * Reads a Parquet file: numeric columns, and columns of number lists of one fixed length, are features. Throws
 * UserError with file and row (counted from 0).
 */
export async function readParquet(request: TableRequest, signal?: AbortSignal): Promise<Table> {
  const { file, label } = request;
  try {
    const buffer = await asyncBufferFromFile(file);
    const metadata = await parquetMetadataAsync(buffer);
    const schema = parquetSchema(metadata).children.map(({ element }) => element);
    const header = schema.map(({ name }) => name);
    const { labelColumn, featureColumns } = findColumns(header, request);
    const labelName = header[labelColumn]!;
    const rows = Number(metadata.num_rows);

    let columns = featureColumns?.map((column) => header[column]!);
    const widths = new Map<string, number>();
    const matrix = new GrowingMatrix();
    const labels: string[] = [];
    for (let rowStart = 0; rowStart < rows; rowStart += batch) {
      if (signal?.aborted) throw new Cancelled();
      const rowEnd = Math.min(rows, rowStart + batch);
      const needed = columns ? [...new Set([...columns, labelName])] : undefined;
      const records: Row[] = await parquetReadObjects({
        file: buffer,
        metadata,
        compressors,
        columns: needed,
        rowStart,
        rowEnd,
      });
      const [first = {}] = records;
      columns ??= schema
        .filter(({ name, type }) => (first[name] == null ? numericTypes.has(type ?? '') : isNumeric(first[name])))
        .map(({ name }) => name)
        .filter((name) => name !== labelName);
      records.forEach((record, i) => {
        for (const column of columns!) pushCell(matrix, widths, record[column], column, rowStart + i, file);
        labels.push(record[labelName] == null ? '' : String(record[labelName]));
      });
    }
    if (rows > 0 && columns?.length === 0) {
      throw new UserError('table-columns', `${file} has no numeric column beside "${label}"; add features.`, { file });
    }
    const width = (columns ?? []).reduce((sum, column) => sum + (widths.get(column) ?? 1), 0);
    const left = header.filter((name) => name !== labelName && !columns?.includes(name));
    const warnings =
      request.features || left.length === 0 || rows === 0
        ? []
        : [`${file}: left out ${left.slice(0, 5).join(', ')}${left.length > 5 ? ' …' : ''}, which are not numbers.`];
    return { columns: columns ?? [], width, values: matrix.finish(), labels, warnings };
  } catch (error) {
    throw explain(error, file);
  }
}

function pushCell(
  matrix: GrowingMatrix,
  widths: Map<string, number>,
  value: unknown,
  column: string,
  row: number,
  file: string,
): void {
  const width = isList(value) ? value.length : 1;
  const known = widths.get(column);
  if (known === undefined) widths.set(column, width);
  else if (known !== width) {
    throw new UserError(
      'table-value',
      `Column "${column}" of ${file} holds ${width} numbers in row ${row}, but ${known} in the rows before; lists must have one length.`,
      { file },
    );
  }
  if (!isList(value)) matrix.push(finiteCell(value, column, `row ${row}`, { file }));
  else for (let i = 0; i < width; i++) matrix.push(finiteCell(value[i], `${column}[${i}]`, `row ${row}`, { file }));
}

function explain(error: unknown, file: string): unknown {
  if (error instanceof UserError || error instanceof Cancelled) return error;
  const known = unreadable(error, file);
  if (known !== error) return known;
  const reason = error instanceof Error ? error.message : String(error);
  return new UserError(
    'parquet-damaged',
    `${file} is not a readable Parquet file (${reason.split('\n')[0]}); write it again.`,
    { file },
  );
}
