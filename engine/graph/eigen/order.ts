import type { CsrGraph } from '../csr';

/** Rows of a panel that fit into a second-level cache of 1 MiB. */
const together = 16_384;

/**
 * The nodes in an order that keeps neighbours together: groups that are each grown breadth-first, the next one from a
 * neighbour of the last one's latest node that has a free neighbour. O(nonzeros).
 */
export function neighbourOrder({ nodes, starts, columns }: CsrGraph): Uint32Array {
  const order = new Uint32Array(nodes);
  const placed = new Uint8Array(nodes);
  let known = 0;
  const place = (node: number): void => {
    placed[node] = 1;
    order[known++] = node;
  };
  // Nodes that may have free neighbours, the latest on top.
  const open = new Uint32Array(nodes);
  let depth = 0;
  const cursor = starts.slice(0, nodes);
  let first = 0;
  const nextStart = (): number => {
    for (; depth > 0; depth--) {
      const node = open[depth - 1]!;
      while (cursor[node]! < starts[node + 1]!) {
        const neighbour = columns[cursor[node]!++]!;
        if (!placed[neighbour]) return neighbour;
      }
    }
    while (placed[first]) first++;
    return first;
  };
  while (known < nodes) {
    const start = known;
    const end = Math.min(nodes, start + together);
    place(nextStart());
    for (let next = start; next < known && known < end; next++) {
      const stop = starts[order[next]! + 1]!;
      for (let e = starts[order[next]!]!; e < stop && known < end; e++) if (!placed[columns[e]!]) place(columns[e]!);
    }
    for (let i = start; i < known; i++) open[depth++] = order[i]!;
  }
  return order;
}
