import { readCsv } from './csv';
import { readParquet } from './parquet';
import { tableSource, type TableRequest, type TableSource } from './table-source';

export interface TablePlace extends TableRequest {
  readonly format: 'csv' | 'parquet';
  /** The file as the study names it. */
  readonly shown: string;
}

/** Opens a CSV or Parquet file as a domain of feature vectors. Throws UserError. */
export async function openTable({ format, shown, ...request }: TablePlace, signal?: AbortSignal): Promise<TableSource> {
  const table = await (format === 'csv' ? readCsv(request, signal) : readParquet(request, signal));
  return tableSource(table, { file: request.file, shown });
}
