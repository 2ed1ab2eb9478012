import {
  avgPool,
  backend_util,
  div,
  engine,
  type GradFunc,
  ones,
  pad,
  registerGradient,
  slice,
  type Tensor,
  type Tensor4D,
  unregisterGradient,
  zeros,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';

/** A comparison is constant almost everywhere; TensorFlow.js knows no derivative of it and would refuse `where`. */
for (const kernelName of ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual']) {
  registerGradient({
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (_dy, saved) => {
      const [a, b] = saved as [Tensor, Tensor];
      return { a: () => zeros(a.shape), b: () => zeros(b.shape) };
    },
  });
}

type Pair = [number, number];
interface Pooling {
  readonly filterSize: number | Pair;
  readonly strides: number | Pair;
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * Average pooling leaves padding out of the average, but TensorFlow.js's CPU kernel for the gradient divides by the
 * whole window at the border too. Here the gradient of a padded pooling is taken from that of an unpadded one.
 */
const averagePoolGradient: GradFunc = (dy, saved, attributes) => {
  const [x] = saved as [Tensor4D];
  const { filterSize, strides, pad: padding, dimRoundingMode } = attributes as unknown as Pooling;
  const info = backend_util.computePool2DInfo(x.shape, filterSize, strides, 1, padding, dimRoundingMode);
  const { top, left, bottom, right } = info.padInfo;
  const kernel = (gradient: Tensor, input: Tensor): Tensor4D =>
    engine().runKernel('AvgPoolGrad', { dy: gradient, input }, { filterSize, strides, pad: 'valid' });
  if (top + left + bottom + right === 0) return { x: () => kernel(dy as Tensor, x) };
  const border: [Pair, Pair, Pair, Pair] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return {
    x: () => {
      const image: Tensor4D = ones([1, info.inHeight, info.inWidth, 1]);
      const shareInside = avgPool(pad(image, border), filterSize, strides, 'valid');
      const padded = kernel(div(dy as Tensor, shareInside), pad(x, border));
      return slice(padded, [0, top, left, 0], x.shape);
    },
  };
};
unregisterGradient('AvgPool');
registerGradient({ kernelName: 'AvgPool', inputsToSave: ['x'], gradFunc: averagePoolGradient });
