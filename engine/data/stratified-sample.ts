import { stream } from './random';

/**
 * Draws `count` of the rows 0…n−1, stratified: each stratum gives its share, rounded by largest remainder, and at
 * least one row while there is room. Rows are drawn without replacement and returned in ascending order.
 */
export function stratifiedSample(strata: readonly (string | number)[], count: number, seed: number): number[] {
  const n = strata.length;
  if (n <= count) return strata.map((_, row) => row);
  const groups = new Map<string | number, number[]>();
  strata.forEach((stratum, row) => {
    const rows = groups.get(stratum);
    if (rows) rows.push(row);
    else groups.set(stratum, [row]);
  });
  const shares = [...groups].map(([stratum, rows]) => {
    const exact = (rows.length * count) / n;
    return { stratum, rows, quota: Math.max(1, Math.floor(exact)), remainder: exact - Math.floor(exact) };
  });
  let left = count - shares.reduce((sum, { quota }) => sum + quota, 0);
  const byRemainder = [...shares].sort((a, b) => b.remainder - a.remainder);
  for (let i = 0; left > 0; i = (i + 1) % byRemainder.length) {
    const share = byRemainder[i]!;
    if (share.quota >= share.rows.length) continue;
    share.quota++;
    left--;
  }
  // Many tiny strata may have asked for more than there is: the largest give it back.
  for (const share of [...shares].sort((a, b) => b.quota - a.quota)) {
    const given = Math.min(-Math.min(left, 0), share.quota - 1);
    share.quota -= given;
    left += given;
  }
  return shares
    .flatMap(({ stratum, rows, quota }) =>
      stream(seed, 'report', stratum)
        .shuffle([...rows])
        .slice(0, quota),
    )
    .sort((a, b) => a - b);
}
