import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset } from '../data/dataset';
import { readNpy } from '../data/npy';
import { UserError } from '../errors';
import { neighbourGraph } from './build/neighbour-weights';
import { readRepresentation } from './build/space';
import type { CsrGraph } from './csr';
import { nearestNeighbours } from './knn';

export interface StoredGraph {
  readonly graph: CsrGraph;
  /** The row that each node stands for; undefined where nodes are samples. */
  readonly sampleOf?: Int32Array;
  readonly meaning: string;
}

/**
 * The graph that a run's spectrum stage wrote; where the spectrum is that of the operator, which has no edges, a
 * neighbour graph of the run's representation.
 */
export async function readStoredGraph(
  stages: string,
  dataset: Pick<Dataset, 'labels'>,
  { neighbours, seed }: { neighbours: number; seed: number },
): Promise<StoredGraph> {
  const file = (name: string) => join(stages, 'spectrum', `${name}.npy`);
  if (existsSync(file('graph-starts'))) {
    const [starts, columns, values] = await Promise.all(
      ['graph-starts', 'graph-columns', 'graph-values'].map(async (name) => (await readNpy(file(name))).data),
    );
    const graph: CsrGraph = {
      nodes: starts!.length - 1,
      starts: Uint32Array.from(starts!),
      columns: Uint32Array.from(columns!),
      values: Float32Array.from(values!),
    };
    if (!existsSync(file('node-samples'))) return { graph, meaning: "the run's graph" };
    const sampleOf = Int32Array.from((await readNpy(file('node-samples'))).data);
    return { graph, sampleOf, meaning: "the run's graph of augmented samples" };
  }
  const folder = join(stages, 'represent');
  if (!existsSync(join(folder, 'features.npy')))
    throw new UserError(
      'path-graph',
      'The run has neither a graph nor a representation; add "spectrum" to the study and run it.',
    );
  const n = dataset.labels.length;
  const { values, d, space } = await readRepresentation('embedding', n, folder, () => undefined);
  const k = Math.min(neighbours, n - 1);
  const found = await nearestNeighbours(values, n, d, { k, seed });
  return {
    graph: neighbourGraph(found, n, { kernel: 'gaussian', symmetry: 'mean' }),
    meaning: `${k} nearest neighbours in the ${space}, gaussian weights`,
  };
}
