import { augmenterOptions, createAugmenter, fillViews, viewStream } from '../../augment/augmenter';
import { sampleSize, type Dataset } from '../../data/dataset';
import type { AugmentationName } from '../../study/schema';
import { graphFromEdges, type CsrGraph } from '../csr';
import type { Incidence } from './node-graph';

export interface Views {
  /** n·m × size; views v of sample s is row s·m + v. Images as 0…1. */
  readonly values: Float32Array;
  readonly count: number;
  readonly augmentations: Incidence;
  readonly sampleOf: Int32Array;
}

/** m augmented views of every sample, by the seed. */
export function drawViews(dataset: Dataset, augmentation: AugmentationName, m: number, seed: number): Views {
  const n = dataset.labels.length;
  const size = sampleSize(dataset);
  const rows = Int32Array.from({ length: n }, (_, i) => i);
  const options = augmenterOptions(augmentation, dataset.values, rows, size);
  const augmenter = createAugmenter(augmentation, dataset.sampleShape, options);
  const values = new Float32Array(n * m * size);
  const one = new Float32Array(m * size);
  for (let s = 0; s < n; s++) {
    // Views of one row lie side by side.
    fillViews(augmenter, dataset.values, rows.subarray(s, s + 1), m, one, (row, view) =>
      viewStream(seed, 0, row, view),
    );
    values.set(one, s * m * size);
  }
  return {
    values,
    count: n * m,
    augmentations: {
      starts: Uint32Array.from({ length: n + 1 }, (_, s) => s * m),
      nodes: Uint32Array.from({ length: n * m }, (_, x) => x),
      probabilities: new Float64Array(n * m).fill(1 / m),
    },
    sampleOf: Int32Array.from({ length: n * m }, (_, x) => Math.floor(x / m)),
  };
}

/** (1 − share) · A/ΣA + share · B/ΣB of two graphs on the same nodes, total weight 1. */
export function blend(a: CsrGraph, b: CsrGraph, share: number): CsrGraph {
  const total = (graph: CsrGraph) => graph.values.reduce((sum, value) => sum + value, 0);
  const parts = [
    { graph: a, factor: (1 - share) / total(a) },
    { graph: b, factor: share / total(b) },
  ];
  const length = a.columns.length + b.columns.length;
  const from = new Uint32Array(length);
  const to = new Uint32Array(length);
  const weights = new Float64Array(length);
  let write = 0;
  for (const { graph, factor } of parts) {
    for (let i = 0; i < graph.nodes; i++) {
      for (let e = graph.starts[i]!; e < graph.starts[i + 1]!; e++) {
        from[write] = i;
        to[write] = graph.columns[e]!;
        weights[write++] = graph.values[e]! * factor;
      }
    }
  }
  return graphFromEdges({ nodes: a.nodes, from, to, weights }, 'symmetric');
}
