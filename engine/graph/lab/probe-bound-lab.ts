import { stream } from '../../data/random';
import { UserError } from '../../errors';
import { nodeSpectrum } from '../node-spectrum';
import { disagreement, leastSquaresError, probeBounds, type BoundAt } from '../probe-bound';
import { blockGraph } from './block-graph';

export interface ProbeBoundLabOptions {
  readonly nodes: number;
  /** Communities of the graph; each is one class. */
  readonly classes: number;
  /** Probability of an edge within a community and across two. */
  readonly inside: number;
  readonly across: number;
  /** Share of nodes whose label is drawn anew: the task then lies across the communities. */
  readonly noise: number;
  /** Largest k. */
  readonly dimensions: number;
  readonly seed: number;
}

export interface ProbeBoundLab {
  readonly nodes: number;
  readonly edges: number;
  readonly components: number;
  readonly disagreement: number;
  readonly each: readonly (BoundAt & { readonly error: number })[];
}

/** The probe bound on a random graph of communities: Φ, gap, bound, residual and measured error for each k. */
export async function probeBoundLab(options: ProbeBoundLabOptions): Promise<ProbeBoundLab> {
  const { nodes, classes, inside, across, noise, dimensions, seed } = options;
  if (nodes < 2 * classes || dimensions >= nodes)
    throw new UserError('theory-nodes', `--nodes is ${nodes}; give at least two a class and more than --dimensions.`);
  for (const [name, value] of Object.entries({ inside, across, noise }))
    if (!(value >= 0 && value <= 1)) throw new UserError('theory-probability', `--${name} is ${value}; give 0 to 1.`);
  const sizes = Array.from({ length: classes }, (_, c) => Math.floor((nodes + c) / classes));
  const { graph, blockOf } = blockGraph(sizes, (a, b) => (a === b ? inside : across), seed);
  if (graph.columns.length === 0)
    throw new UserError('theory-probability', 'The graph has no edge; raise --inside or --across.');
  const random = stream(seed, 'label noise');
  const labels = blockOf.map((block) => (random.chance(noise) ? random.below(classes) : block));
  const sampleOf = Int32Array.from({ length: graph.nodes }, (_, x) => x);
  const { pairs, nodeWeights, report } = await nodeSpectrum({ graph, sampleOf, details: {} }, graph.nodes, {
    count: dimensions + 1,
    seed,
  });
  const phi = disagreement(graph, labels);
  const input = {
    ...{ vectors: pairs.vectors, count: pairs.found, eigenvalues: pairs.values, nodeWeights, labels, classes },
    disagreement: phi,
  };
  return {
    nodes: graph.nodes,
    edges: graph.columns.length / 2,
    components: report.components,
    disagreement: phi,
    each: probeBounds(input).map((at) => ({ ...at, error: leastSquaresError(input, at.k) })),
  };
}
