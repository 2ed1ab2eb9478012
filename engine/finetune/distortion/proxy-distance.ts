import { fitLogistic, predict, standardize } from '../../probe';

/** Weight of the losses against the penalty; features are brought to one scale first. */
const C = 1;

/**
 * Proxy A-distance of two sets of features (Ben-David et al. 2007): 2 (1 − 2 ε), ε the error of a linear classifier that
 * tells the two apart, on samples that it was not fitted on (two folds, by place: where sample i of one set is a changed
 * sample i of the other, both are in the same fold). 0 where they cannot be told apart, 2 where always.
 * @param a n × d; @param b m × d
 */
export async function proxyDistance(
  a: Float32Array,
  b: Float32Array,
  d: number,
  signal?: AbortSignal,
): Promise<number> {
  const sets = [a, b];
  const fold = (parity: number) => {
    const rows = sets.flatMap((features, label) =>
      Array.from({ length: features.length / d }, (_, i) => ({ features, label, i })).filter(
        ({ i }) => i % 2 === parity,
      ),
    );
    const values = new Float32Array(rows.length * d);
    rows.forEach(({ features, i }, at) => values.set(features.subarray(i * d, (i + 1) * d), at * d));
    return { features: values, n: rows.length, d, labels: Int32Array.from(rows, ({ label }) => label) };
  };
  const folds = [fold(0), fold(1)] as const;
  let [wrong, count] = [0, 0];
  for (const [train, test] of [folds, [folds[1], folds[0]]] as const) {
    const { scale } = standardize(train, 'scalar');
    const head = await fitLogistic({ ...train, classes: 2, scale, C, tolerance: 1e-4, signal });
    predict(head, test).forEach((label, i) => {
      if (label !== test.labels[i]) wrong++;
    });
    count += test.n;
  }
  return Math.max(0, 2 * (1 - (2 * wrong) / count));
}
