import { posix, relative, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../errors';
import type { SlurmBlock } from '../../study/sweep-schema';
import { sweepFormatVersion, type Submission } from '../format';
import type { Program } from '../local';
import type { Runner, Work } from '../runner';
import type { Hint, Hints, Snapshot } from '../status';
import { readSubmissions, writeSubmission, type StoredSweep } from '../store';
import { newSubmissionId } from '../task';
import { arraySpec, packArrays, type Limits } from './arrays';
import { ask, askPatiently, SchedulerDown, type RunCommand } from './commands';
import { parseQueue, queueFormat, queueState, type QueuedElement } from './queue';
import { jobScript, pathVariables, sbatchArguments } from './script';

export interface SlurmOptions {
  readonly slurm: SlurmBlock;
  readonly run: RunCommand;
  /** What computes a task on the cluster where the study names nothing else. */
  readonly program: Program;
  /** How long a submission waits for a controller that is down. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
  readonly onMessage?: (message: string) => void;
}

/** A job that was written down so lately and is not in the queue may still be being submitted. */
const submittingMs = 60_000;

/** A process ends within moments of its result; after so long its job is one that the controller has lost track of. */
const ghostMs = 20_000;

/** More arrays than this with dependencies of their own are not submitted one by one. */
const mostGroups = 200;

/**
 * Hands tasks to Slurm in arrays. What is submitted is written down first, each job under a name of its own, so that
 * squeue finds it whatever happened to the process that submitted it.
 */
export class SlurmRunner implements Runner {
  readonly kind = 'slurm';
  readonly outlives = true;
  private readonly known = new Map<string, Submission>();
  /** Jobs that the queue calls running, by their tasks. */
  private readonly running = new Map<string, string>();
  /** Since when all tasks of such a job have been done. */
  private readonly overdue = new Map<string, number>();
  private limits: Limits | undefined;

  constructor(
    private readonly sweep: StoredSweep,
    private readonly options: SlurmOptions,
  ) {}

  async submit(work: readonly Work[], snapshot: Snapshot): Promise<void> {
    const { onMessage, signal, patienceMs = 600_000 } = this.options;
    const patiently = <T>(act: () => Promise<T>): Promise<T> =>
      askPatiently(act, {
        patienceMs,
        signal,
        onDown: () => onMessage?.('The Slurm controller does not answer; trying again.'),
      });
    const limits = await patiently(() => this.readLimits());
    const isOpen = (task: string): boolean =>
      snapshot.tasks.get(task)?.hint?.job !== undefined && !isOver(snapshot, task);
    const arrays = packArrays(work, limits, isOpen);
    const id = newSubmissionId();
    const jobs = arrays.map(({ elements }, i) => ({
      name: `eigenprobe-${id}-${i}`,
      elements: elements.map((tasks) => [...tasks]),
    }));
    const submission: Submission = { version: sweepFormatVersion, id, createdAt: new Date().toISOString(), jobs };
    await writeSubmission(this.sweep.folder, submission);

    const numbers: string[] = [];
    const places = new Map<string, string>();
    for (const [i, { elements, after, behind }] of arrays.entries()) {
      const refs = behind?.map((job) => numbers[job]!) ?? [
        ...new Set(after.flatMap((task) => places.get(task) ?? snapshot.tasks.get(task)?.hint?.job ?? [])),
      ];
      const dependency = refs.length === 0 ? undefined : `${behind ? 'afterany' : 'afterok'}:${refs.join(':')}`;
      const number = await patiently(() => this.submitJob(id, jobs[i]!.name, elements.length, dependency));
      numbers.push(number);
      elements.forEach((tasks, element) => {
        for (const task of tasks) places.set(task, `${number}_${element}`);
      });
    }
    const count = arrays.reduce((sum, { elements }) => sum + elements.length, 0);
    onMessage?.(`Submitted ${work.length} tasks to Slurm in ${arrays.length} arrays with ${count} elements.`);
  }

  async poll(): Promise<Hints> {
    const submissions = await readSubmissions(this.sweep.folder, this.known);
    const hints = new Map<string, Hint>();
    if (submissions.length === 0) return hints;
    const names = submissions.flatMap(({ jobs }) => jobs.map(({ name }) => name));
    let listed: QueuedElement[] | undefined;
    try {
      listed = await this.queue(names);
    } catch (error) {
      if (!(error instanceof SchedulerDown)) throw error;
    }
    this.running.clear();
    const found = new Map(listed?.map((element) => [`${element.name} ${element.element}`, element]));
    // Later submissions come later and say what holds now, but one that is still there counts before one that is gone.
    for (const { jobs, createdAt } of submissions) {
      // Its jobs may be on their way to the queue, by another process.
      const isYoung = Date.now() - Date.parse(createdAt) < submittingMs;
      for (const { name, elements } of jobs) {
        elements.forEach((tasks, element) => {
          const there = listed ? found.get(`${name} ${element}`) : 'unknown';
          const hint: Hint = isYoung && !there ? { state: 'queued', reason: 'being submitted' } : describe(there);
          for (const task of tasks) {
            const before = hints.get(task);
            if (hint.state === 'running' && hint.job !== undefined) this.running.set(task, hint.job);
            if (!before || before.state === 'gone' || hint.state !== 'gone') hints.set(task, hint);
          }
        });
      }
    }
    return hints;
  }

  async cancel(): Promise<void> {
    const submissions = await readSubmissions(this.sweep.folder, this.known);
    const names = submissions.flatMap(({ jobs }) => jobs.map(({ name }) => name));
    if (names.length === 0) return;
    const there = (await this.queue(names)).filter((element) => queueState(element) !== 'gone');
    const numbers = [...new Set(there.map(({ array }) => array))];
    for (let i = 0; i < numbers.length; i += 100) {
      await ask(this.options.run, 'scancel', numbers.slice(i, i + 100));
    }
  }

  /**
   * A task that ends while the controller is down may stay "running" in the queue for good, and take the place of
   * others. Elements all of whose tasks have been done for a while are ended there too.
   */
  async settle({ tasks }: Snapshot): Promise<void> {
    const now = Date.now();
    const due: string[] = [];
    for (const { jobs } of await readSubmissions(this.sweep.folder, this.known)) {
      for (const { elements } of jobs) {
        for (const element of elements) {
          const job = this.running.get(element[0]!);
          if (job === undefined) continue;
          if (element.some((task) => tasks.get(task)?.state !== 'finished')) this.overdue.delete(job);
          else if (now - (this.overdue.get(job) ?? now) < ghostMs) this.overdue.set(job, this.overdue.get(job) ?? now);
          else due.push(job);
        }
      }
    }
    if (due.length === 0) return;
    for (const job of due) this.overdue.delete(job);
    try {
      await ask(this.options.run, 'scancel', due.slice(0, 100));
    } catch (error) {
      if (!(error instanceof SchedulerDown)) throw error;
    }
  }

  collect(): Promise<void> {
    // The cluster writes into this very workspace.
    return Promise.resolve();
  }

  async rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.options.signal }).catch(() => undefined);
  }

  private async queue(names: readonly string[]): Promise<QueuedElement[]> {
    const found: QueuedElement[] = [];
    // A command line has its limits.
    for (let i = 0; i < names.length; i += 500) {
      const some = names.slice(i, i + 500);
      const args = ['-a', '-t', 'all', '-r', '-h', '-n', some.join(), '-o', queueFormat];
      found.push(...parseQueue(await ask(this.options.run, 'squeue', args)));
    }
    return found;
  }

  /** Submits one job; where an earlier try went through unheard, takes its number. */
  private async submitJob(submission: string, name: string, elements: number, dependency?: string): Promise<string> {
    const { run, slurm } = this.options;
    const [there] = await this.queue([name]);
    if (there) return there.array;
    const folder = this.onCluster(this.sweep.folder);
    const workspace = this.onCluster(this.sweep.workspace);
    const script = jobScript({
      program: slurm.program ?? this.options.program,
      variables: pathVariables(this.sweep.header.document),
      setup: slurm.setup,
      folder,
      submission,
      job: name,
    });
    const array = arraySpec(Array.from({ length: elements }, (_, i) => i));
    const said = await ask(
      run,
      'sbatch',
      sbatchArguments({ name, array, dependency, slurm, folder, workspace }),
      script,
    );
    const number = /^(\d+)/.exec(said.trim())?.[1];
    if (number === undefined)
      throw new UserError('slurm-answer', `sbatch answered "${said.trim()}", which names no job.`);
    return number;
  }

  private async readLimits(): Promise<Limits> {
    if (this.limits) return this.limits;
    const text = await ask(this.options.run, 'scontrol', ['show', 'config']);
    const read = (name: string, otherwise: number): number =>
      Number(new RegExp(`^${name}\\s*=\\s*(\\d+)`, 'm').exec(text)?.[1] ?? otherwise);
    // MaxJobCount counts what is in the queue, of all users; half of it is the most that one sweep should take.
    const elements = Math.min(this.options.slurm.maxJobs, Math.max(1, Math.floor(read('MaxJobCount', 10_000) / 2)));
    this.limits = { arraySize: Math.max(1, read('MaxArraySize', 1001) - 1), elements, groups: mostGroups };
    return this.limits;
  }

  /** A path of this workspace as the cluster sees it. */
  private onCluster(path: string): string {
    const { workspace } = this.options.slurm;
    if (workspace === undefined) return path;
    return posix.join(workspace, relative(this.sweep.workspace, path).split(sep).join('/'));
  }
}

function describe(element: QueuedElement | 'unknown' | undefined): Hint {
  if (element === 'unknown') return { state: 'unknown' };
  if (!element) return { state: 'gone' };
  const state = queueState(element);
  const reason = element.reason === 'None' ? element.state : `${element.state} (${element.reason})`;
  return { state, job: `${element.array}_${element.element}`, reason };
}

function isOver(snapshot: Snapshot, task: string): boolean {
  return !['queued', 'running'].includes(snapshot.tasks.get(task)?.state ?? '');
}
