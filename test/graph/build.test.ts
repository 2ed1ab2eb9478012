import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Matrix } from 'ml-matrix';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { writeNpz } from '../../engine/data/npz';
import { stream } from '../../engine/data/random';
import { UserError } from '../../engine/errors';
import { coOccurrence } from '../../engine/graph/build/co-occurrence';
import { readEdges, type EdgeBlock } from '../../engine/graph/build/edge-file';
import { neighbourGraph } from '../../engine/graph/build/neighbour-weights';
import { shiftGraph } from '../../engine/graph/build/shifts';
import { blend, drawViews } from '../../engine/graph/build/views';
import { graphFromEdges, type CsrGraph } from '../../engine/graph/csr';
import { nearestNeighbours } from '../../engine/graph/knn';
import { positivePairGraph } from '../../engine/theory/positive-pair-graph';
import { spectrumSchema } from '../../engine/study/schema';
import { numpy } from '../data/python';
import { temporaryFolder } from '../data/temporary';

const folder = temporaryFolder();

function dense({ nodes, starts, columns, values }: CsrGraph): number[][] {
  const matrix = Array.from({ length: nodes }, () => new Array<number>(nodes).fill(0));
  for (let i = 0; i < nodes; i++)
    for (let e = starts[i]!; e < starts[i + 1]!; e++) matrix[i]![columns[e]!] = values[e]!;
  return matrix;
}

describe('neighbour graphs', () => {
  const [n, d, k] = [60, 3, 5];
  const random = stream(8, 'neighbour graph');
  const values = Float32Array.from({ length: n * d }, () => random.normal());
  const distance = (i: number, j: number) =>
    Math.hypot(...[0, 1, 2].map((t) => values[i * d + t]! - values[j * d + t]!));

  it.each([
    ['gaussian', 'mean'],
    ['gaussian', 'mutual'],
    ['binary', 'mean'],
    ['binary', 'mutual'],
  ] as const)('%s, %s: the definition, entry by entry', async (kernel, symmetry) => {
    const found = await nearestNeighbours(values, n, d, { k, seed: 0, method: 'exact', threads: 0 });
    const nearest = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => j)
        .filter((j) => j !== i)
        .sort((a, b) => distance(i, a) - distance(i, b))
        .slice(0, k),
    );
    const reach = nearest.map((list, i) => distance(i, list[k - 1]!));
    const weight = (i: number, j: number) => {
      if (!nearest[i]!.includes(j)) return 0;
      return kernel === 'binary' ? 1 : Math.exp(-(distance(i, j) ** 2) / (reach[i]! * reach[j]!));
    };
    const graph = dense(neighbourGraph(found, n, { kernel, symmetry }));
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const [a, b] = [weight(i, j), weight(j, i)];
        expect(graph[i]![j]).toBeCloseTo(symmetry === 'mean' ? (a + b) / 2 : Math.min(a, b), 5);
      }
    }
  });
});

describe('co-occurrence', () => {
  it('is the positive-pair graph of the theory on random finite sets', () => {
    const random = stream(1, 'sets');
    const [samples, nodes] = [9, 14];
    const augmentation = Matrix.zeros(samples, nodes);
    const starts = [0];
    const [list, probabilities]: [number[], number[]] = [[], []];
    for (let s = 0; s < samples; s++) {
      const chosen = random.shuffle(Array.from({ length: nodes }, (_, x) => x)).slice(0, 4);
      const weights = chosen.map(() => random.uniform(0.1, 1));
      const total = weights.reduce((a, b) => a + b, 0);
      chosen.forEach((x, i) => {
        augmentation.set(s, x, weights[i]! / total);
        list.push(x);
        probabilities.push(weights[i]! / total);
      });
      starts.push(list.length);
    }
    const used = [...new Set(list)].sort((a, b) => a - b);
    const expected = positivePairGraph(augmentation.subMatrixColumn(used)).weights;
    const graph = coOccurrence(
      {
        starts: Uint32Array.from(starts),
        nodes: Uint32Array.from(list, (x) => used.indexOf(x)),
        probabilities: Float64Array.from(probabilities),
      },
      used.length,
    );
    const found = dense(graph);
    for (let i = 0; i < used.length; i++)
      for (let j = 0; j < used.length; j++) expect(found[i]![j]).toBeCloseTo(expected.get(i, j), 7);
  });

  it('makes one node of equal shifted images', () => {
    // A bright pixel at column 1 and one at column 2 of a row of four: shifts by one overlap in two images.
    const values = Uint8Array.from([0, 9, 0, 0, 0, 0, 9, 0]);
    const { graph, augmentations } = shiftGraph(
      {
        ...{ sampleShape: [1, 4, 1], values, labels: new Int32Array(2), domains: new Int32Array(2) },
        ...{ splits: new Uint8Array(2), classNames: ['a'], domainNames: ['b'], names: ['1', '2'] },
      },
      { distance: 1, flip: false },
    );
    // Columns 0, 1, 2 and 1, 2, 3: at the border the edge is repeated, which makes images of two pixels at 0 and 3.
    expect(graph.nodes).toBe(4);
    expect(augmentations!.starts).toEqual(Uint32Array.of(0, 3, 6));
    const weights = dense(graph);
    const shared = augmentations!.nodes.filter(
      (x) => augmentations!.nodes.indexOf(x) !== augmentations!.nodes.lastIndexOf(x),
    );
    expect(new Set(shared).size).toBe(2);
    const [a, b] = [...new Set(shared)];
    // Both samples make a and b with probability 1/3 each.
    expect(weights[a!]![b!]).toBeCloseTo(1 / 9, 6);
    expect(weights.flat().reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 6);
  });

  it('blends two graphs by their shares of the weight', () => {
    const a = graphFromEdges({ nodes: 3, from: [0], to: [1], weights: [5] });
    const b = graphFromEdges({ nodes: 3, from: [0, 1], to: [1, 2], weights: [1, 3] });
    const mixed = dense(blend(a, b, 0.25));
    expect(mixed[0]![1]).toBeCloseTo(0.75 / 2 + 0.25 / 8, 6);
    expect(mixed[2]![1]).toBeCloseTo((0.25 * 3) / 8, 6);
  });

  it('draws the same views from the same seed, others from another', () => {
    const dataset = {
      ...{ sampleShape: [4, 4, 1], values: new Uint8Array(32).fill(100), labels: new Int32Array(2) },
      ...{
        domains: new Int32Array(2),
        splits: new Uint8Array(2),
        classNames: [],
        domainNames: ['x'],
        names: ['1', '2'],
      },
    };
    const [one, two, three] = [5, 5, 6].map((seed) => drawViews(dataset, 'strong', 3, seed));
    expect(one!.values).toEqual(two!.values);
    expect(one!.values).not.toEqual(three!.values);
    expect([...one!.sampleOf]).toEqual([0, 0, 0, 1, 1, 1]);
  });
});

describe('edge files', () => {
  const block = (more: Record<string, unknown>): EdgeBlock =>
    spectrumSchema.parse({ graph: { kind: 'edges', path: 'x', ...more } }).graph as EdgeBlock;
  const file = (name: string) => join(folder, name);

  it('reads the same graph from CSV, Parquet, NumPy and SciPy', async () => {
    writeFileSync(file('e.csv'), 'to;from;weight;note\n1;0;0.5;x\n2;0;2;y\n2;1;1;z\n');
    const expected = graphFromEdges({ nodes: 4, from: [0, 0, 1], to: [1, 2, 2], weights: [0.5, 2, 1] });
    expect(await readEdges(block({ format: 'csv' }), file('e.csv'), 4)).toEqual(expected);
    const columnData = [
      { name: 'a', data: [0, 0, 1], type: 'INT32' as const },
      { name: 'b', data: [1, 2, 2], type: 'INT32' as const },
      { name: 'w', data: [0.5, 2, 1], type: 'DOUBLE' as const },
    ];
    writeFileSync(file('e.parquet'), new Uint8Array(parquetWriteBuffer({ columnData })));
    const parquet = block({ format: 'parquet', from: 'a', to: 'b', weight: 'w' });
    expect(await readEdges(parquet, file('e.parquet'), 4)).toEqual(expected);
    await writeNpz(file('e.npz'), {
      from: { shape: [3], data: Int32Array.of(0, 0, 1) },
      to: { shape: [3], data: Int32Array.of(1, 2, 2) },
      weight: { shape: [3], data: Float64Array.of(0.5, 2, 1) },
    });
    expect(await readEdges(block({ format: 'npz' }), file('e.npz'), 4)).toEqual(expected);
    const sparse = file('s.npz');
    numpy(
      `np.savez_compressed(sys.argv[1], indptr=np.array([0,2,4,6,6]), indices=np.array([1,2,0,2,0,1]),
data=np.array([.5,2,.5,1,2,1]), shape=np.array([4,4]), format=b'csr')`,
      sparse,
    );
    expect(await readEdges(block({ format: 'npz' }), sparse, 4)).toEqual(expected);
  });

  it('says in a sentence what is wrong', async () => {
    const csv = async (text: string, more: Record<string, unknown> = {}) => {
      writeFileSync(file('bad.csv'), text);
      return readEdges(block({ format: 'csv', ...more }), file('bad.csv'), 3);
    };
    await expect(csv('from,to,weight\n0,1,-1\n')).rejects.toThrow(UserError);
    await expect(csv('from,to,weight\n0,1,-1\n')).rejects.toThrow('not negative');
    await expect(csv('from,to,weight\n0,1,nan\n')).rejects.toThrow('finite');
    await expect(csv('from,to,weight\n0,3,1\n')).rejects.toThrow('0 to 2');
    await expect(csv('from,to,weight\n0.5,1,1\n')).rejects.toThrow('joins 0.5');
    await expect(csv('from,to,weight\n,1,1\n')).rejects.toThrow('NaN');
    await expect(csv('from,to,weight\n0,1,1\n', { direction: 'symmetric' })).rejects.toThrow('not symmetric');
    await expect(csv('from,end\n0,1\n')).rejects.toThrow('"to"');
    await expect(csv('a,to\n0,1\n')).rejects.toThrow('"from"');
    await writeNpz(file('bad.npz'), { from: { shape: [1], data: Int32Array.of(0) } });
    await expect(readEdges(block({ format: 'npz' }), file('bad.npz'), 3)).rejects.toThrow('"to"');
  });
});
