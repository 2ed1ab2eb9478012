import { readCsv } from '../../data/csv';
import { readNpz } from '../../data/npz';
import type { NpyArray } from '../../data/npy';
import { readParquet } from '../../data/parquet';
import { UserError } from '../../errors';
import type { GraphBlock } from '../../study/schema';
import { listChoices } from '../../study/suggest';
import { graphFromEdges, type CsrGraph, type EdgeList } from '../csr';

export type EdgeBlock = Extract<GraphBlock, { kind: 'edges' }>;

/** Reads a user's own graph on the dataset's n samples. `file` is the block's path, resolved. Throws UserError. */
export async function readEdges(block: EdgeBlock, file: string, n: number, signal?: AbortSignal): Promise<CsrGraph> {
  const edges = block.format === 'npz' ? await fromArchive(block, file, n) : await fromTable(block, file, n, signal);
  try {
    return graphFromEdges(edges, edges.symmetric ? 'symmetric' : block.direction);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.code, `${file}: ${error.message}`, { file });
  }
}

type Edges = EdgeList & { readonly symmetric?: boolean };

async function fromTable(block: EdgeBlock, file: string, n: number, signal?: AbortSignal): Promise<Edges> {
  const request = { file, label: block.from };
  const table = await (block.format === 'csv' ? readCsv(request, signal) : readParquet(request, signal));
  const { columns, width, values, labels } = table;
  if (width !== columns.length)
    throw new UserError('graph-file', `${file} has columns of lists; an edge list has one number a cell.`, { file });
  const to = columns.indexOf(block.to);
  const weight = columns.indexOf(block.weight);
  if (to < 0 && labels.length > 0)
    throw new UserError(
      'graph-file',
      `${file} has no numeric column "${block.to}" for the ends of edges; its numeric columns are ${listChoices(columns, 'and') || 'none'} beside "${block.from}".`,
      { file },
    );
  return {
    nodes: n,
    from: Float64Array.from(labels, (text) => (text === '' ? NaN : Number(text))),
    to: Float64Array.from(labels, (_, row) => values[row * width + to]!),
    ...(weight >= 0 && { weights: Float64Array.from(labels, (_, row) => values[row * width + weight]!) }),
  };
}

async function fromArchive(block: EdgeBlock, file: string, n: number): Promise<Edges> {
  // scipy.sparse.save_npz: compressed rows or columns, the same for a symmetric matrix. Its text arrays are not read.
  const matrix = await readIfThere(file, ['indptr', 'indices', 'data', 'shape']);
  if (!matrix) {
    const { from, to, weight } = block;
    const arrays = (await readIfThere(file, [from, to, weight])) ?? (await readNpz(file, [from, to]));
    const weights = arrays.get(weight)?.data;
    return { nodes: n, from: arrays.get(from)!.data, to: arrays.get(to)!.data, ...(weights && { weights }) };
  }
  const [starts, ends, weights, shape] = ['indptr', 'indices', 'data', 'shape'].map((name) => matrix.get(name)!.data);
  if (shape![0] !== n || shape![1] !== n)
    throw new UserError(
      'graph-file',
      `${file} holds a matrix of ${shape![0]} × ${shape![1]}, but there are ${n} samples; give one row and column a sample.`,
      { file },
    );
  const from = new Uint32Array(ends!.length);
  for (let i = 0; i < n; i++) from.fill(i, starts![i], starts![i + 1]);
  return { nodes: n, from, to: ends!, weights: weights!, symmetric: true };
}

/** The named arrays, or undefined where the archive lacks one. */
async function readIfThere(file: string, names: readonly string[]): Promise<Map<string, NpyArray> | undefined> {
  try {
    return await readNpz(file, names);
  } catch (error) {
    if (error instanceof UserError && error.code === 'npz-array') return undefined;
    throw error;
  }
}
