import { UserError } from '../../errors';
import type { CsrGraph } from '../csr';
import type { Incidence } from './node-graph';

/**
 * The positive-pair graph of finite augmentation sets, exactly: w_xx' = E_x̄[A(x|x̄) A(x'|x̄)] over uniform samples x̄
 * (HaoChen et al. 2021, §3.1). Total weight 1, loops included; sums in double precision, stored in single.
 */
export function coOccurrence({ starts, nodes, probabilities }: Incidence, nodeCount: number): CsrGraph {
  const samples = starts.length - 1;
  let pairs = 0;
  for (let s = 0; s < samples; s++) pairs += (starts[s + 1]! - starts[s]!) ** 2;
  if (pairs > 4e8)
    throw new UserError(
      'graph-size',
      `The augmentation sets make ${pairs} pairs of ${nodeCount} augmented samples, more than 4·10⁸; take a smaller set or fewer samples.`,
    );
  // Samples of each node.
  const nodeStarts = new Uint32Array(nodeCount + 1);
  for (const node of nodes) nodeStarts[node + 1]!++;
  for (let i = 0; i < nodeCount; i++) nodeStarts[i + 1]! += nodeStarts[i]!;
  const next = nodeStarts.slice(0, nodeCount);
  const entries = new Uint32Array(nodes.length);
  const sampleOfEntry = new Uint32Array(nodes.length);
  for (let s = 0; s < samples; s++) {
    for (let e = starts[s]!; e < starts[s + 1]!; e++) {
      sampleOfEntry[e] = s;
      entries[next[nodes[e]!]!++] = e;
    }
  }
  const rowStarts = new Uint32Array(nodeCount + 1);
  const columns = new Uint32Array(pairs);
  const values = new Float32Array(pairs);
  const sums = new Float64Array(nodeCount);
  let write = 0;
  for (let x = 0; x < nodeCount; x++) {
    const touched: number[] = [];
    for (let at = nodeStarts[x]!; at < nodeStarts[x + 1]!; at++) {
      const entry = entries[at]!;
      const sample = sampleOfEntry[entry]!;
      for (let e = starts[sample]!; e < starts[sample + 1]!; e++) {
        const other = nodes[e]!;
        if (sums[other] === 0) touched.push(other);
        sums[other]! += (probabilities[entry]! * probabilities[e]!) / samples;
      }
    }
    touched.sort((a, b) => a - b);
    for (const other of touched) {
      if (sums[other]! > 0) {
        columns[write] = other;
        values[write++] = sums[other]!;
      }
      sums[other] = 0;
    }
    rowStarts[x + 1] = write;
  }
  return {
    nodes: nodeCount,
    starts: rowStarts,
    columns: columns.slice(0, write),
    values: values.slice(0, write),
  };
}
