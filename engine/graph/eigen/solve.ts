import { availableParallelism } from 'node:os';
import { UserError } from '../../errors';
import { symmetricEigen } from '../../linear/symmetric-eigen';
import type { Components } from '../components';
import type { CsrGraph } from '../csr';
import { denseAdjacency, normalizeGraph, type NormalizedGraph } from './normalized';
import { ComponentIteration, componentPanels } from './component-iteration';
import type { SubspaceOptions } from './contract';
import { SubspaceIteration } from './subspace';
import { panelWidth, Workspace, workspaceBytes } from './workspace';

export interface EigenOptions {
  /** Number of leading eigenpairs. */
  readonly count: number;
  readonly seed: number;
  /** Residual ‖Āx − λx‖ at which a pair has converged. Default 1e-5; single precision ends near 5e-7. */
  readonly tolerance?: number;
  /** Worker threads; 0 computes on the calling one. By default as many as the machine has, 0 for small graphs. */
  readonly threads?: number;
  /** 'dense' and 'iterative' force a way; by default small graphs are solved densely, in double precision. */
  readonly method?: 'auto' | 'dense' | 'iterative';
  /** Filter passes at most, default 80. */
  readonly passes?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (converged: number, wanted: number) => void;
}

export interface Eigenpairs {
  /** Descending, `found` of them. */
  readonly values: Float64Array;
  /** n × found, row-major, unit columns. */
  readonly vectors: Float32Array;
  /** ‖Āx − λx‖ of each, in double precision on the single-precision vectors. */
  readonly residuals: Float64Array;
  readonly found: number;
  /** All asked for were found, converged, and the complement was searched for missing ones. */
  readonly status: 'converged' | 'not converged';
  /** One sentence on what is missing where the status is 'not converged'. */
  readonly reason?: string;
  /** A missing eigenvalue could exceed the last one at most by this (0 when nothing can be missing). */
  readonly resolution: number;
  /** Connected components; eigenvalue 1 has the multiplicity `components.weighted`. */
  readonly components: Components;
  /** Estimate from below of the eigenvalue after the last, where one is known. */
  readonly following: number | undefined;
  readonly method: 'components' | 'dense' | 'iterative';
  readonly passes: number;
}

/** Up to this many nodes a dense solver is fast and exact. */
const denseNodes = 400;
/** Beyond this many nodes a dense solve takes minutes and gigabytes. */
const mostDenseNodes = 6000;

/**
 * The `count` largest eigenvalues of Ā = D^-1/2 A D^-1/2 and their eigenvectors. Eigenvalue 1 is known: each connected
 * component with weight has one, with eigenvector √(d_i / volume) on its nodes. They are given first, by falling
 * component size; the rest is solved for in their complement. An isolated node has a zero row and eigenvalue 0.
 * A result that is not right is never given as one that is: see `status`.
 */
export async function leadingEigenpairs(graph: CsrGraph, options: EigenOptions): Promise<Eigenpairs> {
  const n = graph.nodes;
  const { count } = options;
  if (!Number.isInteger(count) || count < 1 || count > n)
    throw new UserError('graph-count', `${count} eigenvectors were asked of a graph of ${n} nodes; ask for 1 to ${n}.`);
  const normalized = normalizeGraph(graph);
  const ones = Math.min(count, normalized.components.weighted);
  if (ones === count && options.method !== 'dense')
    return assemble(normalized, ones, [], () => undefined, {
      method: 'components',
      status: 'converged',
      resolution: 0,
      following: normalized.components.weighted > count ? 1 : undefined,
      passes: 0,
    });
  const method = options.method ?? 'auto';
  // A block that spans a good part of the space gains nothing over a dense solve.
  const dense = method === 'dense' || (method === 'auto' && (n <= denseNodes || (n <= 2048 && count > n / 8)));
  const panels = dense ? undefined : blockLimit(normalized, count - ones);
  if (panels !== undefined) return solveIteratively(normalized, ones, panels, options);
  if (n > mostDenseNodes)
    throw new UserError(
      'graph-count',
      `${count} eigenvectors are nearly all that a graph of ${n} nodes has; ask for at most ${Math.floor(n / 4)}.`,
    );
  return solveDense(normalized, count);
}

type Rest = Pick<Eigenpairs, 'method' | 'status' | 'reason' | 'resolution' | 'following' | 'passes'>;

/** The components' eigenvectors followed by those of `pairs`, which `write` puts into columns `ones` … of n × width. */
function assemble(
  { graph, components, unitRoots }: NormalizedGraph,
  ones: number,
  pairs: readonly { value: number; residual: number }[],
  write: (vectors: Float32Array, width: number) => void,
  rest: Rest,
): Eigenpairs {
  const found = ones + pairs.length;
  const all = new Float32Array(graph.nodes * found);
  for (let x = 0; x < graph.nodes; x++) {
    const label = components.labels[x]!;
    if (label < ones) all[x * found + label] = unitRoots[x]!;
  }
  write(all, found);
  return {
    values: Float64Array.from({ length: found }, (_, i) => (i < ones ? 1 : pairs[i - ones]!.value)),
    vectors: all,
    // The exact vector is rounded to single precision.
    residuals: Float64Array.from({ length: found }, (_, i) => (i < ones ? 0 : pairs[i - ones]!.residual)),
    found,
    components,
    ...rest,
  };
}

function solveDense(normalized: NormalizedGraph, count: number): Eigenpairs {
  const n = normalized.graph.nodes;
  const ones = Math.min(count, normalized.components.weighted);
  const matrix = denseAdjacency(normalized);
  // Moving the known eigenvectors from 1 to −2 leaves the rest of the spectrum as it is, and below 1.
  const { labels } = normalized.components;
  const { unitRoots } = normalized;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) if (labels[i] === labels[j]) matrix[i * n + j]! -= 3 * unitRoots[i]! * unitRoots[j]!;
  const more = Math.min(count - ones, n - normalized.components.weighted);
  const { values, vectors } = symmetricEigen(matrix, n, more);
  const write = (all: Float32Array, width: number): void => {
    for (let i = 0; i < more; i++) for (let x = 0; x < n; x++) all[x * width + ones + i] = vectors[i * n + x]!;
  };
  const pairs = Array.from({ length: more }, (_, i) => ({ value: values[i]!, residual: 0 }));
  const following = ones < normalized.components.weighted ? 1 : ones + more < n ? values[more] : undefined;
  return assemble(normalized, ones, pairs, write, {
    method: 'dense',
    status: 'converged',
    resolution: 0,
    following,
    passes: 0,
  });
}

/** Panels to work with: room for the block to grow, within 4 GiB; undefined when the graph is too small for a block. */
function blockLimit(normalized: NormalizedGraph, count: number): number | undefined {
  const n = normalized.graph.nodes;
  // The block, as much for locked pairs, and three for the filter's and the search's own use.
  const least = Math.ceil((count + 7) / panelWidth) + Math.ceil(count / panelWidth) + 3;
  // Nothing is left for a block to find where it would fill the space.
  const most = Math.floor((n - normalized.components.weighted) / panelWidth) - 1;
  if (most < least) return undefined;
  const fits = (panels: number) => workspaceBytes(normalized, { panels, workers: 16 }) < 4 * 2 ** 30;
  let panels = Math.min(Math.max(least, Math.ceil((4 * count + 200) / panelWidth)), most);
  while (panels > least && !fits(panels)) panels--;
  if (!fits(panels))
    throw new UserError(
      'graph-size',
      `${count} eigenvectors of a graph of ${n} nodes and ${normalized.graph.columns.length} nonzeros need more than 4 GiB; ask for fewer eigenvectors, or sample the data.`,
    );
  return panels;
}

async function solveIteratively(
  normalized: NormalizedGraph,
  ones: number,
  panels: number,
  options: EigenOptions,
): Promise<Eigenpairs> {
  const { graph } = normalized;
  const count = options.count - ones;
  const small = graph.columns.length < 400_000;
  const workers = options.threads ?? (small ? 0 : Math.min(8, availableParallelism()));
  const divided = componentPanels(normalized.components, graph.nodes, count);
  const workspace = await Workspace.create(normalized, { panels, divided: divided ?? 0, workers });
  try {
    const iteration: SubspaceOptions = {
      count,
      tolerance: options.tolerance ?? 1e-5,
      seed: options.seed,
      nonzeros: graph.columns.length,
      passes: options.passes ?? 80,
      signal: options.signal,
      progress: options.progress && ((done, wanted) => options.progress!(ones + done, ones + wanted)),
    };
    const result =
      (divided === undefined ? undefined : await new ComponentIteration(workspace, iteration, divided).run()) ??
      (await new SubspaceIteration(workspace, iteration).run());
    const found = result.pairs.length;
    const write = (all: Float32Array, width: number) => workspace.read(result.pairs, all, width, ones);
    return assemble(normalized, ones, result.pairs, write, {
      method: 'iterative',
      ...(result.complete
        ? { status: 'converged' }
        : {
            status: 'not converged',
            reason:
              found < count
                ? `${ones + found} of ${options.count} eigenpairs converged within ${result.passes} passes.`
                : `The search for missing eigenvalues had not ended after ${result.passes} passes.`,
          }),
      resolution: result.complete ? result.resolution : Infinity,
      following: result.following,
      passes: result.passes,
    });
  } finally {
    await workspace.close();
  }
}
