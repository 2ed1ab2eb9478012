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
});
