import { connectedComponents, type Components } from '../components';
import { degrees, type CsrGraph } from '../csr';

/** Ā = D^-1/2 A D^-1/2 with what is known of it: the eigenspace of eigenvalue 1. */
export interface NormalizedGraph {
  readonly graph: CsrGraph;
  readonly components: Components;
  /** 1/√d_i, 0 for isolated nodes: their rows of Ā are zero. */
  readonly inverseRoots: Float64Array;
  /** Entry of node i in its component's unit eigenvector, √(d_i / volume); 0 for isolated nodes. */
  readonly unitRoots: Float64Array;
}

export function normalizeGraph(graph: CsrGraph): NormalizedGraph {
  const components = connectedComponents(graph);
  const d = degrees(graph);
  const volumes = new Float64Array(components.count);
  for (let i = 0; i < graph.nodes; i++) volumes[components.labels[i]!]! += d[i]!;
  return {
    graph,
    components,
    inverseRoots: d.map((x) => (x > 0 ? 1 / Math.sqrt(x) : 0)),
    unitRoots: d.map((x, i) => (x > 0 ? Math.sqrt(x / volumes[components.labels[i]!]!) : 0)),
  };
}

/** Ā as a dense n × n matrix, row-major. */
export function denseAdjacency({ graph, inverseRoots }: NormalizedGraph): Float64Array {
  const { nodes: n, starts, columns, values } = graph;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let e = starts[i]!; e < starts[i + 1]!; e++)
      matrix[i * n + columns[e]!] = values[e]! * inverseRoots[i]! * inverseRoots[columns[e]!]!;
  }
  return matrix;
}
