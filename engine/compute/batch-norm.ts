import { batchNormGradientKernel, batchNormKernel } from './lower/batch-norm';
import { add, customGrad, div, engine, mean, mul, reshape, rsqrt, square, sub, sum } from './tensorflow';
import type { Tensor, Tensor1D } from './tensorflow';
import { traceBackendName } from './trace/backend';

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
  const channels = x.shape[x.shape.length - 1]!;
  if (x.size / channels < 2) {
    throw new Error(
      `Batch norm needs at least two elements a channel; its input has the shape [${x.shape.join(', ')}].`,
    );
  }
  const compiled = engine().backendName === traceBackendName;
  const statistics: Tensor[] = [];
  const normalise = customGrad((...inputs) => {
    const [values, scale, offset, save] = inputs as [Tensor, Tensor, Tensor, (kept: Tensor[]) => void];
    const forward = compiled ? recordedForward : composedForward;
    const { y, mean: average, variance, centred, inverse } = forward(values, scale, offset, epsilon);
    save([centred, inverse, scale]);
    // Kept, since what a function with its own gradient makes beside its value is freed when it ends.
    statistics.push(engine().keep(average), engine().keep(variance));
    return { value: y, gradFunc: compiled ? recordedBackward : composedBackward };
  });
  const y = normalise(x, gamma, beta) as T;
  const [average, variance] = statistics.map((kept) => {
    const tensor: Tensor1D = reshape(kept, [channels]);
    kept.dispose();
    return tensor;
  });
  return { y, mean: average!, variance: variance! };
}

interface Forward {
  y: Tensor;
  mean: Tensor;
  variance: Tensor;
  centred: Tensor;
  inverse: Tensor;
}

function recordedForward(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Forward {
  const results: Tensor[] = engine().runKernel(batchNormKernel, { x, gamma, beta }, { epsilon });
  const [y, average, variance, centred, inverse] = results as [Tensor, Tensor, Tensor, Tensor, Tensor];
  return { y, mean: average, variance, centred, inverse };
}

function recordedBackward(dy: Tensor, saved: Tensor[]): Tensor[] {
  const [centred, inverse, gamma] = saved as [Tensor, Tensor, Tensor];
  return engine().runKernel(batchNormGradientKernel, { dy, centred, inverse, gamma });
}

function composedForward(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Forward {
  const axes = allButLast(x);
  const average = mean(x, axes);
  const centred = sub(x, average);
  const variance = mean(square(centred), axes);
  const inverse = rsqrt(add(variance, epsilon));
  return { y: add(mul(centred, mul(inverse, gamma)), beta), mean: average, variance, centred, inverse };
}

function composedBackward(dy: Tensor, saved: Tensor[]): Tensor[] {
  const [centred, inverse, gamma] = saved as [Tensor, Tensor, Tensor];
  const axes = allButLast(dy);
  const count = dy.size / gamma.size;
  const slope = mul(inverse, gamma);
  const dOffset = sum(dy, axes);
  const dScale = mul(sum(mul(dy, centred), axes), inverse);
  const pull = div(mul(mul(inverse, dScale), slope), count);
  const shift = div(mul(dOffset, slope), count);
  return [sub(mul(dy, slope), add(mul(centred, pull), shift)), dScale, dOffset];
}

function allButLast(x: Tensor): number[] {
  return Array.from({ length: x.shape.length - 1 }, (_, axis) => axis);
}
