import { rowStates, type RowState, type StateCounts } from '../../engine/sweep/format';

/** A sweep as `eigenprobe sweep list --json` gives it. */
export interface ListedSweep {
  readonly id: string;
  readonly name: string;
  /** Workspace-relative path of the study. */
  readonly study: string;
  readonly createdAt: string;
  /** Rows in all. */
  readonly total: number;
  readonly rows: StateCounts;
  readonly shared: StateCounts;
}

/** A row as `eigenprobe sweep show --states --json` gives it. */
export interface ListedRow {
  readonly row: number;
  readonly label: string;
  readonly state: RowState;
  /** Id of its run directory, where there is one. */
  readonly run?: string;
  readonly error?: string;
  readonly scheduler?: string;
}

/** What the engine said, if it is a list of sweeps. */
export function readSweeps(text: string): ListedSweep[] {
  const value = parse(text);
  return Array.isArray(value) ? value.filter((one) => hasStrings(one, ['id', 'name', 'study', 'createdAt'])) : [];
}

export function readRows(text: string): ListedRow[] {
  const value = parse(text) as { rows?: unknown } | undefined;
  return Array.isArray(value?.rows) ? value.rows.filter((one) => hasStrings(one, ['label', 'state'])) : [];
}

/** True while something of it may still change by itself. */
export function isActive({ rows, shared }: Pick<ListedSweep, 'rows' | 'shared'>): boolean {
  return [rows, shared].some((counts) => (counts.running ?? 0) + (counts.queued ?? 0) + (counts.unknown ?? 0) > 0);
}

/** Rows that ended without a result. */
export function failedCount({ rows }: Pick<ListedSweep, 'rows'>): number {
  return (rows.failed ?? 0) + (rows.blocked ?? 0) + (rows.lost ?? 0);
}

/** `12 of 24 · 2 running, 10 queued`: the finished rows, then all other states that occur. */
export function countsLine(
  { total, rows }: Pick<ListedSweep, 'total' | 'rows'>,
  nameOf: (state: RowState) => string = (state) => state,
): string {
  const others = rowStates.flatMap((state) =>
    state !== 'finished' && rows[state] ? [`${rows[state].toLocaleString('en-US')} ${nameOf(state)}`] : [],
  );
  const done = `${(rows.finished ?? 0).toLocaleString('en-US')} / ${total.toLocaleString('en-US')}`;
  return others.length === 0 ? done : `${done} · ${others.join(', ')}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function hasStrings<T>(value: T, keys: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    keys.every((key) => typeof (value as Record<string, unknown>)[key] === 'string')
  );
}
