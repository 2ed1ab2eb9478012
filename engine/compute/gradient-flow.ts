import { clone, customGrad, mul, neg, type Scalar, type Tensor, zerosLike } from './tensorflow';

/** x, of which a derivative knows nothing: its gradient is zero. */
export function stopGradient<T extends Tensor>(x: T): T {
  return customGrad((value) => ({
    value: clone(value as Tensor),
    gradFunc: (dy: Tensor) => zerosLike(dy),
  }))(x) as T;
}

/** x, whose gradient is −strength times what comes back (Ganin & Lempitsky 2015). */
export function reverseGradient<T extends Tensor>(x: T, strength: Scalar): T {
  return customGrad((value, factor, save) => {
    (save as (kept: Tensor[]) => void)([factor as Tensor]);
    return {
      value: clone(value as Tensor),
      gradFunc: (dy: Tensor, saved: Tensor[]) => [neg(mul(dy, saved[0]!)), zerosLike(saved[0]!)],
    };
  })(x, strength) as T;
}
