import { unitRows } from '../linear/unit-rows';

/** n × d, row-major. */
export interface Rows {
  readonly features: Float32Array;
  readonly n: number;
  readonly d: number;
}

/**
 * The class that a query's nearest neighbours vote for (Wu et al. 2018, as HaoChen et al. 2021 monitor training): the
 * `neighbours` samples of the bank with the largest cosine, each with the weight exp(cosine / temperature).
 * @returns the class of each query, the first of equals
 */
export function knnVote(
  bank: Rows & { readonly labels: Int32Array },
  queries: Rows,
  { neighbours, temperature, classes }: { neighbours: number; temperature: number; classes: number },
): Int32Array {
  const { d } = bank;
  const [all, asked] = [bank, queries].map(({ features, n }) => unitRows(features, n, d)) as [
    Float32Array,
    Float32Array,
  ];
  const k = Math.min(neighbours, bank.n);
  const cosines = new Float32Array(bank.n);
  return Int32Array.from({ length: queries.n }, (_, q) => {
    products(all, asked.subarray(q * d, (q + 1) * d), cosines);
    const threshold = cosines.slice().sort()[bank.n - k]!;
    const votes = new Float64Array(classes);
    let left = k;
    // Those above the threshold first; of equals at it, the first ones fill what is left.
    for (let i = 0; i < bank.n; i++) if (cosines[i]! > threshold) left--;
    for (let i = 0; i < bank.n; i++) {
      const cosine = cosines[i]!;
      if (cosine < threshold || (cosine === threshold && left-- <= 0)) continue;
      // Relative to the largest possible weight, so that a small temperature overflows nothing.
      votes[bank.labels[i]!]! += Math.exp((cosine - 1) / temperature);
    }
    return votes.indexOf(Math.max(...votes));
  });
}

/** out[i]: row i of a matrix times a vector. Four rows at once, since a sum has to wait for each of its additions. */
function products(rows: Float32Array, vector: Float32Array, out: Float32Array): void {
  const d = vector.length;
  const last = out.length - 1;
  for (let i = 0; i <= last; i += 4) {
    // Rows past the last are the last once more.
    const [a, b, c, e] = [i * d, Math.min(i + 1, last) * d, Math.min(i + 2, last) * d, Math.min(i + 3, last) * d];
    let [first, second, third, fourth] = [0, 0, 0, 0];
    for (let j = 0; j < d; j++) {
      const value = vector[j]!;
      first += value * rows[a + j]!;
      second += value * rows[b + j]!;
      third += value * rows[c + j]!;
      fourth += value * rows[e + j]!;
    }
    out[i] = first;
    if (i + 1 <= last) out[i + 1] = second;
    if (i + 2 <= last) out[i + 2] = third;
    if (i + 3 <= last) out[i + 3] = fourth;
  }
}
