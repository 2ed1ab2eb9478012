import type { Hints, Snapshot } from './status';

/** A task to compute, and the tasks that it reads. */
export interface Work {
  readonly task: string;
  readonly needs: readonly string[];
}

/**
 * Computes tasks somewhere. A runner is never asked what a task's result is: that is in the result directory. What it
 * says of a task is a hint, and a task that it was given may be given to it again.
 */
export interface Runner {
  readonly kind: 'local' | 'slurm';
  /** True where what was submitted goes on when this process ends. */
  readonly outlives: boolean;
  /** Hands tasks over, those that others read before their readers. `snapshot` says how what they need stands. */
  submit(work: readonly Work[], snapshot: Snapshot): Promise<void>;
  /** What is known of the tasks that were ever handed over. */
  poll(): Promise<Hints>;
  /** Stops what is computing and forgets what waits; resolves when what can be done here is done. */
  cancel(): Promise<void>;
  /** Takes note of what the result directory says: what is done there needs no place in a queue any more. */
  settle(snapshot: Snapshot): Promise<void>;
  /** Makes results that were written elsewhere visible here. */
  collect(): Promise<void>;
  /** Resolves when something has happened that is worth a look, or after `ms`. */
  rest(ms: number): Promise<void>;
}
