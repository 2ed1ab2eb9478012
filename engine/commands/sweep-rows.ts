import { describeRow } from '../study/sweep-rows';
import { byUrgency, type RowState } from '../sweep/format';
import { readFailure } from '../sweep/results';
import type { Snapshot } from '../sweep/status';
import { rowsOf, type LoadedSweep } from '../sweep/store';

/** A row as people are told of it. */
export interface ShownRow {
  row: number;
  label: string;
  task: string;
  state: RowState;
  /** Id of its run directory, where there is one. */
  run?: string;
  error?: string;
  /** The scheduler's words. */
  scheduler?: string;
}

/** @param most so many rows, those first that want to be seen; by default all, in order */
export async function describeRows(sweep: LoadedSweep, { tasks }: Snapshot, most?: number): Promise<ShownRow[]> {
  const { rows } = rowsOf(sweep);
  const all = sweep.rows.map((planned) => ({ ...planned, ...tasks.get(planned.task)! }));
  const shown = most === undefined ? all : byUrgency(all).slice(0, most);
  return Promise.all(
    shown.map(async ({ row, task, needs, state, run, hint }) => {
      const error = state === 'finished' ? undefined : await errorOf(sweep, [task, ...needs], tasks);
      return {
        row,
        label: describeRow(rows.settingsOf(row)),
        task,
        state,
        ...((run || state === 'finished' || state === 'failed') && { run: task }),
        ...(error !== undefined && { error }),
        ...(hint?.reason !== undefined && { scheduler: hint.reason }),
      };
    }),
  );
}

/** What the first of these tasks that has failed said. */
async function errorOf(
  { workspace }: LoadedSweep,
  candidates: readonly string[],
  tasks: Snapshot['tasks'],
): Promise<string | undefined> {
  for (const task of candidates) {
    const status = tasks.get(task);
    const error = status?.state === 'failed' ? (await readFailure(workspace, task))?.error : status?.run?.record.error;
    if (error !== undefined) return error;
  }
  return undefined;
}

/** So many rows say what there is to say. */
const mostAsked = 200;

/** Why rows have no result, the reason of most rows first. */
export async function reasons(sweep: LoadedSweep, snapshot: Snapshot): Promise<{ error: string; rows: number }[]> {
  const counts = new Map<string, number>();
  for (const { error } of await describeRows(sweep, snapshot, mostAsked))
    if (error !== undefined) counts.set(error, (counts.get(error) ?? 0) + 1);
  return [...counts].map(([error, rows]) => ({ error, rows })).sort((a, b) => b.rows - a.rows);
}
