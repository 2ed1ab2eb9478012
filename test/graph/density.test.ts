import { describe, expect, it } from 'vitest';
import { densityFromMoments, valueOfCount } from '../../engine/graph/eigen/density';

/** μ_l = Σ_i T_l(λ_i), from T_l(cos θ) = cos lθ. */
const momentsOf = (eigenvalues: readonly number[], count: number): number[] =>
  Array.from({ length: count }, (_, l) =>
    eigenvalues.reduce((sum, value) => sum + Math.cos(l * Math.acos(Math.max(-1, Math.min(1, value)))), 0),
  );

const times = (count: number, value: number): number[] => Array<number>(count).fill(value);
const uniform = Array.from({ length: 1000 }, (_, i) => 1 - (2 * (i + 0.5)) / 1000);

describe('a spectral density from Chebyshev moments', () => {
  it('finds point masses where they are', () => {
    const { values, weights } = densityFromMoments(
      momentsOf([...times(5, 0.9), ...times(40, 0.2), ...times(55, -0.5)], 12),
    );
    expect([...values].map((value) => Number(value.toFixed(5)))).toEqual([0.9, 0.2, -0.5]);
    expect([...weights].map((weight) => Number(weight.toFixed(3)))).toEqual([5, 40, 55]);
  });

  it('is a Gauss quadrature: 6 masses give every power sum up to the 11th', () => {
    const { values, weights } = densityFromMoments(momentsOf(uniform, 12));
    expect(values).toHaveLength(6);
    for (let power = 0; power <= 11; power++) {
      const exact = uniform.reduce((sum, value) => sum + value ** power, 0);
      expect(values.reduce((sum, value, i) => sum + weights[i]! * value ** power, 0)).toBeCloseTo(exact, 4);
    }
  });

  it('says about where the c-th largest eigenvalue lies', () => {
    const density = densityFromMoments(momentsOf(uniform, 40));
    for (const count of [20, 100, 300, 500, 800])
      expect(Math.abs(valueOfCount(density, count) - uniform[count]!)).toBeLessThan(0.05);
  });

  it('is empty where there is no eigenvalue', () => {
    expect(densityFromMoments([0, 0, 0, 0]).values).toHaveLength(0);
    expect(densityFromMoments([]).values).toHaveLength(0);
  });
});
