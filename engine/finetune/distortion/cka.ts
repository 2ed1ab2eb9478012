import { columnMeans, crossMoment } from '../../linear/cross-moment';

/**
 * Linear centred kernel alignment of two representations of the same n samples (Kornblith et al. 2019):
 * ‖XᵀY‖²_F / (‖XᵀX‖_F ‖YᵀY‖_F) with centred columns. 1 where one is the other turned and scaled, 0 where they share
 * nothing linear; unchanged by rotation and scale, not by other linear maps.
 * @param x n × p, row-major; @param y n × q
 * @returns a number in [0, 1]; NaN where one of them is constant
 */
export function linearCka(x: Float32Array, y: Float32Array, n: number): number {
  const means = { x: columnMeans(x, n), y: columnMeans(y, n) };
  const cross = squares(crossMoment(x, y, n, { a: means.x, b: means.y }));
  const ofX = squares(crossMoment(x, x, n, { a: means.x, b: means.x }));
  const ofY = squares(crossMoment(y, y, n, { a: means.y, b: means.y }));
  return Math.min(1, cross / Math.sqrt(ofX * ofY));
}

function squares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
