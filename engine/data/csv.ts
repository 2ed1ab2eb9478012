import { Readable } from 'node:stream';
import { CsvError, parse, type Info } from 'csv-parse';
import { Cancelled, UserError } from '../errors';
import { readBytes } from './bytes';
import { findColumns, finiteCell, GrowingMatrix, type Table, type TableRequest } from './table-source';

const delimiters = [',', ';', '\t'] as const;

/** The delimiter that the first line has most of. */
function guessDelimiter(bytes: Uint8Array): string {
  const [line = ''] = new TextDecoder().decode(bytes.subarray(0, 65536)).split(/\r?\n/, 1);
  const count = (delimiter: string): number => line.split(delimiter).length;
  return delimiters.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

/** Numbers, and what stands for a missing or broken one: such a column is meant to be numeric. */
function looksNumeric(text: string): boolean {
  return text === '' || !Number.isNaN(Number(text)) || /^[+-]?(nan|na|null|none|inf|infinity)$/i.test(text);
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 1 << 16) yield bytes.subarray(start, start + (1 << 16));
}

/**
 * Reads a CSV file with a header, plain or gzip, separated by commas, semicolons or tabs. Columns whose first cell is no
 * number are left out unless they are asked for. Throws UserError with file and line.
 */
export async function readCsv(request: TableRequest, signal?: AbortSignal): Promise<Table> {
  const { file, label } = request;
  const bytes = await readBytes(file);
  const parser = parse({ bom: true, delimiter: guessDelimiter(bytes), info: true, skip_empty_lines: true, trim: true });
  const input = Readable.from(pieces(bytes));
  input.pipe(parser);

  let header: string[] | undefined;
  let labelColumn = 0;
  let featureColumns: number[] | undefined;
  const matrix = new GrowingMatrix();
  const labels: string[] = [];
  const lines: number[] = [];
  try {
    for await (const { info, record } of parser as AsyncIterable<{ info: Info; record: string[] }>) {
      if (!header) {
        header = record;
        ({ labelColumn, featureColumns } = findColumns(header, request));
        continue;
      }
      featureColumns ??= record.flatMap((text, i) => (i !== labelColumn && looksNumeric(text) ? [i] : []));
      const where = { file, line: info.lines };
      for (const column of featureColumns) {
        matrix.push(finiteCell(record[column], header[column]!, `line ${info.lines}`, where));
      }
      labels.push(record[labelColumn]!);
      lines.push(info.lines);
      if (signal?.aborted) throw new Cancelled();
    }
  } catch (error) {
    throw error instanceof CsvError ? explain(error, file) : error;
  } finally {
    input.destroy();
    parser.destroy();
  }
  const columns = (featureColumns ?? []).map((column) => header![column]!);
  if (labels.length > 0 && columns.length === 0) {
    throw new UserError('table-columns', `${file} has no numeric column beside "${label}"; add features.`, { file });
  }
  const left = (header ?? []).filter((name) => name !== label && !columns.includes(name));
  const warnings =
    request.features || left.length === 0 || labels.length === 0
      ? []
      : [`${file}: left out ${left.slice(0, 5).join(', ')}${left.length > 5 ? ' …' : ''}, which are not numbers.`];
  return { columns, width: columns.length, values: matrix.finish(), labels, lines, warnings };
}

function explain(error: CsvError, file: string): UserError {
  const line = typeof error['lines'] === 'number' ? error['lines'] : undefined;
  const what =
    error.code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH' && Array.isArray(error['record'])
      ? `has ${error['record'].length} fields, but the header has ${/expect (\d+)/.exec(error.message)?.[1] ?? 'another number'}; correct the line.`
      : error.code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'opens a quotation mark that is never closed; close it.'
        : `cannot be read (${error.message.split('\n')[0]}).`;
  return new UserError('table-line', `Line ${line ?? '?'} of ${file} ${what}`, { file, line });
}
