import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePaths } from '../run/cache';
import { readRun, runsFolder } from '../run/directory';
import type { StageName } from '../run/format';

/** The signal that a scheduler sends when the time limit of a task is near. */
const warning = 'SIGUSR2';

/** Aborted when the time limit is near: there is time for the step that is being computed, and for a checkpoint. */
export function timeLimitSignal(): AbortSignal {
  const controller = new AbortController();
  if (process.platform !== 'win32') process.once(warning, () => controller.abort());
  return controller.signal;
}

/**
 * sbatch's --signal: before a tenth of the time is left, 30 s at the least and five minutes at the most. Slurm sends it
 * up to a minute earlier than it is told to. B: to the script itself, which has become the engine.
 * @param time the limit as sbatch takes it; without one the partition's holds
 */
export function warningOption(time?: string): string {
  const seconds = time === undefined ? 1200 : limitSeconds(time);
  return `--signal=B:${warning.slice(3)}@${Math.round(Math.min(300, Math.max(30, seconds / 10)))}`;
}

/** Seconds of `minutes`, `minutes:seconds`, `hours:minutes:seconds`, `days-hours`, `days-hours:minutes[:seconds]`. */
export function limitSeconds(time: string): number {
  const [days, rest] = time.includes('-') ? time.split('-') : [undefined, time];
  const parts = rest!.split(':').map(Number);
  const [hours = 0, minutes = 0, seconds = 0] = days !== undefined || parts.length === 3 ? parts : [0, ...parts];
  return 86_400 * Number(days ?? 0) + 3600 * hours + 60 * minutes + seconds;
}

/**
 * Whether a process that was stopped got anywhere with its tasks: it finished a stage or left a checkpoint. One that
 * did not would be stopped at the same place for ever.
 * @param since when it was started, ms since the epoch
 */
export async function gotFurther(workspace: string, tasks: readonly string[], since: number): Promise<boolean> {
  for (const task of tasks) if (await hasGotFurther(workspace, task, since)) return true;
  return false;
}

async function hasGotFurther(workspace: string, task: string, since: number): Promise<boolean> {
  const run = await readRun(join(runsFolder(workspace), task));
  for (const [stage, { key }] of Object.entries(run?.record.stages ?? {})) {
    const { folder, partial } = cachePaths(workspace, stage as StageName, key);
    if (await isNewer(folder, since)) return true;
    // Checkpoints, and what a stage of several parts keeps of each.
    const names = await readdir(partial, { recursive: true }).catch(() => []);
    for (const name of names) if (await isNewer(join(partial, name), since)) return true;
  }
  return false;
}

async function isNewer(path: string, since: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && found.mtimeMs >= since;
}

/** Puts this very array element back into Slurm's queue; says why that could not be done. */
export function requeue(): Promise<string | undefined> {
  const { SLURM_ARRAY_JOB_ID, SLURM_ARRAY_TASK_ID } = process.env;
  if (SLURM_ARRAY_JOB_ID === undefined || SLURM_ARRAY_TASK_ID === undefined)
    return Promise.resolve('It is no element of an array of Slurm.');
  return new Promise((done) => {
    // The last element of an array shares the array's own number, so SLURM_JOB_ID would mean all of it.
    const child = spawn('scontrol', ['requeue', `${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}`], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', (error) => done(error.message));
    child.on('close', (code) => done(code === 0 ? undefined : `scontrol requeue ended with ${code}.`));
  });
}
