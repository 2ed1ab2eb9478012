import { degrees, type CsrGraph } from './csr';

export interface Components {
  /** Component of each node, numbered by falling number of nodes (then by their smallest node). */
  readonly labels: Uint32Array;
  /** Nodes in each component. Isolated nodes, without any weight, are components of one node too. */
  readonly sizes: Uint32Array;
  readonly count: number;
  /** Components with some weight: each gives the normalised adjacency matrix one eigenvalue 1. */
  readonly weighted: number;
}

/** Connected components by union-find with path halving, O(nonzeros). */
export function connectedComponents({ nodes, starts, columns }: CsrGraph): Components {
  const parent = new Uint32Array(nodes);
  for (let i = 0; i < nodes; i++) parent[i] = i;
  const find = (i: number): number => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]!]!;
    return i;
  };
  for (let row = 0; row < nodes; row++) {
    let own = find(row);
    const stop = starts[row + 1]!;
    for (let e = starts[row]!; e < stop; e++) {
      const column = columns[e]!;
      // Columns ascend; most lie in the row's tree already, right below its root.
      if (column >= row) break;
      if (parent[column] === own) continue;
      const other = find(column);
      // The smaller index stays the root.
      if (own < other) parent[other] = own;
      else own = parent[own] = other;
    }
  }
  const sizeOfRoot = new Uint32Array(nodes);
  for (let i = 0; i < nodes; i++) sizeOfRoot[find(i)]!++;
  const roots: number[] = [];
  for (let i = 0; i < nodes; i++) if (sizeOfRoot[i]! > 0) roots.push(i);
  // Isolated nodes come last, behind single nodes with a loop.
  const isolated = (root: number) => starts[root] === starts[root + 1];
  roots.sort((a, b) => sizeOfRoot[b]! - sizeOfRoot[a]! || Number(isolated(a)) - Number(isolated(b)) || a - b);
  const numberOfRoot = new Uint32Array(nodes);
  roots.forEach((root, number) => (numberOfRoot[root] = number));
  const labels = new Uint32Array(nodes);
  for (let i = 0; i < nodes; i++) labels[i] = numberOfRoot[find(i)]!;
  return {
    labels,
    sizes: Uint32Array.from(roots, (root) => sizeOfRoot[root]!),
    count: roots.length,
    weighted: roots.filter((root) => !isolated(root)).length,
  };
}

export interface GraphReport {
  readonly nodes: number;
  /** Stored entries: twice the edges between different nodes plus the loops. */
  readonly nonzeros: number;
  readonly components: number;
  readonly largestComponent: number;
  /** Nodes without any weight: Ā has a zero row there, eigenvalue 0, and no cluster can be told for them. */
  readonly isolated: number;
  /** Neighbours of a node. */
  readonly neighbours: { readonly least: number; readonly median: number; readonly most: number };
  /** Weighted degree. */
  readonly degree: { readonly least: number; readonly mean: number; readonly most: number };
}

/** What a graph looks like, before anything is solved on it. */
export function describeGraph(graph: CsrGraph, components = connectedComponents(graph)): GraphReport {
  const { nodes, starts } = graph;
  const counts = Uint32Array.from({ length: nodes }, (_, i) => starts[i + 1]! - starts[i]!).sort();
  const weights = degrees(graph);
  return {
    nodes,
    nonzeros: graph.columns.length,
    components: components.count,
    largestComponent: components.sizes[0] ?? 0,
    isolated: components.count - components.weighted,
    neighbours: { least: counts[0] ?? 0, median: counts[nodes >> 1] ?? 0, most: counts[nodes - 1] ?? 0 },
    degree: {
      least: weights.reduce((a, b) => Math.min(a, b), nodes > 0 ? Infinity : 0),
      mean: weights.reduce((a, b) => a + b, 0) / Math.max(1, nodes),
      most: weights.reduce((a, b) => Math.max(a, b), 0),
    },
  };
}
