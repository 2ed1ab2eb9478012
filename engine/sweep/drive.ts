import { join } from 'node:path';
import { Cancelled } from '../errors';
import { explainDiskError } from '../run/disk';
import { lockHolder, tryLock, waitForLock, type Lock } from '../run/lock';
import { clearFailure } from './results';
import type { Runner, Work } from './runner';
import { takeSnapshot, type Hint, type Hints, type Snapshot } from './status';
import { cancelledAt, setCancelled, sweepFiles, type LoadedSweep } from './store';

export interface DriveOptions {
  readonly signal?: AbortSignal;
  /** Submit what is missing and return, where the runner goes on by itself. */
  readonly detach?: boolean;
  /** Try again what failed. */
  readonly retry?: boolean;
  readonly onSnapshot?: (snapshot: Snapshot) => void;
  readonly onMessage?: (message: string) => void;
  /** How long a task that was handed over may be seen nowhere before it is handed over again. */
  readonly graceMs?: number;
  /** At least this long between two looks at the directory. */
  readonly pollMs?: number;
  /** A task is handed over so often, then left to the user. */
  readonly mostSubmissions?: number;
}

/**
 * Computes a sweep: hands over what is missing, looks, and hands over again what was lost, until every row is done or
 * has ended otherwise. May be killed at any time and called again, also while another process does the same.
 */
export async function driveSweep(sweep: LoadedSweep, runner: Runner, options: DriveOptions = {}): Promise<Snapshot> {
  return new Drive(sweep, runner, options).run();
}

class Drive {
  private readonly begun = Date.now();
  /** Since when a task that was handed over is seen nowhere. */
  private readonly unseen = new Map<string, number>();
  private readonly submissions = new Map<string, number>();
  private controller: Lock | undefined;
  private told = '';

  constructor(
    private readonly sweep: LoadedSweep,
    private readonly runner: Runner,
    private readonly options: DriveOptions,
  ) {}

  async run(): Promise<Snapshot> {
    const { signal, detach = false, pollMs = 1000, onSnapshot } = this.options;
    await setCancelled(this.sweep, false);
    if (this.options.retry) await this.forgetFailures();
    try {
      for (;;) {
        const start = performance.now();
        if (signal?.aborted) throw new Cancelled();
        if (await this.wasCancelled()) {
          await this.runner.cancel();
          throw new Cancelled();
        }
        let snapshot = await this.look();
        const lost = this.lost(snapshot);
        if (lost.length > 0 && (await this.handOver())) snapshot = await this.look();
        await this.runner.settle(snapshot);
        onSnapshot?.(snapshot);
        if (this.isOver(snapshot) || (detach && this.runner.outlives)) return snapshot;
        // Looking takes at most a tenth of the time, however many rows there are.
        const rest = Math.max(pollMs, 9 * (performance.now() - start));
        await this.runner.rest(rest);
      }
    } catch (error) {
      // Without this process nobody looks after what it has started.
      if (!this.runner.outlives) await this.runner.cancel();
      throw explainDiskError(error, this.sweep.workspace);
    } finally {
      await this.controller?.release();
    }
  }

  private async look(): Promise<Snapshot> {
    await this.runner.collect();
    const hints = await this.runner.poll();
    const others = await this.othersCompute();
    return takeSnapshot(this.sweep, others ? elsewhere(this.sweep, hints) : hints);
  }

  /** Another process computes this sweep on this machine: what it has not begun waits with it. */
  private async othersCompute(): Promise<boolean> {
    if (this.runner.outlives || this.controller) return false;
    const path = join(this.sweep.folder, sweepFiles.controllerLock);
    this.controller = await tryLock(path);
    if (this.controller) return false;
    const holder = await lockHolder(path);
    if (holder) this.tell(`Process ${holder.pid} on ${holder.host} computes this sweep already; watching it.`);
    return true;
  }

  /** What is to be handed over: never handed over, or lost for long enough, with what it reads. */
  private lost(snapshot: Snapshot): Work[] {
    const { graceMs = this.runner.outlives ? 20_000 : 0, mostSubmissions = 3 } = this.options;
    const now = Date.now();
    const shared = new Map(this.sweep.shared.map((task) => [task.task, task]));
    const wanted = new Map<string, Work>();
    const isDue = (task: string): boolean => {
      const status = snapshot.tasks.get(task)!;
      if (status.state === 'missing') return true;
      if (status.state !== 'lost') {
        this.unseen.delete(task);
        return false;
      }
      if ((this.submissions.get(task) ?? 0) >= mostSubmissions) return false;
      // What has ended by its own word needs no waiting for.
      if (status.run && ['failed', 'finished', 'cancelled'].includes(status.run.state)) return true;
      const since = this.unseen.get(task) ?? now;
      this.unseen.set(task, since);
      // A file system that is shared may show a result only after a while.
      return now - since >= graceMs;
    };
    const visit = (task: string): void => {
      const one = shared.get(task);
      if (!one || wanted.has(task) || !isDue(task)) return;
      for (const need of one.needs) visit(need);
      wanted.set(task, { task, needs: one.needs });
    };
    const rows: Work[] = [];
    const seen = new Set<string>();
    for (const { task, needs } of this.sweep.rows) {
      if (seen.has(task)) continue;
      seen.add(task);
      if (!isDue(task)) continue;
      for (const need of needs) visit(need);
      rows.push({ task, needs });
    }
    return [...wanted.values(), ...rows];
  }

  /** Hands over what is still missing once nobody else can hand over the same. */
  private async handOver(): Promise<boolean> {
    const lock = this.runner.outlives
      ? await waitForLock(join(this.sweep.folder, sweepFiles.submitLock), { signal: this.options.signal })
      : undefined;
    try {
      // Between the look and the lock another process may have submitted the same.
      const snapshot = await this.look();
      const work = this.lost(snapshot);
      if (work.length === 0) return true;
      const again = work.filter(({ task }) => snapshot.tasks.get(task)!.state === 'lost').length;
      if (again > 0)
        this.options.onMessage?.(`${again} of ${work.length} tasks ended without a result and are computed again.`);
      for (const { task } of work) {
        this.submissions.set(task, (this.submissions.get(task) ?? 0) + 1);
        this.unseen.delete(task);
      }
      await this.runner.submit(work, snapshot);
      return true;
    } finally {
      await lock?.release();
    }
  }

  private isOver(snapshot: Snapshot): boolean {
    const { mostSubmissions = 3 } = this.options;
    for (const [task, { state }] of snapshot.tasks) {
      if (!task.startsWith('row-')) continue;
      if (['running', 'queued', 'missing', 'unknown'].includes(state)) return false;
      if (state === 'lost' && (this.submissions.get(task) ?? 0) < mostSubmissions) return false;
    }
    return true;
  }

  private async wasCancelled(): Promise<boolean> {
    const at = await cancelledAt(this.sweep);
    return at !== undefined && at > this.begun - 1;
  }

  private async forgetFailures(): Promise<void> {
    const names = [...this.sweep.shared, ...this.sweep.rows].map(({ task }) => task);
    for (const task of new Set(names)) await clearFailure(this.sweep.workspace, task);
  }

  private tell(message: string): void {
    if (this.told === message) return;
    this.told = message;
    this.options.onMessage?.(message);
  }
}

/** Hints for a sweep that another process computes: what has not begun is in its queue. */
export function elsewhere({ shared, rows }: LoadedSweep, hints: Hints): Hints {
  const all = new Map<string, Hint>(hints);
  for (const { task } of [...shared, ...rows]) if (!all.has(task)) all.set(task, { state: 'queued' });
  return all;
}
