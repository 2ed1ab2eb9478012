import type { RunEvent, StageName } from '../run/format';
import { terminalColors } from './colors';
import { LiveProgress } from './live';
import { RunModel } from './model';
import { PlainProgress } from './plain';

/** Shows a run's events as they come. */
export interface ProgressView {
  event(event: RunEvent): void;
  /** Leaves the terminal as it was found; call it however the run ends. */
  end(): void;
}

/** Lines that redraw themselves in a terminal, plain lines in a file, a pipe or a CI job. */
export function createProgress(stream: NodeJS.WriteStream, stages: readonly StageName[] = []): ProgressView {
  const model = new RunModel(stages);
  const dumb = process.env.TERM === 'dumb' || isCi(process.env.CI);
  // Some pseudo-terminals say that they are 0 by 0: nothing can be drawn in those.
  if (stream.isTTY && stream.columns > 0 && stream.rows > 0 && !dumb)
    return new LiveProgress(model, stream, terminalColors(stream));
  return new PlainProgress(model, (line) => void stream.write(`${line}\n`));
}

function isCi(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'false' && value !== '0';
}
