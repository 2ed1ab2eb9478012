import { growthRate, type FilterInterval } from './chebyshev';
import { valueOfCount, type SpectralDensity } from './density';
import { panelWidth } from './workspace';

/** Seconds of one filter step of one panel, and of a pair of panels in a Rayleigh–Ritz step. */
export interface Costs {
  readonly step: number;
  readonly pair: number;
}

export function estimateCosts(nodes: number, nonzeros: number): Costs {
  return { step: 5e-9 * nonzeros + 1.5e-8 * nodes, pair: 2.5e-8 * nodes };
}

/** Costs this many times the least are not told apart from it. */
const nearLeast = 1.1;
/** Columns beyond the wanted ones that a block needs for its last ones to go by the rate that is expected of them. */
const guards = 12;

/** Seconds until convergence with `panels` panels, for `steps` filter steps of each. */
export function costOf({ step, pair }: Costs, panels: number, steps: number): number {
  const passes = 2 + steps / 25;
  const dense = 1.2e-8 * (panels * panelWidth) ** 3;
  return panels * step * steps + passes * (2 * pair * panels * panels + 4 * step * panels + dense);
}

/**
 * How many panels to start with for `count` eigenpairs: more than they need where the spectrum is dense beyond them,
 * since the rate of convergence depends on the first eigenvalue outside of the block. The density is an estimate whose
 * masses stand for many eigenvalues each, and a block can grow but not shrink: the fewest whose cost is near the least.
 */
export function firstPanels(
  density: SpectralDensity,
  low: number,
  count: number,
  costs: Costs,
  most: number,
  tolerance: number,
): number {
  const least = Math.min(most, Math.ceil((count + guards) / panelWidth));
  // The density's masses are uncertain by some percent.
  const wanted = valueOfCount(density, 0.9 * count);
  const expected: number[] = [];
  for (let panels = least; panels <= most; panels++) {
    // Where the block ends is known roughly, and jumps from mass to mass.
    const steps = [0.8, 1, 1.2].map((about) => {
      const cut = valueOfCount(density, about * panels * panelWidth);
      const rate = growthRate(wanted, { low, cut: Math.max(cut, low + 1e-3) });
      return Math.log(4 / tolerance) / Math.max(rate, 0.02);
    });
    expected.push(costOf(costs, panels, steps.reduce((sum, each) => sum + each, 0) / steps.length));
  }
  const enough = nearLeast * Math.min(...expected);
  return least + expected.findIndex((cost) => cost <= enough);
}

/**
 * How many panels to add to a block whose wanted columns still need the growth `left` (a logarithm): their rate is
 * that of `wanted` over the block's end, which would lie lower in a larger block.
 */
export function extraPanels(
  values: readonly number[],
  wanted: number,
  interval: FilterInterval,
  left: number,
  density: SpectralDensity,
  found: number,
  costs: Costs,
  most: number,
): number {
  const panels = values.length / panelWidth;
  const steps = left / Math.max(1e-4, growthRate(wanted, interval));
  if (steps < 50) return 0;
  const end = values.at(-1)!;
  // Ritz values of unconverged guards lie lower, and so farther apart, than the eigenvalues that follow.
  const spacing = 0.5 * ((values.at(-panelWidth - 1) ?? values[0]!) - end);
  let best = { extra: 0, cost: 0.8 * costOf(costs, panels, steps) };
  for (let extra = 1; extra <= most; extra++) {
    const known = valueOfCount(density, found + (panels + extra) * panelWidth);
    const cut = Math.max(interval.low + 1e-3, Math.min(interval.cut, end - extra * spacing, Math.max(known, -1)));
    const rate = growthRate(wanted, { low: interval.low, cut });
    // New columns have to catch up.
    const cost = costOf(costs, panels + extra, (left + 4) / Math.max(1e-4, rate));
    if (cost < best.cost) best = { extra, cost };
  }
  return best.extra;
}
