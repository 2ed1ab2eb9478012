import * as vscode from 'vscode';
import type { RunEvent, RunRecord, StageName, StageRecord } from '../../engine/run/format';
import { formatDuration } from '../../engine/terminal/numbers';

/** How far a running run is, as its events tell. */
export interface LiveProgress {
  stage?: StageName;
  label?: string;
  /** 0 to 1 within the stage. */
  fraction?: number;
  etaSeconds?: number;
  /** The last value of each metric of the stage. */
  metrics: Record<string, number>;
}

/** Carries progress on by the events that came since. */
export function advance(progress: LiveProgress, events: readonly RunEvent[]): LiveProgress {
  let next = progress;
  for (const event of events) {
    switch (event.type) {
      case 'stage':
        if (event.state === 'running') next = { stage: event.stage, metrics: {} };
        break;
      case 'progress':
        next = {
          ...(event.stage === next.stage ? next : { metrics: {} }),
          stage: event.stage,
          label: event.label,
          fraction: event.total > 0 ? Math.min(1, event.done / event.total) : undefined,
          etaSeconds: event.etaSeconds,
        };
        break;
      case 'metric':
        next = { ...next, metrics: { ...next.metrics, [event.name]: event.value } };
        break;
      case 'run':
      case 'log':
        break;
    }
  }
  return next;
}

/** Share of the whole run that is done: every stage counts the same, since nobody knows yet how long each takes. */
export function overallFraction(record: RunRecord, progress: LiveProgress | undefined): number {
  const stages = Object.entries(record.stages) as [StageName, StageRecord][];
  if (stages.length === 0) return 0;
  const done = stages.reduce((sum, [name, { state }]) => {
    if (state === 'finished' || state === 'cached') return sum + 1;
    return sum + (state === 'running' && progress?.stage === name ? (progress.fraction ?? 0) : 0);
  }, 0);
  return done / stages.length;
}

/** `pretrain 34 % · 2:10 left`. */
export function progressText(progress: LiveProgress | undefined): string {
  if (progress?.stage === undefined) return '';
  const percent = progress.fraction === undefined ? '' : ` ${Math.floor(100 * progress.fraction)} %`;
  const left =
    progress.etaSeconds === undefined ? '' : ` · ${vscode.l10n.t('{0} left', formatDuration(progress.etaSeconds))}`;
  return `${progress.stage}${percent}${left}`;
}
