import type { StoredColumn } from './workspace';

export interface SubspaceOptions {
  /** How many eigenpairs beside the components' eigenvalue 1. */
  readonly count: number;
  /** Residual ‖Āx − θx‖ at which a pair has converged. */
  readonly tolerance: number;
  readonly seed: number;
  /** Filter and Rayleigh–Ritz passes at most. */
  readonly passes: number;
  readonly nonzeros: number;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((converged: number, wanted: number) => void) | undefined;
}

export interface SubspaceResult {
  /** Converged pairs, descending: at most `count`. */
  readonly pairs: readonly FoundPair[];
  /** True when a search of the complement found nothing above the last pair. */
  readonly complete: boolean;
  /** The search would have shown every missing eigenvalue that is above the last one by more than this. */
  readonly resolution: number;
  /** Ritz value that follows the pairs: a lower bound of λ_{k+1}. */
  readonly following: number;
  readonly passes: number;
  readonly filterSteps: number;
}

export interface FoundPair extends StoredColumn {
  readonly value: number;
  /** ‖Āx − θx‖ */
  readonly residual: number;
}
