import type { CsrGraph } from '../csr';

/** Augmented samples of each sample as nodes: row x̄ holds the probabilities A(·|x̄), which sum to 1. */
export interface Incidence {
  /** samples + 1 offsets into nodes and probabilities. */
  readonly starts: Uint32Array;
  readonly nodes: Uint32Array;
  readonly probabilities: Float64Array;
}

/** A positive-pair graph and how its nodes belong to the dataset's samples. */
export interface NodeGraph {
  readonly graph: CsrGraph;
  /** The dataset's row that a node stands for (one of them, where several samples share an augmented one). */
  readonly sampleOf: Int32Array;
  /** Undefined where node i is sample i. */
  readonly augmentations?: Incidence;
  /** What a reader should know of how it was built. */
  readonly details: Record<string, unknown>;
  readonly recall?: { readonly value: number; readonly samples: number };
}
