/** Feature matrix: n × d, row-major. */
export interface FeatureMatrix {
  readonly features: Float32Array;
  readonly n: number;
  readonly d: number;
}

/**
 * How features are brought to one scale before a penalty on the weights means anything.
 * scalar: one mean and one deviation over all entries (Kumar et al. 2022). feature: each feature its own. none.
 */
export type StandardizationKind = 'scalar' | 'feature' | 'none';

/** z = (x − mean) / scale, feature by feature; every array has length d. */
export interface Standardization {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

/** Mean and population deviation of the rows; a deviation of zero becomes 1. Two passes in double precision. */
export function standardize({ features, n, d }: FeatureMatrix, kind: StandardizationKind): Standardization {
  const mean = new Float64Array(d);
  const scale = new Float64Array(d).fill(1);
  if (kind === 'none' || n === 0) return { mean, scale };
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) mean[j]! += features[at]!;
  for (let j = 0; j < d; j++) mean[j]! /= n;
  if (kind === 'scalar') mean.fill(mean.reduce((sum, value) => sum + value, 0) / d);
  const squares = new Float64Array(d);
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) squares[j]! += (features[at]! - mean[j]!) ** 2;
  if (kind === 'scalar') squares.fill(squares.reduce((sum, value) => sum + value, 0) / d);
  for (let j = 0; j < d; j++) {
    const deviation = Math.sqrt(squares[j]! / n);
    // Rounding alone leaves a constant feature with about 1e-16 of its mean.
    if (deviation > 1e-12 * Math.abs(mean[j]!)) scale[j] = deviation;
  }
  return { mean, scale };
}
