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
  const { grown, shared } = growGroups(graph, size);
  const order = new Uint32Array(graph.nodes);
  let known = 0;
  for (const group of groupOrder(shared, Math.ceil(graph.nodes / size))) {
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

const free = 0xffff;

interface Groups {
  /** The nodes, `size` by `size` those of one group; the last one may have fewer. */
  readonly grown: Uint32Array;
  /** Edges between each group and those before it, a row for each group. */
  readonly shared: Uint32Array;
}

function growGroups({ nodes, starts, columns }: CsrGraph, size: number): Groups {
  const count = Math.ceil(nodes / size);
  const grown = new Uint32Array(nodes);
  const groups = new Uint16Array(nodes).fill(free);
  const shared = new Uint32Array(count * count);
  const border = new Border(nodes);
  let known = 0;
  let first = 0;
  for (let group = 0; group < count; group++) {
    const end = Math.min(nodes, known + size);
    const row = group * count;
    border.restart();
    while (known < end) {
      let node = border.take();
      if (node < 0) {
        while (groups[first] !== free) first++;
        node = first;
      }
      groups[node] = group;
      grown[known++] = node;
      const stop = starts[node + 1]!;
      for (let e = starts[node]!; e < stop; e++) {
        const other = groups[columns[e]!]!;
        if (other === free) border.tie(columns[e]!);
        else shared[row + other]!++;
      }
    }
  }
  return { grown, shared };
}

/** The groups, each the one that shares the most edges with the latest ones before it. */
function groupOrder(shared: Uint32Array, count: number): number[] {
  for (let group = 0; group < count; group++)
    for (let before = 0; before < group; before++) shared[before * count + group] = shared[group * count + before]!;
  const order: number[] = [];
  const placed = new Uint8Array(count);
  const ties = new Int32Array(count);
  const add = (group: number, sign: number): void => {
    for (let other = 0, at = group * count; other < count; other++, at++) ties[other]! += sign * shared[at]!;
  };
  while (order.length < count) {
    let best = -1;
    for (let group = 0; group < count; group++)
      if (!placed[group] && (best < 0 || ties[group]! > ties[best]!)) best = group;
    placed[best] = 1;
    order.push(best);
    add(best, 1);
    if (order.length > remembered) add(order[order.length - 1 - remembered]!, -1);
  }
  return order;
}
