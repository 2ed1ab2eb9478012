import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { runFiles } from '../run/directory';
import { lockHolder } from '../run/lock';
import type { SweepBlock } from '../study/sweep-schema';
import { elsewhere } from './drive';
import type { Program } from './local';
import { readMarks } from './results';
import { SchedulerDown, slurmCommands } from './slurm/commands';
import { SlurmRunner } from './slurm/runner';
import { cancelledAt, rowsOf, setCancelled, sweepFiles, type LoadedSweep, type StoredSweep } from './store';
import { takeSnapshot, type Hints, type Snapshot } from './status';

/** How a sweep's rows are computed, as its study says. */
export function blockOf(sweep: StoredSweep): SweepBlock {
  return rowsOf(sweep).study.sweep!;
}

/** How this program computes a task in a process of its own. */
export function taskProgram(entry = process.argv[1]!): Program {
  return { command: process.execPath, args: [entry, 'sweep', 'task'] };
}

/** How a sweep stands, for one who only looks. */
export async function currentSnapshot(sweep: LoadedSweep): Promise<Snapshot> {
  const cancelled = (await cancelledAt(sweep)) !== undefined;
  return takeSnapshot(sweep, await currentHints(sweep), { cancelled });
}

/** Whoever only looks does not wait longer for a cluster that does not answer. */
const lookTimeoutMs = 10_000;

async function currentHints(sweep: LoadedSweep): Promise<Hints> {
  const { finished } = await readMarks(sweep.workspace);
  if (sweep.rows.every(({ task }) => finished.has(task))) return new Map();
  const { slurm } = blockOf(sweep);
  // What was submitted is asked for, whatever the study says of the runner: it may have been chosen on the command line.
  const hints = await new SlurmRunner(sweep, {
    slurm,
    run: slurmCommands(slurm.host, lookTimeoutMs),
    program: taskProgram(),
  })
    .poll()
    .catch((): Hints => new Map());
  const holder = await lockHolder(join(sweep.folder, sweepFiles.controllerLock));
  return holder ? elsewhere(sweep, hints) : hints;
}

/** Asks for the end of a sweep: of what waits and of what computes, wherever that is. */
export async function cancelSweep(sweep: LoadedSweep): Promise<void> {
  await setCancelled(sweep, true);
  const { slurm } = blockOf(sweep);
  const runner = new SlurmRunner(sweep, { slurm, run: slurmCommands(slurm.host), program: taskProgram() });
  const down = await runner.cancel().catch((error: unknown) => {
    if (error instanceof SchedulerDown) return error;
    throw error;
  });
  // What no scheduler holds any more (a process whose controller was killed) looks for this file itself.
  const { tasks } = await currentSnapshot(sweep);
  for (const { state, run } of tasks.values()) {
    if (state === 'running' && run) await writeFile(join(run.directory, runFiles.cancelRequest), '');
  }
  // What waits there ends as soon as it starts, but until then it waits.
  if (down) throw down;
}
