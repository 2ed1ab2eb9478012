import { degrees } from './csr';
import { leadingEigenpairs, type Eigenpairs } from './eigen';
import { connectedComponents, describeGraph, type GraphReport } from './components';
import type { NodeGraph } from './build/node-graph';

export interface NodeSpectrum {
  readonly pairs: Eigenpairs;
  /** d_i / Σ d, the sampling probability of each node. */
  readonly nodeWeights: Float64Array;
  /** n × found: each sample's eigenvectors, unit columns whose entry of largest magnitude is positive. */
  readonly samples: Float32Array;
  readonly report: GraphReport;
}

export interface SpectrumRequest {
  readonly count: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly progress?: (converged: number, wanted: number) => void;
}

/**
 * Leading eigenpairs of a graph's normalised adjacency matrix, and what they are on the dataset's n samples. Where nodes
 * are augmented samples, a sample has the mean of the eigenfunctions v(x)/√w_x over its augmentations, E_A(x|x̄).
 */
export async function nodeSpectrum(built: NodeGraph, n: number, request: SpectrumRequest): Promise<NodeSpectrum> {
  const { graph, augmentations } = built;
  const pairs = await leadingEigenpairs(graph, { ...request, count: Math.min(request.count, graph.nodes) });
  const weights = degrees(graph);
  const total = weights.reduce((a, b) => a + b, 0);
  const nodeWeights = weights.map((weight) => (total > 0 ? weight / total : 0));
  const { vectors, found } = pairs;
  let samples = vectors.slice();
  if (augmentations) {
    samples = new Float32Array(n * found);
    for (let s = 0; s < n; s++) {
      for (let e = augmentations.starts[s]!; e < augmentations.starts[s + 1]!; e++) {
        const x = augmentations.nodes[e]!;
        const factor = augmentations.probabilities[e]! / Math.sqrt(nodeWeights[x]! || 1);
        for (let i = 0; i < found; i++) samples[s * found + i]! += factor * vectors[x * found + i]!;
      }
    }
  }
  normalizeColumns(samples, n, found);
  return { pairs, nodeWeights, samples, report: describeGraph(graph, connectedComponents(graph)) };
}

function normalizeColumns(vectors: Float32Array, n: number, count: number): void {
  for (let i = 0; i < count; i++) {
    let squares = 0;
    let largest = 0;
    for (let x = 0; x < n; x++) {
      const value = vectors[x * count + i]!;
      squares += value * value;
      if (Math.abs(value) > Math.abs(largest)) largest = value;
    }
    const factor = squares > 0 ? Math.sign(largest) / Math.sqrt(squares) : 0;
    for (let x = 0; x < n; x++) vectors[x * count + i]! *= factor;
  }
}
