import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, readRun, runFiles, runsFolder, type RunEntry } from '../run/directory';
import type { RowState, StateCounts } from './format';
import { namesIn, readMarks } from './results';
import type { LoadedSweep } from './store';

/** What a scheduler says of a task. It is a hint: what counts is in the result directory. */
export interface Hint {
  readonly state: 'queued' | 'running' | 'gone' | 'unknown';
  /** The scheduler's own name of it, e.g. a job's number. */
  readonly job?: string;
  /** The scheduler's words, e.g. why it waits. */
  readonly reason?: string;
}

/** Hints by task; a task that no scheduler was given has none. */
export type Hints = ReadonlyMap<string, Hint>;

export interface TaskStatus {
  readonly state: RowState;
  readonly hint?: Hint;
  /** The run directory's record, where it was looked at. */
  readonly run?: RunEntry;
}

export interface Snapshot {
  /** Shared tasks and rows by their names. */
  readonly tasks: ReadonlyMap<string, TaskStatus>;
  /** Rows by state. */
  readonly rows: StateCounts;
  /** Shared tasks by state. */
  readonly shared: StateCounts;
}

interface Names {
  finished: ReadonlySet<string>;
  failed: ReadonlySet<string>;
  /** Run directories. */
  runs: ReadonlySet<string>;
  /** Stages in the cache. */
  cached: ReadonlySet<string>;
}

/**
 * How every task of a sweep stands. Names of files settle nearly all of it: only the run records of tasks that have
 * begun and not ended are read.
 */
export async function takeSnapshot(
  sweep: LoadedSweep,
  hints: Hints,
  { cancelled = false }: { cancelled?: boolean } = {},
): Promise<Snapshot> {
  const [marks, runs, cached] = await Promise.all([
    readMarks(sweep.workspace),
    namesIn(runsFolder(sweep.workspace)),
    namesIn(cacheFolder(sweep.workspace)),
  ]);
  const names: Names = { ...marks, runs: new Set(runs), cached: new Set(cached) };
  const statuses = new Map<string, TaskStatus>();
  const begun: string[] = [];
  const needs = new Map<string, readonly string[]>();
  const look = (task: string, isFinished: boolean, own: readonly string[]): void => {
    needs.set(task, own);
    if (isFinished) statuses.set(task, { state: 'finished' });
    else if (names.failed.has(task)) statuses.set(task, { state: 'failed' });
    else if (names.runs.has(task)) begun.push(task);
    else statuses.set(task, fromHint(hints.get(task)));
  };
  for (const { task, stages, keys, needs: own } of sweep.shared) {
    const isCached = stages.every((stage, i) => names.cached.has(`${stage}-${keys[i]!.slice(0, 16)}`));
    look(task, isCached, own);
  }
  for (const { task, needs: own } of sweep.rows) {
    if (!needs.has(task)) look(task, names.finished.has(task), own);
  }
  await eachOf(begun, async (task) => {
    const run = await readRun(join(runsFolder(sweep.workspace), task)).catch(() => undefined);
    statuses.set(task, fromRun(run, hints.get(task)));
  });

  for (const [task, status] of statuses) {
    if (!['missing', 'lost'].includes(status.state)) continue;
    const failed = needs.get(task)!.some((need) => ['failed', 'blocked'].includes(statuses.get(need)?.state ?? ''));
    if (failed) statuses.set(task, { ...status, state: 'blocked' });
    else if (cancelled) statuses.set(task, { ...status, state: 'cancelled' });
  }
  return {
    tasks: statuses,
    rows: count(sweep.rows.map(({ task }) => statuses.get(task)!.state)),
    shared: count(sweep.shared.map(({ task }) => statuses.get(task)!.state)),
  };
}

function fromHint(hint: Hint | undefined): TaskStatus {
  if (!hint) return { state: 'missing' };
  return { state: hint.state === 'gone' ? 'lost' : hint.state, hint };
}

function fromRun(run: RunEntry | undefined, hint: Hint | undefined): TaskStatus {
  const common = { ...(hint && { hint }), ...(run && { run }) };
  if (!run) return { ...fromHint(hint), ...common };
  switch (run.state) {
    case 'running':
      return { state: 'running', ...common };
    case 'cancelled':
      // Someone asked this very run to stop; without that it was its scheduler, and it is to go on.
      if (existsSync(join(run.directory, runFiles.cancelRequest)) && isIdle(hint))
        return { state: 'cancelled', ...common };
      return { state: isIdle(hint) ? 'lost' : hint!.state === 'unknown' ? 'unknown' : 'queued', ...common };
    case 'failed':
    // A failure that counts has left its mark; without one the user wants it tried again, or the disk was full.
    case 'finished':
    case 'interrupted':
      return { state: isIdle(hint) ? 'lost' : hint!.state === 'unknown' ? 'unknown' : 'queued', ...common };
  }
}

const isIdle = (hint: Hint | undefined): boolean => hint === undefined || hint.state === 'gone';

function count(states: readonly RowState[]): StateCounts {
  const counts: StateCounts = {};
  for (const state of states) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** Some at a time: a sweep may have thousands of rows under way. */
async function eachOf<T>(items: readonly T[], act: (item: T) => Promise<void>, atOnce = 32): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await act(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
