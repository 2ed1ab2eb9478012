import type { IndexedRun, ShownState } from './run-index';

export const sortings = ['newest', 'oldest', 'name', 'best'] as const;
export type Sorting = (typeof sortings)[number];
export const groupings = ['study', 'state', 'none'] as const;
export type Grouping = (typeof groupings)[number];

export interface Arrangement {
  sorting: Sorting;
  grouping: Grouping;
  /** Words that must all occur in a run's study, id, state, path or sweep; empty for all runs. */
  filter: string;
}

export interface RunGroup<T extends IndexedRun> {
  /** Stable identity of the group. */
  key: string;
  label: string;
  runs: T[];
}

const stateOrder: readonly ShownState[] = ['running', 'interrupted', 'failed', 'cancelled', 'finished'];

/**
 * Filters, sorts and groups runs that come newest first. `scores` is asked only where the best shall come first;
 * runs without a score come last. With grouping none there is one group. `folderOf` keeps studies of the same name in
 * different folders apart.
 */
export function arrange<T extends IndexedRun>(
  runs: readonly T[],
  { sorting, grouping, filter }: Arrangement,
  scores: (run: T) => number | undefined = () => undefined,
  folderOf: (run: T) => string = () => '',
): RunGroup<T>[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = runs.filter(({ record, state }) => {
    const { study, id, device, sweep } = record;
    const own = `${study.name} ${study.path} ${id} ${state} ${device.name} ${sweep?.id ?? ''} ${sweep?.label ?? ''}`;
    const text = own.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const sorted = sort(kept, sorting, scores);
  if (grouping === 'none') return sorted.length > 0 ? [{ key: 'all', label: '', runs: sorted }] : [];
  const groups = new Map<string, RunGroup<T>>();
  for (const run of sorted) {
    const { path, name } = run.record.study;
    const [key, label] = grouping === 'state' ? [run.state, run.state] : [`${folderOf(run)} ${path}`.trim(), name];
    const group = groups.get(key);
    if (group) group.runs.push(run);
    else groups.set(key, { key: `${grouping} ${key}`, label, runs: [run] });
  }
  const list = [...groups.values()];
  if (grouping !== 'state') return list;
  const rank = ({ runs: [first] }: RunGroup<T>): number => stateOrder.indexOf(first!.state);
  return list.sort((a, b) => rank(a) - rank(b));
}

function sort<T extends IndexedRun>(runs: readonly T[], sorting: Sorting, scores: (run: T) => number | undefined): T[] {
  switch (sorting) {
    case 'newest':
      return [...runs];
    case 'oldest':
      return [...runs].reverse();
    case 'name':
      return [...runs].sort((a, b) => a.record.study.name.localeCompare(b.record.study.name));
    case 'best': {
      const known = new Map(runs.map((run) => [run, scores(run) ?? -Infinity]));
      return [...runs].sort((a, b) => known.get(b)! - known.get(a)! || 0);
    }
  }
}
