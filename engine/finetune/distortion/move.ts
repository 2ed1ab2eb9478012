/**
 * How far each sample's feature moved: ‖after_i − before_i‖, the distortion of Kumar et al. 2022.
 * @param before n × d, row-major
 * @param after n × d, rows aligned with `before`
 * @returns n Euclidean distances
 */
export function featureMoves(before: Float32Array, after: Float32Array, d: number): Float64Array {
  if (before.length !== after.length || before.length % d !== 0)
    throw new RangeError(`Expected two n × ${d} arrays, got ${before.length} and ${after.length} values.`);
  return Float64Array.from({ length: before.length / d }, (_, i) => {
    let sum = 0;
    for (let j = i * d; j < (i + 1) * d; j++) sum += (after[j]! - before[j]!) ** 2;
    return Math.sqrt(sum);
  });
}
