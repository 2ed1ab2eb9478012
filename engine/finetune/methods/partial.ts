import { trainableNames, type Parameters } from '../../model/parameters';
import type { Plan, PlanInput } from './plan';

/**
 * Surgical fine-tuning (Lee et al. 2023): the first or the last blocks of the encoder change, and the head; everything
 * else stays. The first suit a shift of the input (corruptions), the last one of the labels.
 */
export function partial(which: 'first' | 'last', { settings: { partial: options }, blocks }: PlanInput): Plan {
  const learning = blocks.filter(({ parameters }) => learned(parameters).length > 0);
  const count = Math.max(1, Math.min(learning.length - 1, Math.round(options.share * learning.length)));
  const chosen = which === 'first' ? learning.slice(0, count) : learning.slice(-count);
  const trained = [...chosen.flatMap(({ parameters }) => learned(parameters)), 'head.weight', 'head.bias'];
  return { start: options.start, variants: [{ trained }] };
}

/** Those of some names that an optimiser may change. */
function learned(names: readonly string[]): string[] {
  const none: Parameters[string] = { shape: [], data: new Float32Array() };
  return trainableNames(Object.fromEntries(names.map((name) => [name, none])));
}
