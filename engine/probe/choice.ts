import { stream } from '../data/random';

/**
 * Which of several candidates to keep, heads of different C or networks of different learning rates, by their
 * predictions of the same validation samples.
 * best: the most right, of equals the simplest, as published (Kumar et al. 2022).
 * simplest: the simplest of which these samples do not say, at the level of one standard error, that another is better
 * (the one-standard-error rule of Breiman et al. 1984, tested on the samples that the two predict differently and
 * corrected for the number of candidates). Validation accuracy is often flat over several decades of C while accuracy
 * on another domain is not, and so it may be over learning rates: there the simpler candidate is to be preferred.
 */
export type Choice = 'simplest' | 'best';

/**
 * @param right for each candidate, from the simplest to the most complex, 1 for each sample that it predicts right, else 0
 * @returns index of the candidate to keep
 */
export function choose(right: readonly Uint8Array[], choice: Choice): number {
  if (choice === 'best') {
    const counts = right.map((hits) => hits.reduce((sum, hit) => sum + hit, 0));
    return counts.indexOf(Math.max(...counts));
  }
  const tails = new Map<number, Float64Array>();
  const tailsOf = (tosses: number): Float64Array => {
    const known = tails.get(tosses) ?? coinTails(tosses);
    tails.set(tosses, known);
    return known;
  };
  return right.findIndex((_, i) => !isOutdone(right, i, tailsOf));
}

/** P(standard normal > 1). */
const oneStandardError = 0.15865525393145707;

/** Draws of the null distribution; the standard error of a p-value at the level is then below .01. */
const draws = 2000;

/** P(at least k heads in that many tosses of a fair coin), for k from 0 to tosses + 1. */
type TailsOf = (tosses: number) => Float64Array;

/** Another candidate beside the one that is tested. */
interface Rival {
  readonly hits: Uint8Array;
  /** Samples that it alone predicts right. */
  readonly won: number;
  /** Samples that it alone predicts wrong. */
  readonly lost: number;
  /** Of the sign test that it is no better. */
  readonly p: number;
}

/**
 * Whether the samples say at `oneStandardError` that any other candidate is better than number `i`. The best of many
 * looks better than it is, so what is tested is the least of all p-values (Westfall & Young 1993), without those of
 * candidates that are clearly worse (Hansen 2005): under the hypothesis that none is better, a coin draws the sign of a
 * sample's differences, the same one for all candidates, which keeps how they depend on each other. For two candidates
 * that is the sign test itself.
 */
function isOutdone(right: readonly Uint8Array[], i: number, tailsOf: TailsOf): boolean {
  const own = right[i]!;
  const all = right.flatMap((hits, j) => (j === i ? [] : [rivalOf(hits, own, tailsOf)]));
  const least = Math.min(1, ...all.map(({ p }) => p));
  // What one comparison does not say, the least of several does not say either; and what holds for the least p-value times
  // their number (Bonferroni) holds.
  if (least >= oneStandardError) return false;
  const rivals = all.filter((rival) => !isClearlyWorse(rival, own.length));
  return least * rivals.length < oneStandardError || !happensByChance(least, rivals, own, tailsOf);
}

function rivalOf(hits: Uint8Array, own: Uint8Array, tailsOf: TailsOf): Rival {
  let [won, lost] = [0, 0];
  for (let k = 0; k < own.length; k++) {
    if (hits[k]! > own[k]!) won++;
    if (hits[k]! < own[k]!) lost++;
  }
  return { hits, won, lost, p: tailsOf(won + lost)[won]! };
}

/** Hansen 2005, eq. 10: the law of the iterated logarithm bounds what chance alone does to a candidate as good. */
function isClearlyWorse({ won, lost }: Rival, samples: number): boolean {
  return lost - won > Math.sqrt(2 * Math.log(Math.log(Math.max(samples, 3))) * (won + lost));
}

/**
 * Whether, where none is better, the least p-value of the rivals is at most `least` with probability
 * `oneStandardError` or more; from a fixed stream of coins.
 */
function happensByChance(least: number, rivals: readonly Rival[], own: Uint8Array, tailsOf: TailsOf): boolean {
  const random = stream(0, 'choice');
  const samples = [...own.keys()].filter((k) => rivals.some(({ hits }) => hits[k] !== own[k]));
  const nulls = rivals.map(({ hits, won, lost }) => ({
    differences: Int8Array.from(samples, (k) => hits[k]! - own[k]!),
    // Won samples less lost ones that give a p-value as small.
    threshold: 2 * tailsOf(won + lost).findIndex((p) => p <= least) - (won + lost),
  }));
  const signs = new Int8Array(samples.length);
  // The observed differences are one of the draws.
  let reached = 1;
  for (let draw = 0; draw < draws && reached < oneStandardError * (draws + 1); draw++) {
    for (let k = 0; k < signs.length; k++) signs[k] = random.chance(0.5) ? 1 : -1;
    const reaches = nulls.some(({ differences, threshold }) => {
      let sum = 0;
      for (let k = 0; k < signs.length; k++) sum += signs[k]! * differences[k]!;
      return sum >= threshold;
    });
    if (reaches) reached++;
  }
  return reached >= oneStandardError * (draws + 1);
}

function coinTails(tosses: number): Float64Array {
  const tails = new Float64Array(tosses + 2);
  // Of the probability of k heads, which underflows for many tosses.
  let logarithm = -tosses * Math.LN2;
  for (let k = tosses; k >= 0; k--) {
    tails[k] = tails[k + 1]! + Math.exp(logarithm);
    logarithm += Math.log(k / (tosses - k + 1));
  }
  return tails;
}
