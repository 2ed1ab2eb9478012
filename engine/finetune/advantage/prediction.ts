import { Matrix, pseudoInverse } from 'ml-matrix';

/** A least-squares fit, and how well it tells what it has not seen. */
export interface Prediction {
  /** advantage ≈ constant + quality · q + shift · s + both · q · s. */
  readonly coefficients: Readonly<Record<'constant' | 'quality' | 'shift' | 'both', number>>;
  /** Share of the variance that the fit explains. */
  readonly explained: number;
  /** The same for each cell predicted from all others (PRESS); may be negative. */
  readonly predicted: number;
  readonly cells: number;
}

/**
 * Predicts the advantage of LP-FT over FT from the quality of the features (q: the probe's accuracy without shift) and
 * the size of the shift (s: proxy A-distance), with their product: the claim is that the advantage grows with
 * both. Undefined with fewer than six cells, or where all advantages are the same.
 */
export function predictAdvantage(
  cells: readonly { readonly quality: number; readonly shift: number; readonly advantage: number }[],
): Prediction | undefined {
  if (cells.length < 6) return undefined;
  const X = new Matrix(cells.map(({ quality, shift }) => [1, quality, shift, quality * shift]));
  const y = Matrix.columnVector(cells.map(({ advantage }) => advantage));
  const inverse = pseudoInverse(X);
  const beta = inverse.mmul(y);
  const residuals = Matrix.sub(y, X.mmul(beta)).to1DArray();
  // A cell's own share in its fitted value; left out of the fit, its residual is r / (1 − h).
  const leverage = X.mmul(inverse).diagonal();
  const mean = y.mean();
  const total = cells.reduce((sum, { advantage }) => sum + (advantage - mean) ** 2, 0);
  if (!(total > 0)) return undefined;
  const squares = (values: readonly number[]): number => values.reduce((sum, value) => sum + value * value, 0);
  const left = residuals.map((residual, i) => residual / Math.max(1e-9, 1 - leverage[i]!));
  // The mean too is that of the others.
  const totalLeft = squares(cells.map(({ advantage }) => ((advantage - mean) * cells.length) / (cells.length - 1)));
  const [constant, quality, shift, both] = beta.to1DArray() as [number, number, number, number];
  return {
    coefficients: { constant, quality, shift, both },
    explained: 1 - squares(residuals) / total,
    predicted: 1 - squares(left) / totalLeft,
    cells: cells.length,
  };
}
