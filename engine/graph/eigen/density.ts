import { symmetricEigen } from '../../linear/symmetric-eigen';

/** A spectrum as a few point masses, falling values: `weights` tells about how many eigenvalues lie near each. */
export interface SpectralDensity {
  readonly values: Float64Array;
  readonly weights: Float64Array;
}

/** Rounding noise of moments from single-precision vectors, with a margin. */
const noise = 3e-5;

/**
 * Gauss quadrature of a spectral density from its Chebyshev moments μ_l = Σ_i T_l(λ_i), l = 0 … 2N − 1, over
 * eigenvalues in [−1, 1]: modified Chebyshev algorithm (Gautschi 2004, §2.1.7), at most N masses. Moments may carry
 * noise: the recursion ends where what is left of the measure drowns in it.
 */
export function densityFromMoments(moments: ArrayLike<number>): SpectralDensity {
  const most = moments.length >> 1;
  const total = moments[0] ?? 0;
  if (!(total > 0)) return { values: new Float64Array(0), weights: new Float64Array(0) };
  // Moments of the monic Chebyshev polynomials: p_{l+1} = x p_l − b_l p_{l−1}, b_1 = 1/2, then 1/4.
  let current = Float64Array.from({ length: 2 * most }, (_, l) => moments[l]! / 2 ** Math.max(0, l - 1));
  let before = new Float64Array(2 * most);
  const diagonal = [current[1]! / total];
  const squares: number[] = [];
  for (let k = 1; k < most; k++) {
    const next = new Float64Array(2 * most);
    for (let l = k; l < 2 * most - k; l++) {
      const b = l === 1 ? 0.5 : 0.25;
      next[l] =
        current[l + 1]! -
        diagonal[k - 1]! * current[l]! -
        (k > 1 ? squares[k - 2]! : 0) * before[l]! +
        b * current[l - 1]!;
    }
    const square = next[k]! / current[k - 1]!;
    if (!(next[k]! > noise * total * 4 ** -k)) break;
    diagonal.push(next[k + 1]! / next[k]! - current[k]! / current[k - 1]!);
    squares.push(square);
    [before, current] = [current, next];
  }
  const n = diagonal.length;
  const jacobi = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    jacobi[i * n + i] = diagonal[i]!;
    if (i > 0) jacobi[i * n + i - 1] = jacobi[(i - 1) * n + i] = Math.sqrt(squares[i - 1]!);
  }
  const { values, vectors } = symmetricEigen(jacobi, n);
  const weights = Float64Array.from({ length: n }, (_, i) => total * vectors[i * n]! ** 2);
  // Noise makes masses of nothing, anywhere.
  const real = [...values.keys()].filter((i) => weights[i]! >= 0.2 && Math.abs(values[i]!) < 1.05);
  return { values: Float64Array.from(real, (i) => values[i]!), weights: Float64Array.from(real, (i) => weights[i]!) };
}

/** About the c-th largest eigenvalue: each mass is spread evenly a little to both sides of its place. */
export function valueOfCount({ values, weights }: SpectralDensity, count: number): number {
  let above = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = weights[i]!;
    if (above + weight > count || i === values.length - 1) {
      const gap = Math.min(
        i > 0 ? values[i - 1]! - values[i]! : Infinity,
        i + 1 < values.length ? values[i]! - values[i + 1]! : Infinity,
      );
      // What lies far from all else is a cluster of unknown, small width.
      const alone = gap > 0.15 * (values[0]! - values.at(-1)!);
      const spread = gap === Infinity ? 0 : gap / (alone ? 40 : 4);
      return values[i]! + spread * (1 - 2 * Math.min(1, (count - above) / weight));
    }
    above += weight;
  }
  return 0;
}
