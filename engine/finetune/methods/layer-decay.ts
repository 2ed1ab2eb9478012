import type { Plan, PlanInput } from './plan';

/**
 * Learning rates that fall from the head to the input (Howard & Ruder 2018; as BEiT has it, Bao et al. 2022): block i of
 * n, counted from 1, learns at factor^(n + 1 − i) times the rate, the head at the full rate.
 */
export function layerDecay({ settings: { layerDecay: options }, blocks }: PlanInput): Plan {
  const factors = new Map<string, number>();
  blocks.forEach(({ parameters }, i) => {
    for (const name of parameters) factors.set(name, options.factor ** (blocks.length - i));
  });
  return { start: options.start, variants: [{ rateFactor: (name) => factors.get(name) ?? 1 }] };
}
