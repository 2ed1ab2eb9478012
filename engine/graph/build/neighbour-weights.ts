import type { CsrGraph } from '../csr';
import type { Neighbours } from '../knn';

export interface NeighbourKernel {
  readonly kernel: 'gaussian' | 'binary';
  readonly symmetry: 'mean' | 'mutual';
}

/**
 * The symmetric graph of directed neighbours i → j. Kernel: gaussian exp(−d²/(σ_i σ_j)), σ_i the distance of i's last
 * neighbour (Zelnik-Manor and Perona 2004; 1 where d = 0), or binary 1. Symmetry: mean (W + Wᵀ)/2, or mutual, W where
 * both directions are there. Both directions have the same kernel weight, so an edge that is there both ways weighs
 * twice one that is there one way under mean. Weights are at least 1e-6, so that an edge stays one.
 */
export function neighbourGraph(found: Neighbours, n: number, { kernel, symmetry }: NeighbourKernel): CsrGraph {
  const { k, ids, distances } = found;
  const weigh = (i: number, e: number): number => {
    const distance = distances[i * k + e]!;
    if (kernel === 'binary' || distance === 0) return 1;
    const j = ids[i * k + e]!;
    const scale = distances[i * k + k - 1]! * distances[j * k + k - 1]!;
    return Math.max(1e-6, scale > 0 ? Math.exp(-(distance * distance) / scale) : 1e-6);
  };
  const counts = new Uint32Array(n + 1);
  for (let at = 0; at < n * k; at++) counts[ids[at]! + 1]!++;
  const reverseStarts = counts;
  for (let i = 0; i < n; i++) reverseStarts[i + 1]! += reverseStarts[i]!;
  const next = reverseStarts.slice(0, n);
  const reverse = new Uint32Array(n * k);
  const reverseWeights = new Float32Array(n * k);
  for (let i = 0; i < n; i++) {
    for (let e = 0; e < k; e++) {
      const to = next[ids[i * k + e]!]!++;
      reverse[to] = i;
      reverseWeights[to] = weigh(i, e);
    }
  }
  const starts = new Uint32Array(n + 1);
  const columns = new Uint32Array(2 * n * k);
  const values = new Float32Array(2 * n * k);
  let write = 0;
  const order = new Uint32Array(k);
  for (let i = 0; i < n; i++) {
    for (let e = 0; e < k; e++) order[e] = e;
    order.sort((a, b) => ids[i * k + a]! - ids[i * k + b]!);
    let f = 0;
    let r = reverseStarts[i]!;
    const end = reverseStarts[i + 1]!;
    while (f < k || r < end) {
      const forward = f < k ? ids[i * k + order[f]!]! : Infinity;
      const backward = r < end ? reverse[r]! : Infinity;
      const both = forward === backward;
      const weight = forward <= backward ? weigh(i, order[f]!) : reverseWeights[r]!;
      if (both || symmetry === 'mean') {
        columns[write] = Math.min(forward, backward);
        values[write++] = both ? weight : weight / 2;
      }
      if (forward <= backward) f++;
      if (backward <= forward) r++;
    }
    starts[i + 1] = write;
  }
  return { nodes: n, starts, columns: columns.slice(0, write), values: values.slice(0, write) };
}
