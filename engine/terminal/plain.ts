import type { RunEvent } from '../run/format';
import type { RunModel, StageView } from './model';
import { formatClock, formatDuration, percentage, significant } from './numbers';

/** At most one progress line in this time, for logs that people scroll through. */
export const plainIntervalMs = 5000;

/** Progress as lines for logs: each stage's beginning and end, messages, and now and then how far it is. */
export class PlainProgress {
  private lastLine = -Infinity;

  constructor(
    private readonly model: RunModel,
    private readonly write: (line: string) => void,
  ) {}

  event(event: RunEvent): void {
    const view = this.model.apply(event);
    const now = Date.parse(event.time);
    switch (event.type) {
      case 'stage':
        this.lastLine = now;
        this.write(`${event.stage}: ${describeState(event.state, event.seconds)}`);
        break;
      case 'progress':
        if (!view || now - this.lastLine < plainIntervalMs) break;
        this.lastLine = now;
        this.write(`${event.stage}: ${describeProgress(view)}`);
        break;
      case 'log':
        this.write(logLine(event));
        break;
      case 'run':
        if (event.state === 'running' && event.message) this.write(event.message);
        break;
      case 'metric':
        break;
    }
  }

  end(): void {
    return;
  }
}

/** `pretrain: another process…`, `warning: …`. */
export function logLine(event: Extract<RunEvent, { type: 'log' }>): string {
  const prefix = [event.level === 'info' ? undefined : event.level, event.stage].filter((part) => part !== undefined);
  return [...prefix, event.message].join(': ');
}

export function describeState(state: StageView['state'], seconds?: number): string {
  switch (state) {
    case 'waiting':
      return 'waiting';
    case 'running':
      return 'running';
    case 'finished':
      return seconds === undefined ? 'done' : `done in ${formatDuration(seconds)}`;
    case 'cached':
      return 'unchanged, taken from the cache';
    case 'failed':
      return 'failed';
    case 'cancelled':
      return 'cancelled';
  }
}

function describeProgress({ progress, metric }: StageView): string {
  if (!progress) return '';
  const { done, total, label, etaSeconds } = progress;
  const parts = [`${percentage(done, total)} %`];
  if (label !== '') parts.push(label);
  if (metric) parts.push(`${metric.name} ${significant(metric.value)}`);
  if (etaSeconds !== undefined) parts.push(`${formatClock(etaSeconds)} left`);
  return parts.join(', ');
}
