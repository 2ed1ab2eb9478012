import { createLogUpdate } from 'log-update';
import type { RunEvent } from '../run/format';
import type { Colors } from './colors';
import { stageLine } from './lines';
import type { RunModel } from './model';
import { logLine } from './plain';

const frameMs = 100;

/** Progress that redraws itself in place: one line a stage. The cursor is hidden until `end`, whatever happens. */
export class LiveProgress {
  private readonly draw: ReturnType<typeof createLogUpdate>;
  private readonly timer: NodeJS.Timeout;
  private frame = 0;

  constructor(
    private readonly model: RunModel,
    private readonly stream: NodeJS.WriteStream,
    private readonly colors: Colors,
  ) {
    this.draw = createLogUpdate(stream);
    this.timer = setInterval(() => {
      this.frame++;
      this.render();
    }, frameMs).unref();
  }

  event(event: RunEvent): void {
    this.model.apply(event);
    if (event.type === 'log') this.keep(this.paint(event));
    else if (event.type === 'run' && event.state === 'running' && event.message) this.keep(event.message);
    // Progress waits for the next frame; what changes a stage's state is shown at once.
    if (event.type === 'stage') this.render();
  }

  end(): void {
    clearInterval(this.timer);
    this.render();
    this.draw.done();
  }

  /** Writes a line above the ones that are redrawn. */
  private keep(text: string): void {
    this.draw.persist(text);
    this.render();
  }

  private paint(event: Extract<RunEvent, { type: 'log' }>): string {
    const line = logLine(event);
    if (event.level === 'error') return this.colors.red(line);
    return event.level === 'warning' ? this.colors.yellow(line) : this.colors.dim(line);
  }

  private render(): void {
    // The last column is left free: writing into it wraps in some terminals.
    const width = Math.max(20, (this.stream.columns || 80) - 1);
    this.draw(this.model.stages.map((view) => stageLine(view, width, this.frame, this.colors)).join('\n'));
  }
}
