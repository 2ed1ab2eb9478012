/**
 * How far each sample's feature moved: ‖after_i − before_i‖, the distortion of Kumar et al. 2022.
 * @param before n × d, row-major
 * @param after n × d, rows aligned with `before`
 * @returns n Euclidean distances
 */
export function featureMoves(before: Float32Array, after: Float32Array, d: number): Float64Array {
  return perSample(before, after, d, (i) => Math.sqrt(squaredDistance(before, after, i, d)));
}

/**
 * The moves in units of the features themselves: ‖after_i − before_i‖ / √(mean_j ‖before_j‖²). Networks whose features
 * differ in scale can be compared. NaN where all features are zero.
 * @returns n numbers without unit
 */
export function relativeMoves(before: Float32Array, after: Float32Array, d: number): Float64Array {
  const moves = featureMoves(before, after, d);
  const size = Math.sqrt(before.reduce((sum, value) => sum + value * value, 0) / moves.length);
  return moves.map((move) => move / size);
}

/**
 * Cosine between each sample's feature before and after: what remains of its direction, whatever its length does.
 * @returns n numbers in [−1, 1]; NaN where a feature is zero, for it has no direction
 */
export function featureCosines(before: Float32Array, after: Float32Array, d: number): Float64Array {
  return perSample(before, after, d, (i) => {
    let [product, a, b] = [0, 0, 0];
    for (let j = i * d; j < (i + 1) * d; j++) {
      product += before[j]! * after[j]!;
      a += before[j]! ** 2;
      b += after[j]! ** 2;
    }
    // Rounding may carry parallel features beyond one; what is not a number stays so.
    return Math.min(1, Math.max(-1, product / Math.sqrt(a * b)));
  });
}

function perSample(before: Float32Array, after: Float32Array, d: number, of: (i: number) => number): Float64Array {
  if (before.length !== after.length || before.length % d !== 0)
    throw new RangeError(`Expected two n × ${d} arrays, got ${before.length} and ${after.length} values.`);
  return Float64Array.from({ length: before.length / d }, (_, i) => of(i));
}

function squaredDistance(a: Float32Array, b: Float32Array, i: number, d: number): number {
  let sum = 0;
  for (let j = i * d; j < (i + 1) * d; j++) sum += (b[j]! - a[j]!) ** 2;
  return sum;
}
