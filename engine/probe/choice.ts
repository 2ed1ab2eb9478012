/**
 * Which of several heads to keep, by their predictions of the same validation samples.
 * best: the most right, of equals the simplest, as published (Kumar et al. 2022).
 * simplest: the simplest that is not worse than the best by more than one standard error of their paired difference.
 * Validation accuracy is often flat over several decades of C while accuracy on another domain is not: there the
 * simpler head is to be preferred (Breiman et al. 1984, the one-standard-error rule).
 */
export type HeadChoice = 'simplest' | 'best';

/**
 * @param right for each head, from the simplest to the most complex, 1 for each sample that it predicts right, else 0
 * @returns index of the head to keep
 */
export function chooseHead(right: readonly Uint8Array[], choice: HeadChoice): number {
  const counts = right.map((head) => head.reduce((sum, hit) => sum + hit, 0));
  const best = counts.indexOf(Math.max(...counts));
  if (choice === 'best') return best;
  return right.findIndex((head) => {
    let lost = 0;
    let won = 0;
    for (let i = 0; i < head.length; i++) {
      if (head[i] === right[best]![i]) continue;
      if (head[i]) won++;
      else lost++;
    }
    // Of the samples on which the two disagree, a fair coin's standard deviation is √(lost + won).
    return lost - won <= Math.sqrt(lost + won);
  });
}
