import type { Components } from '../components';
import type { CsrGraph } from '../csr';
import { Border } from './border';

/** Rows of a panel that fill half of a first-level cache of 32 KiB. */
const smallestGroup = 256;
/** The table of what groups have in common is dense. */
const mostGroups = 2048;
/** Groups after which what came before is in no cache any more. */
const remembered = 256;

/**
 * The nodes in an order that keeps neighbours together at two scales: groups that fit the smallest cache, each grown by
 * the node with the most neighbours in it (greedy graph growing, Karypis and Kumar 1998, §4.2), and the groups one after
 * the other by what they share with the latest ones. O(nonzeros).
 */
export function neighbourOrder(graph: CsrGraph): Uint32Array {
  const size = Math.max(smallestGroup, Math.ceil(graph.nodes / mostGroups));
  const grown = growGroups(graph, size);
  const order = new Uint32Array(graph.nodes);
  let known = 0;
  for (const group of groupOrder(graph, grown, size)) {
    const nodes = grown.subarray(group * size, (group + 1) * size);
    order.set(nodes, known);
    known += nodes.length;
  }
  return order;
}

/** The same nodes, those of a component together; components by their numbers. */
export function componentOrder(order: Uint32Array, { labels, sizes }: Components): Uint32Array {
  const next = new Uint32Array(sizes.length);
  for (let c = 1; c < sizes.length; c++) next[c] = next[c - 1]! + sizes[c - 1]!;
  const sorted = new Uint32Array(order.length);
  for (const node of order) sorted[next[labels[node]!]!++] = node;
  return sorted;
}

/** The nodes, `size` by `size` those of one group; the last one may have fewer. */
function growGroups({ nodes, starts, columns }: CsrGraph, size: number): Uint32Array {
  const order = new Uint32Array(nodes);
  const placed = new Uint8Array(nodes);
  const border = new Border(nodes);
  let known = 0;
  let first = 0;
  while (known < nodes) {
    const end = Math.min(nodes, known + size);
    border.restart();
    while (known < end) {
      let node = border.take();
      if (node < 0) {
        while (placed[first]) first++;
        node = first;
      }
      placed[node] = 1;
      order[known++] = node;
      const stop = starts[node + 1]!;
      for (let e = starts[node]!; e < stop; e++) if (!placed[columns[e]!]) border.tie(columns[e]!);
    }
  }
  return order;
}

/** The groups, each the one that shares the most edges with the latest ones before it. */
function groupOrder({ nodes, starts, columns }: CsrGraph, grown: Uint32Array, size: number): number[] {
  const count = Math.ceil(nodes / size);
  const groups = new Uint16Array(nodes);
  grown.forEach((node, i) => (groups[node] = Math.floor(i / size)));
  const edges = new Uint32Array(count * count);
  for (const node of grown) {
    const row = groups[node]! * count;
    const stop = starts[node + 1]!;
    for (let e = starts[node]!; e < stop; e++) edges[row + groups[columns[e]!]!]!++;
  }
  const order: number[] = [];
  const placed = new Uint8Array(count);
  const shared = new Int32Array(count);
  const add = (group: number, sign: number): void => {
    for (let other = 0, at = group * count; other < count; other++, at++) shared[other]! += sign * edges[at]!;
  };
  while (order.length < count) {
    let best = -1;
    for (let group = 0; group < count; group++)
      if (!placed[group] && (best < 0 || shared[group]! > shared[best]!)) best = group;
    placed[best] = 1;
    order.push(best);
    add(best, 1);
    if (order.length > remembered) add(order[order.length - 1 - remembered]!, -1);
  }
  return order;
}
