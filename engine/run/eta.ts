/**
 * Estimates the time left of a piece of work from how fast it went since it began or was resumed.
 * A new total or a step back starts a new piece.
 */
export class Eta {
  private total = -1;
  private done = -1;
  private firstDone = 0;
  private firstTime = 0;

  /** Seconds left, or undefined while nothing is known. `now` in ms. */
  update(done: number, total: number, now: number): number | undefined {
    if (total !== this.total || done < this.done) {
      this.total = total;
      this.firstDone = done;
      this.firstTime = now;
    }
    this.done = done;
    const steps = done - this.firstDone;
    const seconds = (now - this.firstTime) / 1000;
    if (steps <= 0 || seconds < 0.5) return undefined;
    // Tenths of a second are finer than the estimate.
    return Math.round((10 * (total - done) * seconds) / steps) / 10;
  }
}
