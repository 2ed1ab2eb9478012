import { stream } from '../../engine/data/random';

export interface Problem {
  features: Float32Array;
  n: number;
  d: number;
  labels: Int32Array;
  classes: number;
}

/** Normal features around random class means, so that classes overlap; `offset` moves every feature. */
export function randomProblem(seed: number, { n = 60, d = 5, classes = 3, offset = 0 } = {}): Problem {
  const random = stream(seed, 'problem');
  const means = Float64Array.from({ length: classes * d }, () => random.normal());
  const labels = Int32Array.from({ length: n }, (_, i) => i % classes);
  const features = Float32Array.from(
    { length: n * d },
    (_, i) => means[labels[Math.floor(i / d)]! * d + (i % d)]! + random.normal() + offset,
  );
  return { features, n, d, labels, classes };
}

/** ½‖scale · W‖² + C Σ log-loss as its definition reads. W is classes × d. */
export function objective(
  { features, n, d, labels, classes }: Problem,
  C: number,
  weights: ArrayLike<number>,
  bias: ArrayLike<number>,
  scale: ArrayLike<number> = new Float64Array(d).fill(1),
): number {
  let value = 0;
  for (let i = 0; i < weights.length; i++) value += (scale[i % d]! * weights[i]!) ** 2 / 2;
  for (let i = 0; i < n; i++) {
    if (labels[i]! < 0) continue;
    const scores = Array.from({ length: classes }, (_, k) => {
      let sum = bias[k]!;
      for (let j = 0; j < d; j++) sum += weights[k * d + j]! * features[i * d + j]!;
      return sum;
    });
    const top = Math.max(...scores);
    value += C * (top + Math.log(scores.reduce((sum, s) => sum + Math.exp(s - top), 0)) - scores[labels[i]!]!);
  }
  return value;
}
