import { hashJson } from '../run/hash';
import type { SharedTask } from './format';
import type { StageEntry } from './stage-table';

export interface ShareInput {
  readonly entries: readonly StageEntry[];
  /** Entries of each task, and a row that it stands for. Tasks differ in their entries. */
  readonly tasks: readonly { readonly row: number; readonly entries: readonly number[] }[];
}

export interface Shared {
  /** In an order in which each comes after what it reads. */
  readonly shared: SharedTask[];
  /** For each task, the shared tasks that it reads directly. */
  readonly needs: readonly (readonly string[])[];
}

/** Which tasks read an entry, as a fingerprint: count and sum over pseudo-random numbers of theirs. */
interface Readers {
  count: number;
  sum: number;
  first: number;
}

/**
 * What several tasks read becomes a task of its own, so that it is computed once and nobody waits for it in a slot:
 * one for each set of readers, with every stage that exactly those read. What takes no time (reading the data) is left
 * to whoever comes first.
 */
export function shareStages({ entries, tasks }: ShareInput): Shared {
  const readers: Readers[] = entries.map(() => ({ count: 0, sum: 0, first: -1 }));
  tasks.forEach((task, t) => {
    const number = scatter(t);
    for (const entry of task.entries) {
      const seen = readers[entry]!;
      seen.count++;
      seen.sum = (seen.sum + number) % 2 ** 52;
      if (seen.first < 0) seen.first = t;
    }
  });

  const groups = new Map<string, number[]>();
  readers.forEach(({ count, sum, first }, entry) => {
    if (count < 2) return;
    const set = `${count} ${sum} ${first}`;
    const group = groups.get(set);
    if (group) group.push(entry);
    else groups.set(set, [entry]);
  });

  const groupOf = new Map<number, number>();
  const kept: { task: SharedTask; entries: number[]; above: Set<number> }[] = [];
  for (const members of groups.values()) {
    if (!members.some((entry) => entries[entry]!.computes)) continue;
    for (const entry of members) groupOf.set(entry, kept.length);
    const keys = members.map((entry) => entries[entry]!.key);
    const { count, first } = readers[members[0]!]!;
    kept.push({
      task: {
        task: `shared-${hashJson(keys).slice(0, 16)}`,
        row: tasks[first]!.row,
        stages: members.map((entry) => entries[entry]!.stage),
        keys,
        readers: count,
        needs: [],
      },
      entries: members,
      above: new Set(),
    });
  }

  // Entries come after their inputs, so the groups above a group are complete before anyone asks for them…
  const order = kept.map((_, i) => i).sort((a, b) => Math.max(...kept[a]!.entries) - Math.max(...kept[b]!.entries));
  const direct = (wanted: Iterable<number>): number[] => {
    const set = [...new Set(wanted)];
    return set.filter((group) => !set.some((other) => other !== group && kept[other]!.above.has(group)));
  };
  const visited = new Set<number>();
  const visit = (group: number): void => {
    if (visited.has(group)) return;
    visited.add(group);
    const { entries: members, above } = kept[group]!;
    for (const entry of reachable(members, entries)) {
      const other = groupOf.get(entry);
      if (other === undefined || other === group) continue;
      visit(other);
      above.add(other);
      for (const further of kept[other]!.above) above.add(further);
    }
    above.delete(group);
    kept[group]!.task.needs = direct(above).map((other) => kept[other]!.task.task);
  };
  for (const group of order) visit(group);

  const memo = new Map<string, readonly string[]>();
  const needs = tasks.map((task) => {
    const wanted = [...new Set(task.entries.flatMap((entry) => groupOf.get(entry) ?? []))];
    const key = wanted.join();
    let names = memo.get(key);
    if (!names) {
      names = direct(wanted).map((group) => kept[group]!.task.task);
      memo.set(key, names);
    }
    return names;
  });
  const sorted = [...visited].map((group) => kept[group]!.task);
  return { shared: inOrder(sorted), needs };
}

/** An entry and all that it reads, however far away. */
function reachable(members: readonly number[], entries: readonly StageEntry[]): Set<number> {
  const seen = new Set<number>();
  const open = [...members];
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    if (seen.has(entry)) continue;
    seen.add(entry);
    open.push(...entries[entry]!.inputs);
  }
  return seen;
}

function inOrder(tasks: readonly SharedTask[]): SharedTask[] {
  const byName = new Map(tasks.map((task) => [task.task, task]));
  const done = new Set<string>();
  const order: SharedTask[] = [];
  const visit = (task: SharedTask): void => {
    if (done.has(task.task)) return;
    done.add(task.task);
    for (const name of task.needs) visit(byName.get(name)!);
    order.push(task);
  };
  for (const task of tasks) visit(task);
  return order;
}

/** A number below 2⁵² that looks drawn at random (two rounds of a 32-bit mix). */
function scatter(value: number): number {
  const mix = (x: number): number => {
    let h = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
    h = Math.imul(h ^ (h >>> 16), 0x45d9f3b);
    return (h ^ (h >>> 16)) >>> 0;
  };
  return (mix(value + 1) & 0xfffff) * 2 ** 32 + mix(value ^ 0x9e3779b9);
}
