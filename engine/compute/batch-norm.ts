import {
  add,
  customGrad,
  div,
  mean as meanOf,
  mul,
  reshape,
  rsqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
} from './tensorflow';

export interface Normalised<T extends Tensor> {
  /** (x − mean) / √(variance + ε) · gamma + beta, of x's shape. */
  readonly y: T;
  /** Mean of each channel over the batch (and positions), [c]. */
  readonly mean: Tensor1D;
  /** Biased variance of each channel over the batch (and positions), [c]; what running statistics average. */
  readonly variance: Tensor1D;
}

/**
 * Batch normalisation in training mode over every axis but the last: [n, c], [n, h, w, c].
 *
 * The gradient is the closed form of Ioffe and Szegedy (2015), with m elements a channel and
 * x̂ = (x − mean) / √(variance + ε):
 *   dbeta = Σ dy,  dgamma = Σ dy·x̂,  dx = gamma / √(variance + ε) · (dy − dbeta / m − x̂ · dgamma / m).
 * It flows through `y` alone: `mean` and `variance` are constants to a derivative. That is what running averages
 * want, and it costs a few passes over the data instead of the twenty kernels of the chain rule.
 *
 * @param x at least two elements a channel.
 * @param gamma scale, [c].
 * @param beta offset, [c].
 * @param epsilon added to the variance.
 */
export function batchNorm<T extends Tensor>(x: T, gamma: Tensor1D, beta: Tensor1D, epsilon: number): Normalised<T> {
  const axes = reducedAxes(x);
  const channels: [number] = [x.shape[x.shape.length - 1]!];
  if (x.size / channels[0] < 2) {
    throw new Error(
      `Batch norm needs at least two elements a channel; its input has the shape [${x.shape.join(', ')}].`,
    );
  }
  // Axes of length 1 are kept, so that a compiled program need not lift and transpose them again.
  const mean = meanOf(x, axes, true);
  const centred = sub(x, mean);
  const variance = meanOf(square(centred), axes, true);
  const inverse = rsqrt(add(variance, epsilon));
  // To a derivative, what is computed out here is constant: it sees the inputs of customGrad alone.
  const normalise = customGrad((...inputs) => {
    const [, scale, offset, save] = inputs as [Tensor, Tensor, Tensor, (kept: Tensor[]) => void];
    save([centred, inverse, scale]);
    return { value: add(mul(centred, mul(inverse, scale)), offset), gradFunc: backward };
  });
  return {
    y: normalise(x, gamma, beta) as T,
    mean: reshape(mean, channels) as Tensor1D,
    variance: reshape(variance, channels) as Tensor1D,
  };
}

/** dx, dgamma, dbeta from dy and what the forward pass saved. */
function backward(dy: Tensor, saved: Tensor[]): Tensor[] {
  const [centred, inverse, scale] = saved as [Tensor, Tensor, Tensor];
  const axes = reducedAxes(dy);
  const count = dy.size / scale.size;
  const slope = mul(inverse, scale);
  const dOffset = sum(dy, axes, true);
  const dScale = mul(sum(mul(dy, centred), axes, true), inverse);
  const pull = div(mul(mul(inverse, dScale), slope), count);
  const shift = div(mul(dOffset, slope), count);
  const dx = sub(mul(dy, slope), add(mul(centred, pull), shift));
  return [dx, reshape(dScale, scale.shape), reshape(dOffset, scale.shape)];
}

function reducedAxes(x: Tensor): number[] {
  return Array.from({ length: x.shape.length - 1 }, (_, axis) => axis);
}
