import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import { graphFromEdges } from '../../engine/graph/csr';
import { neighbourOrder } from '../../engine/graph/eigen/order';

/** A path through the nodes in a random order. */
function hiddenPath(nodes: number) {
  const names = stream(1, 'path').shuffle([...Array(nodes).keys()]);
  return graphFromEdges({ nodes, from: names.slice(0, -1), to: names.slice(1) });
}

describe('the order of nodes', () => {
  it('holds each node once, isolated ones and those with a loop alone too', () => {
    const graph = graphFromEdges({ nodes: 7, from: [5, 3, 1, 2], to: [3, 0, 1, 6] });
    expect([...neighbourOrder(graph)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(neighbourOrder(graphFromEdges({ nodes: 0, from: [], to: [] }))).toHaveLength(0);
  });

  it('lays the neighbours of a path near each other, across its groups too', () => {
    const graph = hiddenPath(40_000);
    const place = new Uint32Array(graph.nodes);
    neighbourOrder(graph).forEach((node, row) => (place[node] = row));
    const distances: number[] = [];
    for (let node = 0; node < graph.nodes; node++)
      for (let e = graph.starts[node]!; e < graph.starts[node + 1]!; e++)
        distances.push(Math.abs(place[node]! - place[graph.columns[e]!]!));
    // Grown from both ends at once a path's neighbours are two rows apart; a few pairs lie in different groups.
    expect(distances.filter((distance) => distance > 2).length).toBeLessThan(20);
  });

  it('grows groups that are nearly as compact as can be', () => {
    const side = 128;
    const names = stream(2, 'grid').shuffle([...Array(side * side).keys()]);
    const at = (x: number, y: number) => names[(x % side) * side + (y % side)]!;
    const pairs = Array.from({ length: side * side }, (_, i) => [Math.floor(i / side), i % side] as const).flatMap(
      ([x, y]) => [
        [at(x, y), at(x + 1, y)],
        [at(x, y), at(x, y + 1)],
      ],
    );
    const graph = graphFromEdges({
      nodes: side * side,
      from: pairs.map(([a]) => a!),
      to: pairs.map(([, b]) => b!),
    });
    const group = new Uint32Array(graph.nodes);
    neighbourOrder(graph).forEach((node, row) => (group[node] = row >> 8));
    const within = pairs.filter(([a, b]) => group[a!] === group[b!]).length;
    // A square of 256 nodes of a torus holds 480 edges where a node has two of its own: 0.9375 of them.
    expect(within / pairs.length).toBeGreaterThan(0.8);
  });
});
