import type { Figure } from '../../run/format';
import { parseFieldPath, valueAt } from '../../study/field-path';
import type { Study } from '../../study/schema';
import { readMarks, readResult } from '../results';
import { rowsOf, type LoadedSweep } from '../store';

/** A row that is done, with what sets it apart and what came out. */
export interface ResultRow {
  readonly row: number;
  readonly task: string;
  readonly run: string;
  readonly seed: number;
  /** Value by the path of each field that the sweep sets in this row. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly study: Study;
  readonly figures: readonly Figure[];
}

/** The finished rows of a sweep in order, from what was published. */
export async function collectRows(sweep: LoadedSweep): Promise<ResultRow[]> {
  const { finished } = await readMarks(sweep.workspace);
  const { rows } = rowsOf(sweep);
  const wanted = sweep.rows.filter(({ task }) => finished.has(task));
  const found = new Array<ResultRow | undefined>(wanted.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < wanted.length) {
      const place = next++;
      const { row, task } = wanted[place]!;
      const result = await readResult(sweep.workspace, task);
      const { study, settings } = rows.row(row);
      if (!result || !study) continue;
      found[place] = {
        row,
        task,
        run: result.run,
        seed: study.seed,
        settings: Object.fromEntries(settings.map(({ field, value }) => [field, value])),
        study,
        figures: result.figures,
      };
    }
  };
  await Promise.all(Array.from({ length: Math.min(32, wanted.length) }, worker));
  return found.filter((row) => row !== undefined);
}

/** Fields that some row sets, in order of appearance. */
export function fieldsOf(rows: readonly ResultRow[]): string[] {
  return [...new Set(rows.flatMap(({ settings }) => Object.keys(settings)))];
}

/** The value of a field in a row: as the sweep sets it, else as the study has it, defaults included. */
export function fieldValue(row: ResultRow, field: string): unknown {
  if (Object.hasOwn(row.settings, field)) return row.settings[field];
  const path = parseFieldPath(field);
  return path && valueAt(row.study, path);
}

/** A value in a cell of a table. */
export function cellText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
