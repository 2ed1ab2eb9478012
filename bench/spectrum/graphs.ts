import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readIdx } from '../../engine/data/idx';
import { stream } from '../../engine/data/random';
import { neighbourGraph } from '../../engine/graph/build/neighbour-weights';
import { graphFromEdges, type CsrGraph } from '../../engine/graph/csr';
import { nearestNeighbours } from '../../engine/graph/knn';

/** Folder of the real data: $EIGENPROBE_DATA, or ../shared/data beside the project. */
const dataFolder = resolve(process.env['EIGENPROBE_DATA'] ?? '../shared/data');
/** Random projections of the pixels: distances are kept to within some percent. */
const dimensions = 64;
const neighbours = 15;

/** Stochastic block model of equal blocks with Poisson degrees; 0.8 of a node's edges begin inside its block. */
export function blocksGraph(nodes: number, degree: number, blocks: number, seed: number): CsrGraph {
  const random = stream(seed, 'blocks graph');
  const edges = Math.floor((nodes * degree) / 2);
  const size = Math.floor(nodes / blocks);
  const from = new Uint32Array(edges);
  const to = new Uint32Array(edges);
  for (let e = 0; e < edges; e++) {
    const a = random.below(nodes);
    from[e] = a;
    to[e] = random.chance(0.8) ? random.below(size) * blocks + (a % blocks) : random.below(nodes);
  }
  return graphFromEdges({ nodes, from, to });
}

interface Rows {
  readonly values: Float32Array;
  readonly labels: Uint8Array;
}

/**
 * `count` rows of MNIST pixels, projected to 64 dimensions at random. Beyond the 70,000 images there are, images
 * are repeated, shifted by up to two pixels: augmentations of them, as in a positive-pair graph.
 */
async function digitRows(count: number, seed: number): Promise<Rows> {
  const folder = join(dataFolder, 'mnist');
  if (!existsSync(folder))
    throw new Error(`The digits ${folder} are absent; put them there or set EIGENPROBE_DATA to the data's folder.`);
  const parts = await Promise.all(
    ['train', 't10k'].map(async (part) => ({
      images: (await readIdx(join(folder, `${part}-images-idx3-ubyte.gz`))).data as Uint8Array,
      labels: (await readIdx(join(folder, `${part}-labels-idx1-ubyte.gz`))).data as Uint8Array,
    })),
  );
  const random = stream(seed, 'projection');
  const side = 28;
  const projection = Float32Array.from({ length: side * side * dimensions }, () => random.normal() / 8);
  const total = parts.reduce((sum, { labels }) => sum + labels.length, 0);
  const values = new Float32Array(count * dimensions);
  const labels = new Uint8Array(count);
  const shifts = [
    [0, 0],
    [1, 0],
    [0, 1],
    [-1, 0],
    [0, -1],
    [2, 0],
    [0, 2],
    [-2, 0],
  ] as const;
  for (let i = 0; i < count; i++) {
    const image = i % total;
    const [part, row] =
      image < parts[0]!.labels.length ? [parts[0]!, image] : [parts[1]!, image - parts[0]!.labels.length];
    const [dx, dy] = shifts[Math.floor(i / total) % shifts.length]!;
    labels[i] = part.labels[row]!;
    const to = values.subarray(i * dimensions, (i + 1) * dimensions);
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        const pixel = part.images[(row * side + y) * side + x]!;
        const [tx, ty] = [x + dx, y + dy];
        if (pixel === 0 || tx < 0 || ty < 0 || tx >= side || ty >= side) continue;
        const weights = (ty * side + tx) * dimensions;
        for (let j = 0; j < dimensions; j++) to[j]! += (pixel / 255) * projection[weights + j]!;
      }
  }
  return { values, labels };
}

/** Symmetric kNN graph of digits. */
export async function digitsGraph(count: number, seed: number): Promise<CsrGraph> {
  const { values } = await digitRows(count, seed);
  return graphOf(values, count, seed);
}

async function graphOf(values: Float32Array, count: number, seed: number): Promise<CsrGraph> {
  const found = await nearestNeighbours(values, count, dimensions, { k: neighbours, seed, sample: 0 });
  return neighbourGraph(found, count, { kernel: 'gaussian', symmetry: 'mean' });
}

/** A union of graphs without edges between them, and those graphs. */
export interface Union {
  readonly graph: CsrGraph;
  readonly parts: readonly CsrGraph[];
}

/** Digits whose neighbours are sought among digits of their own class and one of its `splits` parts alone. */
export async function disconnectedDigits(count: number, splits: number, seed: number): Promise<Union> {
  const { values, labels } = await digitRows(count, seed);
  const groups = Array.from({ length: 10 * splits }, (): number[] => []);
  const seen = new Uint32Array(10);
  labels.forEach((label, i) => groups[label * splits + (seen[label]!++ % splits)]!.push(i));
  const parts: CsrGraph[] = [];
  for (const rows of groups) {
    const own = new Float32Array(rows.length * dimensions);
    rows.forEach((row, i) => own.set(values.subarray(row * dimensions, (row + 1) * dimensions), i * dimensions));
    parts.push(await graphOf(own, rows.length, seed));
  }
  const from: number[] = [];
  const to: number[] = [];
  const weights: number[] = [];
  parts.forEach((part, g) => {
    const rows = groups[g]!;
    for (let i = 0; i < part.nodes; i++)
      for (let e = part.starts[i]!; e < part.starts[i + 1]!; e++) {
        if (part.columns[e]! > i) continue;
        from.push(rows[i]!);
        to.push(rows[part.columns[e]!]!);
        weights.push(part.values[e]!);
      }
  });
  return { graph: graphFromEdges({ nodes: count, from, to, weights }), parts };
}
