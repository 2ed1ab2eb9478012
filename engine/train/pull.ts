import type { TensorMap } from '../compute/device';
import * as tf from '../compute/tensorflow';
import type { Parameters } from '../model/parameters';
import type { Optimizer } from './optimizer';

/** A quadratic penalty on one parameter: strength/2 · ‖w − w₀‖², w₀ its value at the start of training or zero. */
export interface Pull {
  readonly strength: number;
  readonly towards: 'start' | 'zero';
}

const slot = (name: string): string => `optimizer/start/${name}`;

/**
 * An optimiser of the loss plus a penalty (L2-SP, Li et al. 2018): strength · (w − w₀) is added to each gradient, which
 * is the penalty's own gradient. Where training started is kept among the optimiser's slots, so that a checkpoint has it.
 */
export function withPull(inner: Optimizer, pullOf: (name: string) => Pull | undefined): Optimizer {
  const pulled = (name: string): Pull | undefined => {
    const pull = pullOf(name);
    return pull && pull.strength > 0 ? pull : undefined;
  };
  return {
    ...inner,
    slots(parameters, names) {
      const anchored = names.filter((name) => pulled(name)?.towards === 'start');
      const starts: Parameters = Object.fromEntries(anchored.map((name) => [slot(name), parameters[name]!]));
      return { ...inner.slots(parameters, names), ...starts };
    },
    update(names, state: TensorMap, gradients, batch) {
      const penalised = names.map((name, i) => {
        const pull = pulled(name);
        if (!pull) return gradients[i]!;
        const away = pull.towards === 'start' ? tf.sub(state[name]!, state[slot(name)]!) : state[name]!;
        return tf.add(gradients[i]!, tf.mul(away, pull.strength));
      });
      return inner.update(names, state, penalised, batch);
    },
  };
}
