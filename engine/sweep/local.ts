import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { diskFull } from '../run/disk';
import type { LocalBlock } from '../study/sweep-schema';
import type { Runner, Work } from './runner';
import type { Hint, Hints } from './status';
import { sweepFiles, type StoredSweep } from './store';

/** How a process is started: `command`, its arguments, then the sweep's folder and the task. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** Exit codes of a task's process. */
export const taskExit = { finished: 0, failed: 2, blocked: 3, 'disk-full': 4, cancelled: 130 } as const;

/** A process that was killed is started again so often. */
const mostStarts = 3;

interface Entry extends Work {
  state: 'waiting' | 'running' | 'finished' | 'gone';
  starts: number;
}

/** Processes at once: one a GPU; on the CPU, where each uses several cores, one for every four. */
export function localSlots({ parallel, gpus }: LocalBlock, device: string, cores = availableParallelism()): number {
  if (parallel !== undefined) return parallel;
  return device === 'cpu' || device === 'eager' ? Math.max(1, Math.floor(cores / 4)) : device === 'cuda' ? gpus : 1;
}

/** Computes tasks on this machine, each in a process of its own; a process that is killed takes only its task along. */
export class LocalRunner implements Runner {
  readonly kind = 'local';
  readonly outlives = false;
  private readonly entries = new Map<string, Entry>();
  private readonly waiting: Entry[] = [];
  private readonly free: number[];
  private readonly children = new Set<ChildProcess>();
  private wake: () => void = () => undefined;
  private stopped = false;
  private isDiskFull = false;

  constructor(
    private readonly sweep: StoredSweep,
    private readonly program: Program,
    private readonly options: { slots: number; gpus: number },
  ) {
    this.free = Array.from({ length: options.slots }, (_, i) => options.slots - 1 - i);
  }

  submit(work: readonly Work[]): Promise<void> {
    for (const { task, needs } of work) {
      const known = this.entries.get(task);
      if (known && known.state !== 'gone') continue;
      const entry: Entry = { task, needs, state: 'waiting', starts: 0 };
      this.entries.set(task, entry);
      this.waiting.push(entry);
    }
    this.pump();
    return Promise.resolve();
  }

  /** Rejects with a UserError where a task found the disk full: all others would end the same way. */
  poll(): Promise<Hints> {
    if (this.isDiskFull) return Promise.reject(diskFull(this.sweep.workspace));
    const hints = new Map<string, Hint>();
    for (const { task, state } of this.entries.values()) {
      // What a process that ended well has left is in the result directory.
      hints.set(task, { state: state === 'waiting' ? 'queued' : state === 'running' ? 'running' : 'gone' });
    }
    return Promise.resolve(hints);
  }

  async cancel(): Promise<void> {
    this.stopped = true;
    for (const entry of this.waiting.splice(0)) entry.state = 'gone';
    const ends = [...this.children].map((child) => new Promise<void>((done) => child.once('close', () => done())));
    for (const child of this.children) child.kill('SIGTERM');
    await Promise.all(ends);
  }

  collect(): Promise<void> {
    return Promise.resolve();
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  rest(ms: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  /** True while something computes or waits. */
  get isBusy(): boolean {
    return this.children.size > 0 || this.waiting.length > 0;
  }

  private pump(): void {
    for (let i = 0; i < this.waiting.length && this.free.length > 0 && !this.stopped;) {
      const entry = this.waiting[i]!;
      const needs = entry.needs.flatMap((need) => this.entries.get(need) ?? []);
      if (needs.some(({ state }) => state === 'gone')) {
        // What it reads failed or was lost; the next look at the directory says which.
        entry.state = 'gone';
        this.waiting.splice(i, 1);
      } else if (needs.some(({ state }) => state !== 'finished')) i++;
      else {
        this.waiting.splice(i, 1);
        this.start(entry);
      }
    }
    if (!this.isBusy) this.wake();
  }

  private start(entry: Entry): void {
    const slot = this.free.pop()!;
    entry.state = 'running';
    entry.starts++;
    const log = openSync(join(this.sweep.folder, sweepFiles.logs, `slot-${slot}.log`), 'a');
    const child = spawn(
      this.program.command,
      [...this.program.args, '--sweep', this.sweep.folder, '--task', entry.task],
      {
        cwd: this.sweep.workspace,
        stdio: ['ignore', log, log],
        windowsHide: true,
        env: {
          ...process.env,
          ...(this.options.gpus > 1 && { CUDA_VISIBLE_DEVICES: String(slot % this.options.gpus) }),
        },
      },
    );
    closeSync(log);
    this.children.add(child);
    let isOver = false;
    const end = (code: number | null): void => {
      if (isOver) return;
      isOver = true;
      this.children.delete(child);
      this.free.push(slot);
      if (code === taskExit['disk-full']) this.isDiskFull = this.stopped = true;
      if (code === taskExit.finished) entry.state = 'finished';
      else if (code === null && entry.starts < mostStarts && !this.stopped) {
        entry.state = 'waiting';
        this.waiting.unshift(entry);
      } else entry.state = 'gone';
      this.pump();
      if (code !== taskExit.finished) this.wake();
    };
    child.on('error', () => end(taskExit.failed));
    child.on('close', end);
  }
}
