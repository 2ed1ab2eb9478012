import { layerDecay } from './layer-decay';
import { l2sp } from './l2-sp';
import { partial } from './partial';
import type { Plan, PlanInput, TrainedMethod } from './plan';

export { isHead } from './plan';
export type { Plan, PlanInput, TrainedMethod, Variant } from './plan';

/** A new method that trains is one file and one entry here. */
const plans: Record<TrainedMethod, (input: PlanInput) => Plan> = {
  FT: () => ({ start: 'random', variants: [{}] }),
  'LP-FT': () => ({ start: 'probe', variants: [{}] }),
  'L2-SP': l2sp,
  'first-blocks': (input) => partial('first', input),
  'last-blocks': (input) => partial('last', input),
  'layer-decay': layerDecay,
};

export function planOf(method: TrainedMethod, input: PlanInput): Plan {
  return plans[method](input);
}
