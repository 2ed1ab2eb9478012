/**
 * Which of several candidates to keep, heads of different C or networks of different learning rates, by their
 * predictions of the same validation samples.
 * best: the most right, of equals the simplest, as published (Kumar et al. 2022).
 * simplest: the simplest of which these samples do not say, at the level of one standard error, that it is worse than
 * the best (the one-standard-error rule of Breiman et al. 1984, by an exact sign test on the samples that the two
 * predict differently). Validation accuracy is often flat over several decades of C while accuracy on another domain
 * is not, and so it may be over learning rates: there the simpler candidate is to be preferred.
 */
export type Choice = 'simplest' | 'best';

/**
 * @param right for each candidate, from the simplest to the most complex, 1 for each sample that it predicts right, else 0
 * @returns index of the candidate to keep
 */
export function choose(right: readonly Uint8Array[], choice: Choice): number {
  const counts = right.map((hits) => hits.reduce((sum, hit) => sum + hit, 0));
  const best = counts.indexOf(Math.max(...counts));
  if (choice === 'best') return best;
  return right.findIndex((hits) => {
    let lost = 0;
    let won = 0;
    for (let i = 0; i < hits.length; i++) {
      if (hits[i] === right[best]![i]) continue;
      if (hits[i]) won++;
      else lost++;
    }
    return signTest(lost, lost + won) >= oneStandardError;
  });
}

/** P(standard normal > 1). */
const oneStandardError = 0.15865525393145707;

/** P(at least `heads` heads in `tosses` tosses of a fair coin). */
function signTest(heads: number, tosses: number): number {
  let term = 0.5 ** tosses;
  // For very many tosses the first terms underflow; the normal approximation is then exact to all digits that matter.
  if (term === 0) return heads - tosses / 2 <= Math.sqrt(tosses) / 2 ? 1 : 0;
  let sum = 0;
  for (let k = 0; k <= tosses; k++) {
    if (k >= heads) sum += term;
    term *= (tosses - k) / (k + 1);
  }
  return sum;
}
