import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeNpy } from '../../engine/data/npy';
import { graphFromEdges } from '../../engine/graph/csr';
import { findSample } from '../../engine/graph/find-sample';
import { shortestPath } from '../../engine/graph/path';
import { readStoredGraph } from '../../engine/graph/stored-graph';
import { temporaryFolder } from '../data/temporary';

const folder = temporaryFolder();

describe('finding a sample', () => {
  const names = ['photo/cup/1.png', 'photo/cup/2.png', 'sketch/cup/1.png', 'sketch/7'];
  it('goes by name, row, or the end of one name', () => {
    expect(findSample({ names }, 'photo/cup/2.png')).toBe(1);
    expect(findSample({ names }, '2')).toBe(2);
    expect(findSample({ names }, 'cup/2.png')).toBe(1);
    expect(() => findSample({ names }, 'cup/1.png')).toThrow('2 samples');
    expect(() => findSample({ names }, '4')).toThrow('0 to 3');
    expect(() => findSample({ names }, 'photo/cup/3.png')).toThrow('did you mean');
  });
});

describe("a run's graph", () => {
  it('is read as it was written, with the samples of its nodes', async () => {
    const stages = join(folder, 'one');
    mkdirSync(join(stages, 'spectrum'), { recursive: true });
    const graph = graphFromEdges({ nodes: 4, from: [0, 1, 2], to: [1, 2, 3], weights: [1, 0.5, 0.25] });
    const write = (name: string, data: Uint32Array | Float32Array | Int32Array) =>
      writeNpy(join(stages, 'spectrum', `${name}.npy`), { shape: [data.length], data });
    await write('graph-starts', graph.starts);
    await write('graph-columns', graph.columns);
    await write('graph-values', graph.values);
    const options = { neighbours: 3, seed: 0 };
    const read = await readStoredGraph(stages, { labels: new Int32Array(4) }, options);
    expect(read.graph).toEqual(graph);
    expect(read.sampleOf).toBeUndefined();
    await write('node-samples', Int32Array.of(0, 0, 1, 1));
    const nodes = await readStoredGraph(stages, { labels: new Int32Array(2) }, options);
    expect(nodes.sampleOf).toEqual(Int32Array.of(0, 0, 1, 1));
    // The nearest of several goals.
    expect(shortestPath(nodes.graph, 0, [3, 2])!.nodes).toEqual([0, 1, 2]);
  });

  it('is a neighbour graph of the representation where the spectrum is the operator’s', async () => {
    const stages = join(folder, 'two');
    mkdirSync(join(stages, 'represent'), { recursive: true });
    const n = 12;
    // Points on a line: the path from one end to the other passes between them in order.
    const data = Float32Array.from({ length: n }, (_, x) => x);
    await writeNpy(join(stages, 'represent', 'features.npy'), { shape: [n, 1], data });
    const { graph, meaning } = await readStoredGraph(stages, { labels: new Int32Array(n) }, { neighbours: 2, seed: 0 });
    expect(meaning).toContain('2 nearest neighbours in the features');
    const path = shortestPath(graph, 0, n - 1)!.nodes;
    expect(path).toEqual([...path].sort((a, b) => a - b));
    await expect(
      readStoredGraph(join(folder, 'three'), { labels: new Int32Array(n) }, { neighbours: 2, seed: 0 }),
    ).rejects.toThrow('spectrum');
  });
});
