import type { HostArrays, Signature, TensorMap } from '../compute/device';
import * as tf from '../compute/tensorflow';
import { filled, type Parameters } from '../model/parameters';

/**
 * An optimiser as a pure function of parameters, gradients and slots. Its slots are state beside the parameters;
 * what changes with the step comes in with the batch as scalars.
 */
export interface Optimizer {
  /** Slots at the start, by name. */
  slots(parameters: Parameters, names: readonly string[]): HostArrays;
  readonly signature: Signature;
  /** Scalars of a step, from 0 on, under the given learning rate. */
  scalars(step: number, learningRate: number): HostArrays;
  /** New parameters and slots. `state` holds parameters and slots, `batch` the scalars. */
  update(names: readonly string[], state: TensorMap, gradients: readonly tf.Tensor[], batch: TensorMap): TensorMap;
}

export interface OptimizerSettings {
  readonly name: 'sgd' | 'adamw';
  readonly weightDecay: number;
  /** For sgd. */
  readonly momentum: number;
  /** What the learning rate is multiplied by, parameter by parameter. By default 1. */
  readonly rateFactor?: (name: string) => number;
}

export function createOptimizer(settings: OptimizerSettings): Optimizer {
  return settings.name === 'sgd' ? sgd(settings) : adamw(settings);
}

const scalar: Signature[string] = { shape: [], dtype: 'float32' };

function value(number: number): HostArrays[string] {
  return { shape: [], data: Float32Array.of(number) };
}

function zeros(parameters: Parameters, names: readonly string[], slot: string): HostArrays {
  return Object.fromEntries(names.map((name) => [`optimizer/${slot}/${name}`, filled(parameters[name]!.shape, 0)]));
}

/** The learning rate of one parameter. */
function rateOf(name: string, rate: tf.Tensor, { rateFactor }: OptimizerSettings): tf.Tensor {
  const factor = rateFactor?.(name) ?? 1;
  return factor === 1 ? rate : tf.mul(rate, factor);
}

/** Stochastic gradient descent with momentum as PyTorch has it: v ← m v + g + λ p; p ← p − η v. */
function sgd(settings: OptimizerSettings): Optimizer {
  const { momentum, weightDecay } = settings;
  return {
    slots: (parameters, names) => zeros(parameters, names, 'momentum'),
    signature: { 'optimizer/rate': scalar },
    scalars: (_step, learningRate) => ({ 'optimizer/rate': value(learningRate) }),
    update(names, state, gradients, batch) {
      const next: TensorMap = {};
      names.forEach((name, i) => {
        const parameter = state[name]!;
        const slot = `optimizer/momentum/${name}`;
        const decayed = weightDecay === 0 ? gradients[i]! : tf.add(gradients[i]!, tf.mul(parameter, weightDecay));
        const velocity = tf.add(tf.mul(state[slot]!, momentum), decayed);
        next[slot] = velocity;
        next[name] = tf.sub(parameter, tf.mul(velocity, rateOf(name, batch['optimizer/rate']!, settings)));
      });
      return next;
    },
  };
}

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;

/** Adam with decoupled weight decay (Loshchilov & Hutter 2019), β = (.9, .999), ε = 1e-8, as PyTorch's AdamW. */
function adamw(settings: OptimizerSettings): Optimizer {
  const { weightDecay } = settings;
  return {
    slots: (parameters, names) => ({ ...zeros(parameters, names, 'first'), ...zeros(parameters, names, 'second') }),
    signature: { 'optimizer/rate': scalar, 'optimizer/step-size': scalar, 'optimizer/second-scale': scalar },
    scalars: (step, learningRate) => ({
      'optimizer/rate': value(learningRate),
      'optimizer/step-size': value(learningRate / (1 - beta1 ** (step + 1))),
      'optimizer/second-scale': value(1 / Math.sqrt(1 - beta2 ** (step + 1))),
    }),
    update(names, state, gradients, batch) {
      const next: TensorMap = {};
      names.forEach((name, i) => {
        const gradient = gradients[i]!;
        const first = tf.add(tf.mul(state[`optimizer/first/${name}`]!, beta1), tf.mul(gradient, 1 - beta1));
        const second = tf.add(
          tf.mul(state[`optimizer/second/${name}`]!, beta2),
          tf.mul(tf.square(gradient), 1 - beta2),
        );
        const denominator = tf.add(tf.mul(tf.sqrt(second), batch['optimizer/second-scale']!), epsilon);
        const decay = tf.sub(1, tf.mul(rateOf(name, batch['optimizer/rate']!, settings), weightDecay));
        const kept = weightDecay === 0 ? state[name]! : tf.mul(state[name]!, decay);
        next[`optimizer/first/${name}`] = first;
        next[`optimizer/second/${name}`] = second;
        const stepSize = rateOf(name, batch['optimizer/step-size']!, settings);
        next[name] = tf.sub(kept, tf.div(tf.mul(first, stepSize), denominator));
      });
      return next;
    },
  };
}
