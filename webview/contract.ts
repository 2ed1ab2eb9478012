import type { MetricSeries } from '../engine/report/payload';
import type { Figure, RunState } from '../engine/run/format';

/**
 * What the editor and its panels say to each other. Both sides check what arrives: a panel that was restored may be
 * older than the extension, and a page is no place to trust.
 */

/** A run as a panel shows it. */
export interface PanelRun {
  /** Names the run in every message. */
  key: string;
  id: string;
  study: string;
  state: RunState | 'interrupted';
  startedAt: string;
  /** `14:05`, in the reader's language. */
  started: string;
  seed: number;
  device: string;
  error?: string;
  hasReport: boolean;
  figures: Figure[];
  metrics: MetricSeries[];
}

/** To a results panel. Whole snapshots, never differences: a hidden panel misses nothing. */
export type HostMessage = {
  type: 'show';
  runs: PanelRun[];
  /** Key of the run that the others are held against. */
  baseline: string | undefined;
};

/** From a results panel. */
export type PanelMessage =
  | { type: 'ready' }
  | { type: 'openReport'; run: string }
  | { type: 'setBaseline'; run: string }
  | { type: 'remove'; run: string }
  | { type: 'addRun' };

/** What a panel keeps over a reload: which runs it shows; their data is read again. */
export interface PanelState {
  runs: string[];
}

export function readHostMessage(value: unknown): HostMessage | undefined {
  if (!isObject(value) || value.type !== 'show' || !Array.isArray(value.runs)) return undefined;
  const runs = value.runs.filter(
    (run): run is PanelRun =>
      isObject(run) && typeof run.key === 'string' && Array.isArray(run.figures) && Array.isArray(run.metrics),
  );
  return { type: 'show', runs, baseline: typeof value.baseline === 'string' ? value.baseline : undefined };
}

export function readPanelMessage(value: unknown): PanelMessage | undefined {
  if (!isObject(value)) return undefined;
  switch (value.type) {
    case 'ready':
    case 'addRun':
      return { type: value.type };
    case 'openReport':
    case 'setBaseline':
    case 'remove':
      return typeof value.run === 'string' ? { type: value.type, run: value.run } : undefined;
    default:
      return undefined;
  }
}

export function readPanelState(value: unknown): PanelState {
  const runs = isObject(value) && Array.isArray(value.runs) ? value.runs : [];
  return { runs: runs.filter((run): run is string => typeof run === 'string') };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
