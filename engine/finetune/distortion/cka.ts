import { columnMeans, crossMoment, transpose } from '../../linear/cross-moment';

/**
 * Linear centred kernel alignment of two representations of the same n samples (Kornblith et al. 2019):
 * ‖XᵀY‖²_F / (‖XᵀX‖_F ‖YᵀY‖_F) with centred columns. 1 where one is the other turned and scaled, 0 where they share
 * nothing linear; unchanged by rotation and scale, not by other linear maps.
 * @param x n × p, row-major; @param y n × q
 * @returns a number in [0, 1]; NaN where one of them is constant
 */
export function linearCka(x: Float32Array, y: Float32Array, n: number): number {
  if (n < Math.min(x.length, y.length) / n) return kernelAlignment(centredKernel(x, n), centredKernel(y, n));
  const means = { x: columnMeans(x, n), y: columnMeans(y, n) };
  const cross = squares(crossMoment(x, y, n, { a: means.x, b: means.y }));
  const ofX = squares(crossMoment(x, x, n, { a: means.x, b: means.x }));
  const ofY = squares(crossMoment(y, y, n, { a: means.y, b: means.y }));
  return Math.min(1, cross / Math.sqrt(ofX * ofY));
}

/** The same from n × n kernels, which are smaller where there are fewer samples than dimensions: ⟨K, L⟩ / (‖K‖ ‖L‖). */
function kernelAlignment(K: Float64Array, L: Float64Array): number {
  const product = K.reduce((sum, value, i) => sum + value * L[i]!, 0);
  return Math.min(1, product / Math.sqrt(squares(K) * squares(L)));
}

/** Products of the samples' features, from which their means are taken away: H X Xᵀ H, H = I − 11ᵀ/n. */
function centredKernel(x: Float32Array, n: number): Float64Array {
  const columns = transpose(x, n);
  const kernel = crossMoment(columns, columns, x.length / n);
  const means = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) means[i]! += kernel[i * n + j]! / n;
  const mean = means.reduce((sum, value) => sum + value, 0) / n;
  return kernel.map((value, at) => value - means[Math.floor(at / n)]! - means[at % n]! + mean);
}

function squares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
