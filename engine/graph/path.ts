import type { CsrGraph } from './csr';

export interface GraphPath {
  /** Nodes from start to end. */
  readonly nodes: number[];
  /** Weight of each edge along it. */
  readonly weights: number[];
  /** Sum of the edges' lengths. */
  readonly length: number;
}

/**
 * Shortest path from a node to another, or to the nearest of several; undefined where they lie in other components. An edge of weight w is
 * 1 + ln(w_max / w) long: every step counts, and a step along a weak edge counts more. Dijkstra's algorithm with a
 * binary heap; among equally long paths the one found through the smaller nodes.
 */
export function shortestPath(
  { nodes, starts, columns, values }: CsrGraph,
  from: number,
  to: number | readonly number[],
): GraphPath | undefined {
  const goals = new Set(typeof to === 'number' ? [to] : to);
  let end: number | undefined;
  let heaviest = 0;
  for (const value of values) heaviest = Math.max(heaviest, value);
  const lengths = new Float64Array(nodes).fill(Infinity);
  const before = new Int32Array(nodes).fill(-1);
  const settled = new Uint8Array(nodes);
  const heap = new NodeHeap();
  lengths[from] = 0;
  heap.push(0, from);
  for (let entry = heap.pop(); entry; entry = heap.pop()) {
    const { node } = entry;
    if (settled[node]) continue;
    settled[node] = 1;
    if (goals.has(node)) {
      end = node;
      break;
    }
    for (let e = starts[node]!; e < starts[node + 1]!; e++) {
      const next = columns[e]!;
      if (settled[next]) continue;
      const length = lengths[node]! + 1 + Math.log(heaviest / values[e]!);
      if (length >= lengths[next]!) continue;
      lengths[next] = length;
      before[next] = node;
      heap.push(length, next);
    }
  }
  if (end === undefined) return undefined;
  const path = [end];
  while (path[0] !== from) path.unshift(before[path[0]!]!);
  const weights = path.slice(1).map((node, i) => {
    const previous = path[i]!;
    const row = columns.subarray(starts[previous], starts[previous + 1]);
    return values[starts[previous]! + row.indexOf(node)]!;
  });
  return { nodes: path, weights, length: lengths[end]! };
}

class NodeHeap {
  private readonly items: { length: number; node: number }[] = [];

  push(length: number, node: number): void {
    const { items } = this;
    items.push({ length, node });
    for (let at = items.length - 1; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!isBefore(items[at]!, items[parent]!)) break;
      [items[at], items[parent]] = [items[parent]!, items[at]!];
      at = parent;
    }
  }

  pop(): { length: number; node: number } | undefined {
    const { items } = this;
    const first = items[0];
    const last = items.pop();
    if (!first || !last || items.length === 0) return first;
    items[0] = last;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < items.length && isBefore(items[child]!, items[least]!)) least = child;
      if (least === at) return first;
      [items[at], items[least]] = [items[least]!, items[at]!];
      at = least;
    }
  }
}

function isBefore(a: { length: number; node: number }, b: { length: number; node: number }): boolean {
  return a.length < b.length || (a.length === b.length && a.node < b.node);
}
