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
  const [all, asked] = [unit(bank), unit(queries)];
  const k = Math.min(neighbours, bank.n);
  const cosines = new Float32Array(bank.n);
  return Int32Array.from({ length: queries.n }, (_, q) => {
    for (let i = 0; i < bank.n; i++) {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += asked[q * d + j]! * all[i * d + j]!;
      cosines[i] = sum;
    }
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

/** Rows of norm 1; a row of zeros stays. */
function unit({ features, n, d }: Rows): Float32Array {
  const out = Float32Array.from(features);
  for (let i = 0; i < n; i++) {
    const row = out.subarray(i * d, (i + 1) * d);
    let squares = 0;
    for (const value of row) squares += value * value;
    if (squares === 0) continue;
    const scale = 1 / Math.sqrt(squares);
    row.forEach((value, j) => (row[j] = value * scale));
  }
  return out;
}
