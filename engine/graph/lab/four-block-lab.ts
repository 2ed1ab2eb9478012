import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { UserError } from '../../errors';
import { blockEigenpairs, fourBlock, type Connectivity, type FourBlockReport } from '../../theory/four-block';
import { fourBlockAveragingMargin } from '../../theory/pfa';
import { degrees, type CsrGraph } from '../csr';
import { leadingEigenpairs } from '../eigen';
import { blockGraph } from './block-graph';

export interface FourBlockLabOptions {
  /** Nodes of the simulated graph, a quarter in each block. */
  readonly nodes: number;
  /** Probability of an edge where the weight is largest. */
  readonly density: number;
  /** Steps of preconditioned feature averaging. */
  readonly steps: readonly number[];
  readonly seed: number;
}

export interface SimulatedEigenpair {
  readonly value: number;
  /** Squared cosine with each of the four block vectors. */
  readonly overlaps: Readonly<Record<string, number>>;
}

export interface FourBlockLab {
  readonly connectivity: Connectivity;
  readonly predicted: FourBlockReport;
  readonly averaging: readonly { steps: number; predicted: number; simulated: number }[];
  readonly simulated: {
    readonly nodes: number;
    readonly edges: number;
    readonly eigenpairs: readonly SimulatedEigenpair[];
    /** Mean margin of the minimum-norm least-squares head on the target. */
    readonly margins: Readonly<Record<2 | 3 | 4, number>>;
    /** Share of target nodes that the head on k dimensions predicts right. */
    readonly accuracies: Readonly<Record<2 | 3 | 4, number>>;
    /** The largest eigenvalue that is no block's: the edge of the noise. */
    readonly noise: number;
  };
}

/** The four-block graph's closed forms beside a random graph whose edges have probabilities in these proportions. */
export async function fourBlockLab(connectivity: Connectivity, options: FourBlockLabOptions): Promise<FourBlockLab> {
  const { nodes, density, seed } = options;
  const { rho, alpha, beta, gamma } = connectivity;
  const largest = Math.max(rho, alpha, beta, gamma);
  for (const [name, value] of Object.entries(connectivity))
    if (!(value >= 0 && value < Infinity))
      throw new UserError('theory-weights', `--${name} is ${value}; weights are finite and not negative.`);
  if (!(largest > 0)) throw new UserError('theory-weights', 'All four weights are 0; give at least one above 0.');
  const each = Math.floor(nodes / 4);
  if (each < 2) throw new UserError('theory-nodes', `--nodes is ${nodes}; four blocks need at least 8 nodes.`);
  // Blocks in the order (class 1 source, class 2 source, class 1 target, class 2 target).
  const weight = (a: number, b: number) => [rho, beta, alpha, gamma][a ^ b]!;
  const { graph, blockOf } = blockGraph([each, each, each, each], (a, b) => (density * weight(a, b)) / largest, seed);
  const pairs = await leadingEigenpairs(graph, { count: Math.min(5, graph.nodes), seed });
  if (pairs.found < Math.min(5, graph.nodes))
    throw new UserError(
      'theory-graph',
      `The eigenvectors of the simulated graph did not converge (${pairs.reason ?? ''}); try another --seed or --density.`,
    );
  const column = (i: number) => Float64Array.from(blockOf, (_, x) => pairs.vectors[x * pairs.found + i]!);
  const eigenpairs = Array.from({ length: Math.min(4, pairs.found) }, (_, i): SimulatedEigenpair => {
    const vector = column(i);
    return { value: pairs.values[i]!, overlaps: overlapsOf(vector, blockOf) };
  });
  const heads = ([2, 3, 4] as const).map((k) => headOnSource(k, pairs.values, column, blockOf));
  const each3 = <T>(of: (head: { margin: number; accuracy: number }) => T) =>
    ({ 2: of(heads[0]!), 3: of(heads[1]!), 4: of(heads[2]!) }) as Record<2 | 3 | 4, T>;
  return {
    connectivity,
    predicted: fourBlock(connectivity),
    averaging: options.steps.map((steps) => ({
      steps,
      predicted: fourBlockAveragingMargin(connectivity, steps),
      simulated: walkMargin(graph, blockOf, steps),
    })),
    simulated: {
      nodes: graph.nodes,
      edges: graph.columns.length / 2,
      eigenpairs,
      margins: each3(({ margin }) => margin),
      accuracies: each3(({ accuracy }) => accuracy),
      noise: pairs.values[4] ?? NaN,
    },
  };
}

function overlapsOf(vector: Float64Array, blockOf: Int32Array): Record<string, number> {
  const norm = Math.sqrt(blockOf.length);
  return Object.fromEntries(
    blockEigenpairs({ rho: 1, alpha: 0, beta: 0, gamma: 0 }).map(({ name, vector: pattern }) => [
      name,
      vector.reduce((sum, value, x) => sum + (value * pattern[blockOf[x]!]!) / norm, 0) ** 2,
    ]),
  );
}

/** Singular values of the block means below this share of the largest are noise. */
const noiseShare = 0.1;

/**
 * The representation V_k √λ_k, a head fitted to ±1 on the source by minimum-norm least squares, measured on the target's
 * nodes. It is fitted on the means of the two source blocks: on single nodes the noise of their edges would tell apart
 * directions (class and xor) that the theory's graph does not, and a head of least norm would lean on it. A direction in
 * which the two means hardly differ is noise, and is left out.
 */
function headOnSource(
  k: number,
  values: Float64Array,
  column: (i: number) => Float64Array,
  blockOf: Int32Array,
): { margin: number; accuracy: number } {
  const columns = Array.from({ length: k }, (_, i) => column(i).map((v) => v * Math.sqrt(Math.max(0, values[i]!))));
  const each = blockOf.length / 4;
  const meanOf = (block: number) =>
    columns.map((values) => values.reduce((sum, value, x) => sum + (blockOf[x] === block ? value : 0), 0) / each);
  const means = new Matrix([meanOf(0), meanOf(1)]);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(means.mmul(means.transpose()));
  const kept = realEigenvalues.map((value) => (value > noiseShare ** 2 * Math.max(...realEigenvalues) ? 1 / value : 0));
  const weights = eigenvectorMatrix.mmul(Matrix.diag(kept)).mmul(eigenvectorMatrix.transpose());
  const head = means.transpose().mmul(weights.mmul(Matrix.columnVector([1, -1])));
  const margins: number[] = [];
  blockOf.forEach((block, x) => {
    if (block < 2) return;
    const score = columns.reduce((sum, values, i) => sum + values[x]! * head.get(i, 0), 0);
    margins.push(block === 2 ? score : -score);
  });
  return {
    margin: margins.reduce((a, b) => a + b, 0) / margins.length,
    accuracy: margins.filter((margin) => margin > 0).length / margins.length,
  };
}

/**
 * Half the difference, on the target, of the scores of the own and the other class under preconditioned feature
 * averaging with the full representation: score_i(x) = Pr[a walk of `steps` steps from x ends in source class i] / w(S).
 */
function walkMargin(graph: CsrGraph, blockOf: Int32Array, steps: number): number {
  const d = degrees(graph);
  const total = d.reduce((a, b) => a + b, 0);
  const sourceWeight = d.reduce((sum, value, x) => sum + (blockOf[x]! < 2 ? value : 0), 0) / total;
  // The sum over ends of +1 for source class 1 and −1 for source class 2.
  let ends = Float64Array.from(blockOf, (block) => [1, -1, 0, 0][block]!);
  for (let step = 0; step < steps; step++) {
    ends = Float64Array.from(ends, (_, x) => {
      let sum = 0;
      for (let e = graph.starts[x]!; e < graph.starts[x + 1]!; e++) sum += graph.values[e]! * ends[graph.columns[e]!]!;
      return d[x]! > 0 ? sum / d[x]! : 0;
    });
  }
  let margin = 0;
  let count = 0;
  ends.forEach((value, x) => {
    if (blockOf[x]! < 2) return;
    margin += ((blockOf[x] === 2 ? 1 : -1) * value) / sourceWeight / 2;
    count++;
  });
  return margin / count;
}
