import { formatVersion, type RunRecord } from '../../engine/run/format';

/** What the run list needs of a run. */
export type RunSummary = Pick<RunRecord, 'id' | 'state' | 'startedAt' | 'study'>;

/** Reads run.json's text; undefined where it is none of this version. */
export function readRunSummary(text: string): RunSummary | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
  if (!isObject(value) || value.version !== formatVersion || !isObject(value.study)) return undefined;
  const { id, state, startedAt, study } = value;
  const isSummary = [id, state, startedAt, study.name].every((field) => typeof field === 'string');
  return isSummary ? (value as unknown as RunSummary) : undefined;
}

/** Newest first; of runs that started together the higher id first. */
export function newestFirst<T extends { run: RunSummary }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => compare(b.run.startedAt, a.run.startedAt) || compare(b.run.id, a.run.id));
}

const icons: Record<RunSummary['state'], string> = {
  running: 'sync',
  finished: 'pass',
  failed: 'error',
  cancelled: 'circle-slash',
};

/** A run as a line of a quick pick. */
export function runItem({ id, state, startedAt, study }: RunSummary): {
  label: string;
  description: string;
  detail: string;
} {
  const started = new Date(startedAt);
  return {
    label: `$(${icons[state] ?? 'question'}) ${study.name}`,
    description: Number.isNaN(started.getTime()) ? startedAt : started.toLocaleString(),
    detail: `${state} · ${id}`,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
