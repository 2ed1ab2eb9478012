import { hostname } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { UserError } from '../errors';
import { taskExit } from '../sweep/local';
import { cancelledAt, loadSweep, readSubmissions, readSweep, type LoadedSweep } from '../sweep/store';
import { executeTask, markFailed, type TaskOutcome } from '../sweep/task';
import { gotFurther, requeue, timeLimitSignal } from '../sweep/time-limit';
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
  const limit = timeLimitSignal();
  const begun = Date.now();
  const outcomes: TaskOutcome[] = [];
  try {
    for (const task of tasks) {
      // A submission that the user took back may still reach a node.
      const stop = interrupt.signal.aborted || limit.aborted || (await wasTakenBack(folder, stored, flags));
      if (stop) outcomes.push('cancelled');
      else {
        process.stderr.write(`${new Date().toISOString()} ${task} on ${hostname()}\n`);
        outcomes.push(await executeTask(sweep, task, { signal: AbortSignal.any([interrupt.signal, limit]) }));
      }
    }
  } finally {
    interrupt.dispose();
  }
  const stopped = outcomes.indexOf('cancelled');
  const isWanted = !interrupt.signal.aborted && !(await wasTakenBack(folder, stored, flags));
  if (limit.aborted && isWanted && stopped >= 0)
    outcomes[stopped] = await stopForTime(sweep, tasks.slice(0, stopped + 1), begun);
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

/** The time limit is near: the task is computed on from its checkpoint later, unless it would get no further then. */
async function stopForTime(sweep: LoadedSweep, tasks: readonly string[], begun: number): Promise<TaskOutcome> {
  const task = tasks.at(-1)!;
  if (!(await gotFurther(sweep.workspace, tasks, begun))) {
    const sentence =
      'The time limit ended it before it could write a checkpoint; give sweep.slurm.time more, and retry what failed.';
    process.stderr.write(`${task}: ${sentence}\n`);
    return markFailed(sweep, task, sentence);
  }
  const problem = await requeue();
  process.stderr.write(
    problem === undefined
      ? `${task}: the time limit is near; it goes on from its checkpoint when Slurm starts it again.\n`
      : `${task}: the time limit is near, and it could not be put back into the queue: ${problem}\n`,
  );
  return 'cancelled';
}
