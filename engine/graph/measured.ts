import type { StageOutput } from '../run/stage';
import type { Cells } from './connectivity/cells';
import type { CellWeights } from './connectivity/weights';
import type { OperatorSpectrum } from './operator';

/** What the stage goes on with, whatever the spectrum was taken of. */
export interface MeasuredSpectrum {
  /** Eigenpairs on the samples. */
  readonly operator: OperatorSpectrum;
  /** What they are of, where it is not the representation's operator. */
  readonly meaning?: string;
  /** The space that was looked at, for the reader. */
  readonly space: string;
  /** Figures and details of its own. */
  readonly parts: readonly StageOutput[];
  readonly weights: { readonly meaning: string; readonly of: (cells: Cells) => CellWeights };
}
