import type { HostArrays, Precision, ProgramDefinition, Signature, TensorMap } from '../compute/device';
import * as tf from '../compute/tensorflow';
import { type Mode, Pass } from '../model/layers';
import { trainableNames, type Parameters } from '../model/parameters';
import { scaled, unscaled, withLossScale } from './loss-scale';
import type { Optimizer } from './optimizer';

export interface TrainingStep {
  readonly parameters: Parameters;
  readonly batch: Signature;
  /** The loss of a batch, a scalar, as a function of the pass's parameters. */
  readonly loss: (pass: Pass, batch: TensorMap) => tf.Scalar;
  readonly optimizer: Optimizer;
  /** 'evaluate' trains with the running statistics as they are: frozen batch normalisation. By default 'train'. */
  readonly mode?: Mode;
  /** Names of the parameters that change. By default every trainable one. */
  readonly trained?: readonly string[];
  /**
   * New values of what moves without a gradient of its own, after the optimiser's step. `before` and `after` hold every
   * parameter.
   */
  readonly follow?: (before: TensorMap, after: TensorMap, batch: TensorMap) => TensorMap;
}

/** One optimiser step: loss, gradients, new parameters, slots and running statistics. Outputs `loss`. */
export function trainingProgram(step: TrainingStep, precision: Precision = 'float32'): ProgramDefinition {
  const { parameters, loss, mode = 'train' } = step;
  const mixed = precision === 'mixed';
  const optimizer = mixed ? withLossScale(step.optimizer) : step.optimizer;
  const names = step.trained ?? trainableNames(parameters);
  return {
    state: { ...parameters, ...optimizer.slots(parameters, names) },
    batch: { ...step.batch, ...optimizer.signature },
    mixed,
    step(state, batch) {
      const buffers: TensorMap = {};
      const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
        const trained = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
        const pass = new Pass({ ...state, ...trained }, mode);
        const result = loss(pass, batch);
        Object.assign(buffers, pass.buffers);
        return mixed ? scaled(result, state) : result;
      })(names.map((name) => state[name]!));
      const next = { ...optimizer.update(names, state, grads, batch), ...buffers };
      const followed = step.follow?.(state, { ...state, ...next }, batch);
      return { state: { ...next, ...followed }, outputs: { loss: mixed ? unscaled(value, state) : value } };
    },
  };
}

/** What of a program's state belongs to the network. */
export function networkOf(state: HostArrays): Parameters {
  return Object.fromEntries(Object.entries(state).filter(([name]) => !name.startsWith('optimizer/')));
}
