import type { TensorMap } from './device';
import { clone, keep, type Scalar, type Tensor, valueAndGrads } from './tensorflow';

export interface LossAndGradients {
  readonly loss: Scalar;
  /** What the function returned beside its loss, e.g. the statistics of batch norm. */
  readonly others: TensorMap;
  /** The derivative of the loss with respect to each parameter, of its shape. */
  readonly gradients: TensorMap;
}

/**
 * Value and gradients of a loss with respect to named parameters, with further results of the same forward pass.
 * TensorFlow.js frees everything that a differentiated function makes but its value; the others are kept here.
 */
export function lossAndGradients(
  parameters: TensorMap,
  f: (parameters: TensorMap) => { loss: Scalar; others?: TensorMap },
): LossAndGradients {
  const names = Object.keys(parameters);
  const inside: TensorMap = {};
  const { value, grads } = valueAndGrads((...tensors: Tensor[]) => {
    const result = f(Object.fromEntries(names.map((name, i) => [name, tensors[i]!])));
    for (const [name, tensor] of Object.entries(result.others ?? {})) inside[name] = keep(tensor);
    return result.loss;
  })(names.map((name) => parameters[name]!));
  const others = Object.fromEntries(
    Object.entries(inside).map(([name, kept]) => {
      // A clone belongs to the caller's scope, which frees it as anything else.
      const tensor = clone(kept);
      kept.dispose();
      return [name, tensor];
    }),
  );
  return {
    loss: value as Scalar,
    others,
    gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])),
  };
}
