import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Cancelled, UserError } from '../errors';
import { readManifest, cachePaths } from '../run/cache';
import { readResults, runsFolder } from '../run/directory';
import { explainDiskError } from '../run/disk';
import { executeRun, type RunOptions } from '../run/execute';
import type { RunRecord, StageName } from '../run/format';
import { createPathResolver } from '../study/paths';
import { describeRow } from '../study/sweep-rows';
import { sweepFormatVersion, type SharedTask } from './format';
import { rowTask } from './plan';
import { publishResult, readFailure, readResult, writeFailure } from './results';
import { rowsOf, type LoadedSweep } from './store';

/** `disk-full` leaves no mark: nothing is wrong with the task, and whoever computes the sweep next tries it again. */
export type TaskOutcome = 'finished' | 'failed' | 'blocked' | 'disk-full' | 'cancelled';

export type TaskOptions = Pick<RunOptions, 'stages' | 'openDevice' | 'signal' | 'onEvent'>;

/**
 * Computes one task of a sweep in its run directory and publishes its result, or that it failed. Does nothing where
 * the result is there. May be called by several processes at once, and again after any of them was killed.
 */
export async function executeTask(sweep: LoadedSweep, task: string, options: TaskOptions = {}): Promise<TaskOutcome> {
  const shared = sweep.shared.find((candidate) => candidate.task === task);
  const planned = shared ?? sweep.rows.find((candidate) => candidate.task === task);
  if (!planned) throw new UserError('no-such-task', `The sweep ${sweep.header.id} has no task ${task}.`);
  if (shared ? await isCached(sweep.workspace, shared) : await readResult(sweep.workspace, task)) return 'finished';
  // An element of several tasks may be started again for the sake of another.
  if (await readFailure(sweep.workspace, task)) return 'failed';
  for (const need of planned.needs) if (await readFailure(sweep.workspace, need)) return 'blocked';

  const { rows, study: whole } = rowsOf(sweep);
  const { study, settings } = rows.row(planned.row);
  if (!study) throw new UserError('study-invalid', `Row ${planned.row} of ${sweep.header.id} is no valid study.`);
  const label = shared ? sharedLabel(shared) : describeRow(settings);
  const studyPath = resolve(sweep.workspace, sweep.header.study);
  const device = study.device === 'auto' ? (sweep.header.device.split(', ')[0] as typeof study.device) : study.device;
  try {
    const record = await executeRun(
      studyPath,
      { ...study, device, name: whole.name },
      {
        workspace: sweep.workspace,
        resolvePath: createPathResolver({ studyFolder: dirname(studyPath), workspaceRoot: sweep.workspace }),
        named: { id: task, sweep: { id: sweep.header.id, ...(!shared && { row: planned.row }), label } },
        ...(shared && { only: shared.stages }),
        ...options,
      },
    );
    checkKeys(record, task, shared);
    if (!shared) await publish(sweep, task, record);
    return 'finished';
  } catch (thrown) {
    if (thrown instanceof Cancelled) return 'cancelled';
    const error = explainDiskError(thrown, sweep.workspace);
    const sentence =
      error instanceof Error ? (error instanceof UserError ? error.toString() : error.message) : String(error);
    process.stderr.write(
      `${task}: ${error instanceof UserError ? sentence : error instanceof Error ? error.stack : sentence}\n`,
    );
    return isDiskFull(error) ? 'disk-full' : markFailed(sweep, task, sentence);
  }
}

/** Leaves the mark of a failure. On a full disk there is none, and nothing is known to be wrong with the task. */
export async function markFailed({ workspace }: LoadedSweep, task: string, error: string): Promise<TaskOutcome> {
  try {
    await writeFailure(workspace, { task, error, host: hostname(), failedAt: new Date().toISOString() });
    return 'failed';
  } catch (thrown) {
    if (isDiskFull(explainDiskError(thrown, workspace))) return 'disk-full';
    throw thrown;
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof UserError && error.code === 'disk-full';
}

/** What was computed must be what was planned: data that changed meanwhile gives other keys. */
function checkKeys(record: RunRecord, task: string, shared: SharedTask | undefined): void {
  const stages = Object.entries(record.stages).map(([stage, { key }]) => ({ stage: stage as StageName, key }));
  const same = shared
    ? shared.stages.every((stage, i) => record.stages[stage]?.key === shared.keys[i])
    : rowTask(stages) === task;
  if (same) return;
  throw new UserError(
    'plan-outdated',
    'The data, the device or the engine changed after the sweep was planned; run eigenprobe sweep on the study again.',
  );
}

async function publish(sweep: LoadedSweep, task: string, record: RunRecord): Promise<void> {
  const results = await readResults(join(runsFolder(sweep.workspace), record.id));
  await publishResult(sweep.workspace, {
    version: sweepFormatVersion,
    task,
    run: record.id,
    name: record.study.name,
    seed: record.seed,
    device: record.device.name,
    engine: record.engine.version,
    host: record.process.host,
    finishedAt: record.finishedAt ?? record.updatedAt,
    seconds: (Date.parse(record.finishedAt ?? record.updatedAt) - Date.parse(record.startedAt)) / 1000,
    figures: results?.figures ?? [],
  });
}

async function isCached(workspace: string, { stages, keys }: SharedTask): Promise<boolean> {
  for (const [i, stage] of stages.entries()) {
    if (!(await readManifest(cachePaths(workspace, stage, keys[i]!).folder, keys[i]!))) return false;
  }
  return true;
}

function sharedLabel({ stages, readers }: SharedTask): string {
  return `${stages.join(', ')} for ${readers} rows`;
}

/** Unique and sorted by time: names submissions and jobs. */
export function newSubmissionId(now = new Date()): string {
  return `${now.toISOString().replace(/\D/g, '').slice(0, 17)}-${randomBytes(3).toString('hex')}`;
}
