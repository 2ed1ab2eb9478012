/** ln Γ(x) for x > 0 by Lanczos' approximation (g = 7, nine terms; error below 1e−13). */
function logGamma(x: number): number {
  const terms = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const z = x - 1;
  let sum = terms[0]!;
  for (let i = 1; i < terms.length; i++) sum += terms[i]! / (z + i);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Regularised incomplete beta function I_x(a, b) by its continued fraction (Press et al., Numerical Recipes, 6.4). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x) - Math.log(a),
  );
  const tiny = 1e-300;
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const factor = d * c;
    fraction *= factor;
    if (Math.abs(factor - 1) < 1e-15) break;
  }
  return front * fraction;
}

/** P(T ≤ t) of Student's t distribution with ν > 0 degrees of freedom. */
export function studentCdf(t: number, nu: number): number {
  const tail = 0.5 * incompleteBeta(nu / (nu + t * t), nu / 2, 0.5);
  return t > 0 ? 1 - tail : tail;
}

/** The t with P(T ≤ t) = p for ½ ≤ p < 1, by bisection to the last bits of a double. */
export function studentQuantile(p: number, nu: number): number {
  if (!(p >= 0.5 && p < 1) || !(nu > 0)) throw new RangeError(`no quantile at p = ${p} with ${nu} degrees of freedom`);
  let low = 0;
  let high = 1;
  while (studentCdf(high, nu) < p) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-14 * high; i++) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, nu) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

export interface Interval {
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation (n − 1); absent for one value. */
  readonly std?: number;
  /** 95 % confidence interval of the mean, m ∓ t₀.₉₇₅(n−1) s/√n; absent for one value. */
  readonly low?: number;
  readonly high?: number;
}

const quantiles = new Map<number, number>();

/** Mean and Student's 95 % confidence interval of values that are taken for independent draws. */
export function meanInterval(values: readonly number[]): Interval {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { n, mean };
  const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  let t = quantiles.get(n - 1);
  if (t === undefined) {
    t = studentQuantile(0.975, n - 1);
    quantiles.set(n - 1, t);
  }
  const half = (t * std) / Math.sqrt(n);
  return { n, mean, std, low: mean - half, high: mean + half };
}
