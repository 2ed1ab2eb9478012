import { describe, expect, it } from 'vitest';
import { extraPanels, costOf, estimateCosts, firstPanels } from '../../engine/graph/eigen/plan';
import { panelWidth } from '../../engine/graph/eigen/workspace';

const costs = estimateCosts(100_000, 2_000_000);

describe('the size of the block', () => {
  it('holds the wanted eigenpairs and some guards, and is not beyond the most', () => {
    const gap = { values: Float64Array.of(0.95, 0.1), weights: Float64Array.of(20, 99_980) };
    for (const count of [1, 10, 20, 50, 200]) {
      const panels = firstPanels(gap, -0.5, count, costs, 40, 1e-5);
      expect(panels * panelWidth).toBeGreaterThanOrEqual(count + 7);
      expect(panels).toBeLessThanOrEqual(40);
    }
    expect(firstPanels(gap, -0.5, 500, costs, 10, 1e-5)).toBe(10);
  });

  it('reaches for a gap that follows somewhat behind the wanted ones', () => {
    const gap = { values: Float64Array.of(0.95, 0.1), weights: Float64Array.of(55, 99_945) };
    const dense = {
      values: Float64Array.of(0.999, 0.998, 0.5),
      weights: Float64Array.of(55, 30, 99_915),
    };
    expect(firstPanels(dense, -0.5, 50, costs, 40, 1e-5)).toBeGreaterThan(firstPanels(gap, -0.5, 50, costs, 40, 1e-5));
  });

  it('costs more with more panels and with more steps', () => {
    expect(costOf(costs, 4, 100)).toBeGreaterThan(costOf(costs, 3, 100));
    expect(costOf(costs, 4, 200)).toBeGreaterThan(costOf(costs, 4, 100));
  });

  it('stays where convergence is near, and grows where the rate is next to nothing', () => {
    const values = Array.from({ length: 2 * panelWidth }, (_, i) => 0.99 - 0.002 * i);
    const density = { values: Float64Array.of(0.9, 0.3), weights: Float64Array.of(60, 99_940) };
    const interval = { low: -0.5, cut: values.at(-1)! };
    expect(extraPanels(values, 0.99, interval, 1, density, 0, costs, 20)).toBe(0);
    expect(extraPanels(values, values.at(-1)! + 1e-5, interval, 12, density, 0, costs, 20)).toBeGreaterThan(0);
  });
});
