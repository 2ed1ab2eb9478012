import type { FeatureMatrix } from './standardize';

/** A linear classifier on features: logits = x Wᵀ + b, the convention of torch.nn.Linear. */
export interface LinearHead {
  /** classes × d, row-major. */
  readonly weights: Float64Array;
  /** One for each class. */
  readonly bias: Float64Array;
}

/** Logits, n × classes. */
export function logits({ weights, bias }: LinearHead, { features, n, d }: FeatureMatrix): Float64Array {
  const classes = bias.length;
  const out = new Float64Array(n * classes);
  // Four classes at a time: four sums that do not wait for each other. The last group repeats its last class.
  for (let k = 0; k < classes; k += 4) {
    const last = Math.min(3, classes - 1 - k);
    const w0 = k * d;
    const w1 = w0 + Math.min(1, last) * d;
    const w2 = w0 + Math.min(2, last) * d;
    const w3 = w0 + last * d;
    for (let i = 0; i < n; i++) {
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      for (let j = 0, x = i * d; j < d; j++, x++) {
        const value = features[x]!;
        s0 += value * weights[w0 + j]!;
        s1 += value * weights[w1 + j]!;
        s2 += value * weights[w2 + j]!;
        s3 += value * weights[w3 + j]!;
      }
      const at = i * classes + k;
      out[at + last] = s3 + bias[k + last]!;
      if (last > 0) out[at] = s0 + bias[k]!;
      if (last > 1) out[at + 1] = s1 + bias[k + 1]!;
      if (last > 2) out[at + 2] = s2 + bias[k + 2]!;
    }
  }
  return out;
}

/** The class of the largest logit for each row, the first of equals. */
export function predict(head: LinearHead, rows: FeatureMatrix): Int32Array {
  return largest(logits(head, rows), rows.n, head.bias.length);
}

/** Column of the largest value in each row of an n × classes matrix, the first of equals. */
export function largest(scores: Float64Array, n: number, classes: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => {
    let best = 0;
    for (let k = 1; k < classes; k++) if (scores[i * classes + k]! > scores[i * classes + best]!) best = k;
    return best;
  });
}

/** 1 for each row that is predicted right, else 0. */
export function hits(predictions: Int32Array, labels: Int32Array): Uint8Array {
  return Uint8Array.from(predictions, (label, row) => (label === labels[row] ? 1 : 0));
}

/** Share of the labelled rows (label ≥ 0) that are predicted right; NaN where there is none. */
export function accuracy(predictions: Int32Array, labels: Int32Array): number {
  let right = 0;
  let count = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i]! < 0) continue;
    count++;
    if (predictions[i] === labels[i]) right++;
  }
  return count === 0 ? NaN : right / count;
}

/** Counts by [true class][predicted class] over the labelled rows. */
export function confusion(predictions: Int32Array, labels: Int32Array, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i++) if (labels[i]! >= 0) counts[labels[i]!]![predictions[i]!]!++;
  return counts;
}
