import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { UserError } from '../errors';
import { taskExit } from '../sweep/local';
import { cancelledAt, loadSweep, readSubmissions, readSweep } from '../sweep/store';
import { executeTask, type TaskOutcome } from '../sweep/task';
import { interruptSignal } from './interrupt';

export interface TaskFlags {
  sweep: string;
  task?: string;
  submission?: string;
  job?: string;
  element?: string;
}

/** `eigenprobe sweep task`: computes one task, or those of one array element, and publishes what came out. */
export async function sweepTask(flags: TaskFlags): Promise<void> {
  const folder = resolve(flags.sweep);
  // <workspace>/.eigenprobe/sweeps/<id>
  const stored = await readSweep(dirname(dirname(dirname(folder))), basename(folder));
  if (!stored) throw new UserError('no-such-sweep', `There is no sweep in ${folder}.`);
  const sweep = await loadSweep(stored);
  const tasks = flags.task === undefined ? await elementTasks(folder, flags) : [flags.task];
  const interrupt = interruptSignal();
  const limit = timeLimit();
  const outcomes: TaskOutcome[] = [];
  try {
    for (const task of tasks) {
      // A submission that the user took back may still reach a node.
      const stop = interrupt.signal.aborted || limit.signal.aborted || (await wasTakenBack(folder, stored, flags));
      if (stop) outcomes.push('cancelled');
      else {
        process.stderr.write(`${new Date().toISOString()} ${task} on ${hostname()}\n`);
        outcomes.push(await executeTask(sweep, task, { signal: AbortSignal.any([interrupt.signal, limit.signal]) }));
      }
    }
  } finally {
    interrupt.dispose();
  }
  if (limit.signal.aborted && outcomes.includes('cancelled')) await requeue();
  const worst = (['disk-full', 'failed', 'blocked', 'cancelled'] as const).find((outcome) =>
    outcomes.includes(outcome),
  );
  process.exitCode = taskExit[worst ?? 'finished'];
}

async function elementTasks(folder: string, { submission, job, element }: TaskFlags): Promise<string[]> {
  const found = (await readSubmissions(folder))
    .find(({ id }) => id === submission)
    ?.jobs.find(({ name }) => name === job)?.elements[Number(element)];
  if (found) return found;
  throw new UserError('no-such-task', `There is no element ${element} of the job ${job} in ${folder}.`);
}

async function wasTakenBack(
  folder: string,
  sweep: Parameters<typeof cancelledAt>[0],
  { submission }: TaskFlags,
): Promise<boolean> {
  const at = await cancelledAt(sweep);
  if (at === undefined) return false;
  const own = (await readSubmissions(folder)).find(({ id }) => id === submission);
  return own === undefined || Date.parse(own.createdAt) < at;
}

/** Aborted by SIGUSR2, which the scheduler sends when the time limit is near. */
function timeLimit(): { signal: AbortSignal } {
  const controller = new AbortController();
  if (process.platform !== 'win32') process.once('SIGUSR2', () => controller.abort());
  return controller;
}

/** Puts this task back into the queue: it goes on from its checkpoint. */
function requeue(): Promise<void> {
  const { SLURM_ARRAY_JOB_ID, SLURM_ARRAY_TASK_ID } = process.env;
  if (SLURM_ARRAY_JOB_ID === undefined || SLURM_ARRAY_TASK_ID === undefined) return Promise.resolve();
  return new Promise((done) => {
    // The last element of an array shares the array's own number, so SLURM_JOB_ID would mean all of it.
    const child = spawn('scontrol', ['requeue', `${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}`], { stdio: 'inherit' });
    child.on('error', () => done());
    child.on('close', () => done());
  });
}
