import { setImmediate as pause } from 'node:timers/promises';
import { Cancelled } from '../errors';

/** Lets a long computation give way to the event loop (heartbeats, signals) about every 30 ms. */
export class Pacer {
  private last = performance.now();

  constructor(private readonly signal?: AbortSignal) {}

  /** True where it is time to `pause`. */
  due(): boolean {
    return performance.now() - this.last > 30;
  }

  /** Gives way once. Throws Cancelled where the signal is aborted. */
  async pause(): Promise<void> {
    await pause();
    if (this.signal?.aborted) throw new Cancelled();
    this.last = performance.now();
  }
}
