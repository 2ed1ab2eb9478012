import type { LabelledFeatures } from './fit-head';
import { type LinearHead, logits } from './head';
import { absentBias } from './logistic';

/** A head is made at most so many times as loud or as faint. */
const largestFactor = 100;

/**
 * The factor s > 0 of a head's logits z under which labelled samples that it has not learned from have the least log-loss,
 * min over s of mean −log softmax(s z)[y]: temperature scaling, s = 1/T (Guo et al. 2017). What the head predicts stays.
 * The loss is convex in s; the result is exact to 1e-12 relative, within [1/100, 100].
 */
export function temperatureFactor(head: LinearHead, samples: LabelledFeatures): number {
  const classes = head.bias.length;
  const present = [...head.bias.keys()].filter((k) => head.bias[k] !== absentBias);
  const scores = logits(head, samples);
  const rows = [...samples.labels.keys()].filter((row) => present.includes(samples.labels[row]!));
  if (rows.length === 0) return 1;
  /** d loss / d s, up to a factor: what the probabilities expect of the logits, less those of the labels. */
  const slope = (factor: number): number => {
    let sum = 0;
    for (const row of rows) {
      const z = present.map((k) => scores[row * classes + k]!);
      const top = Math.max(...z);
      const weights = z.map((one) => Math.exp(factor * (one - top)));
      const total = weights.reduce((a, b) => a + b, 0);
      sum += z.reduce((mean, one, i) => mean + (one * weights[i]!) / total, 0);
      sum -= scores[row * classes + samples.labels[row]!]!;
    }
    return sum;
  };
  let [low, high] = [-Math.log(largestFactor), Math.log(largestFactor)];
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (slope(Math.exp(middle)) > 0) high = middle;
    else low = middle;
  }
  return Math.exp((low + high) / 2);
}

/** The head with every logit so many times as large. */
export function scaledHead({ weights, bias }: LinearHead, factor: number): LinearHead {
  return {
    weights: weights.map((value) => factor * value),
    bias: bias.map((value) => (value === absentBias ? value : factor * value)),
  };
}
