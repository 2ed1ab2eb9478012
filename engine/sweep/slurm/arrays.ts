import type { Work } from '../runner';

export interface Limits {
  /** The cluster's MaxArraySize: indices of elements stay below it. */
  readonly arraySize: number;
  /** Array elements in all. */
  readonly elements: number;
  /** Arrays of their own for tasks that wait for the same; with more of such groups they wait for all of the others. */
  readonly groups: number;
}

/** One array to submit. */
export interface ArrayJob {
  readonly elements: readonly (readonly string[])[];
  /** Tasks that must have ended well before any element starts. */
  readonly after: readonly string[];
  /** Instead of `after`: arrays of this submission, by index, that must have ended, however they did. */
  readonly behind?: readonly number[];
}

/**
 * Packs tasks into arrays, those that others read first. Tasks that need the same unfinished tasks make one array,
 * which starts when those have ended well. Where that would be too many arrays, a level waits for the whole level
 * before it, and each task sees for itself whether what it reads is there.
 * @param isOpen whether a task is neither done nor among `work`, but under way elsewhere
 */
export function packArrays(work: readonly Work[], limits: Limits, isOpen: (task: string) => boolean): ArrayJob[] {
  const own = new Map(work.map((one) => [one.task, one]));
  const levels = new Map<string, number>();
  const levelOf = (task: string): number => {
    const known = levels.get(task);
    if (known !== undefined) return known;
    const needs = own.get(task)!.needs.filter((need) => own.has(need));
    const level = needs.reduce((most, need) => Math.max(most, levelOf(need) + 1), 0);
    levels.set(task, level);
    return level;
  };
  const byLevel: Work[][] = [];
  for (const one of work) (byLevel[levelOf(one.task)] ??= []).push(one);
  const together = Math.max(1, Math.ceil(work.length / limits.elements));

  const jobs: ArrayJob[] = [];
  let before: number[] = [];
  for (const level of byLevel) {
    const groups = new Map<string, { after: string[]; tasks: string[] }>();
    for (const { task, needs } of level) {
      const after = needs.filter((need) => own.has(need) || isOpen(need)).sort();
      const key = after.join();
      const group = groups.get(key) ?? { after, tasks: [] };
      group.tasks.push(task);
      groups.set(key, group);
    }
    const added: number[] = [];
    const add = (tasks: readonly string[], rest: Omit<ArrayJob, 'elements'>): void => {
      const elements = chunks(tasks, together);
      for (const part of chunks(elements, limits.arraySize)) added.push(jobs.push({ elements: part, ...rest }) - 1);
    };
    if (groups.size <= limits.groups) for (const { after, tasks } of groups.values()) add(tasks, { after });
    else
      add(
        level.map(({ task }) => task),
        { after: [], behind: before },
      );
    before = [...before, ...added];
  }
  return jobs;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** `0-3,7`: indices as sbatch's --array takes them. */
export function arraySpec(indices: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < indices.length; i++) {
    const first = indices[i]!;
    while (i + 1 < indices.length && indices[i + 1] === indices[i]! + 1) i++;
    parts.push(indices[i] === first ? String(first) : `${first}-${indices[i]}`);
  }
  return parts.join(',');
}
