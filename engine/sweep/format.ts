import type { Figure, StageName } from '../run/format';

/**
 * A sweep's formats.
 *
 *   <workspace>/.eigenprobe/sweeps/<sweep id>/
 *     sweep.json           SweepHeader: the study as written, axes, counts; never changed
 *     rows.jsonl           PlannedRow, one a line
 *     shared.jsonl         SharedTask, one a line: stages that several rows read, computed once
 *     submissions/*.json   Submission: what was handed to a scheduler, written before it was
 *     cancelled            there while the user wants nothing more of it to be computed
 *     controller.lock      held by the process that computes a sweep on this machine
 *     submit.lock          held by the process that hands rows to a scheduler
 *     logs/                what the processes said
 *     table.csv, table.parquet, table.md, summary.json   written by `eigenprobe sweep show` and at the end
 *   <workspace>/.eigenprobe/rows/
 *     <task>.json          RowResult, published once: a row is done where this file is
 *     <task>.failed        RowFailure: it ended with an error, and is not tried again unasked
 *   <workspace>/.eigenprobe/runs/<task>/   the row's run directory
 *
 * A row's task is named by what its result depends on, so that two sweeps with a row in common share it.
 */
export const sweepFormatVersion = 1;

export interface SweepHeader {
  version: typeof sweepFormatVersion;
  id: string;
  /** The study's name. */
  name: string;
  /** Workspace-relative path of the study. */
  study: string;
  createdAt: string;
  engine: string;
  /** Devices that the rows are computed on: what "auto" stands for is settled when the sweep is planned. */
  device: string;
  /** The study as it was written, `sweep` included. */
  document: unknown;
  axes: { name: string; choices: number }[];
  rows: number;
  /** Rows that differ in what their results depend on. */
  tasks: number;
}

export interface PlannedRow {
  /** Number of the row, from 0. */
  row: number;
  task: string;
  /** Shared tasks that it reads directly. */
  needs: string[];
}

export interface SharedTask {
  task: string;
  /** A row that it is computed as a part of. */
  row: number;
  stages: StageName[];
  /** Keys of its stages, in that order. */
  keys: string[];
  /** How many rows read it. */
  readers: number;
  /** Shared tasks that it reads directly. */
  needs: string[];
}

export interface RowResult {
  version: typeof sweepFormatVersion;
  task: string;
  /** Id of the run directory. */
  run: string;
  name: string;
  seed: number;
  device: string;
  engine: string;
  host: string;
  finishedAt: string;
  seconds: number;
  figures: Figure[];
}

export interface RowFailure {
  task: string;
  /** The sentence for the user. */
  error: string;
  host: string;
  failedAt: string;
}

/** What is handed to a scheduler at once. */
export interface Submission {
  version: typeof sweepFormatVersion;
  id: string;
  createdAt: string;
  jobs: SubmittedJob[];
}

export interface SubmittedJob {
  /** Name of the job, unique: a job is found by it even where nobody was there to note its number. */
  name: string;
  /** Tasks of each array element, computed one after the other. */
  elements: string[][];
}

export type RowState =
  | 'finished'
  | 'failed'
  | 'running'
  | 'queued'
  /** What it reads has failed. */
  | 'blocked'
  | 'cancelled'
  /** Handed to a scheduler once, and neither there nor done. */
  | 'lost'
  | 'missing'
  /** The scheduler does not answer. */
  | 'unknown';

export const rowStates: readonly RowState[] = [
  'finished',
  'running',
  'queued',
  'missing',
  'lost',
  'unknown',
  'blocked',
  'cancelled',
  'failed',
];

export type StateCounts = Partial<Record<RowState, number>>;

const urgency: readonly RowState[] = [
  'failed',
  'lost',
  'running',
  'unknown',
  'queued',
  'blocked',
  'missing',
  'cancelled',
  'finished',
];

/** What wants to be seen comes first: failures, then what moves, what waits, and what is done. */
export function byUrgency<T extends { readonly row: number; readonly state: RowState }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => urgency.indexOf(a.state) - urgency.indexOf(b.state) || a.row - b.row);
}
