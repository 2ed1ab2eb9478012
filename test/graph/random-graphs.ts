import { stream } from '../../engine/data/random';
import { graphFromEdges, type CsrGraph } from '../../engine/graph/csr';

/** Small graphs of every awkward kind: disconnected, weighted, isolated nodes, duplicates, loops, multiplicities. */
export function awkwardGraph(seed: number, least = 12, range = 110): CsrGraph {
  const random = stream(seed, 'awkward graph');
  const n = least + random.below(range);
  const from: number[] = [];
  const to: number[] = [];
  const weights: number[] = [];
  const add = (a: number, b: number, w: number) => {
    from.push(a);
    to.push(b);
    weights.push(w);
  };
  const weight = seed % 2 ? () => 1 : () => 0.05 + random.next();
  const kind = seed % 6;
  if (kind === 0) {
    // Blocks with few edges between them.
    const blocks = 1 + random.below(5);
    for (let a = 0; a < n; a++)
      for (let b = 0; b < a; b++) if (random.chance(a % blocks === b % blocks ? 0.4 : 0.02)) add(a, b, weight());
  } else if (kind === 1) {
    // Equal components, so that every eigenvalue is multiple.
    const size = 3 + random.below(6);
    const edges: [number, number][] = [];
    for (let a = 1; a < size; a++) edges.push([a, random.below(a)]);
    for (let base = 0; base + size <= n; base += size) for (const [a, b] of edges) add(base + a, base + b, 1);
  } else if (kind === 2) {
    // Cycle: eigenvalues cos(2πj/n) in pairs.
    for (let a = 0; a < n; a++) add(a, (a + 1) % n, 1);
  } else if (kind === 3) {
    // Sparse random graph: many components and isolated nodes.
    for (let e = 0; e < n * 0.7; e++) add(random.below(n), random.below(n), weight());
  } else if (kind === 4) {
    // Bipartite: eigenvalue −1.
    for (let e = 0; e < 3 * n; e++) add(2 * random.below(n >> 1), 1 + 2 * random.below(n >> 1), weight());
  } else {
    // Cliques of different sizes on a path.
    for (let a = 0; a < n; a++)
      for (let b = 0; b < a; b++) if (a - b < 3 + (a % 11) || random.chance(0.01)) add(a, b, weight());
  }
  // Duplicate edges and loops.
  for (let e = 0; e < 5 && from.length > 0; e++) {
    const again = random.below(from.length);
    if (random.chance(0.3)) add(to[again]!, from[again]!, weights[again]!);
    if (random.chance(0.2)) add(from[again]!, from[again]!, weight());
  }
  return graphFromEdges({ nodes: n, from, to, weights });
}

/** Stochastic block model with `blocks` equal blocks; `inside` of each node's `degree` edges end in its own block. */
export function blockGraph(nodes: number, degree: number, blocks: number, inside: number, seed: number): CsrGraph {
  const random = stream(seed, 'block graph');
  const edges = Math.floor((nodes * degree) / 2);
  const from = new Uint32Array(edges);
  const to = new Uint32Array(edges);
  for (let e = 0; e < edges; e++) {
    const a = random.below(nodes);
    from[e] = a;
    to[e] = random.chance(inside)
      ? Math.min(nodes - 1, random.below(Math.floor(nodes / blocks)) * blocks + (a % blocks))
      : random.below(nodes);
  }
  return graphFromEdges({ nodes, from, to });
}
