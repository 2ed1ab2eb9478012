import {
  avgPool,
  backend_util,
  div,
  engine,
  getGradient,
  type GradFunc,
  ones,
  pad,
  registerGradient,
  reshape,
  slice,
  stridedSlice,
  type Tensor,
  type Tensor4D,
  unregisterGradient,
  zeros,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';

/** A comparison is constant almost everywhere; TensorFlow.js knows no derivative of it and would refuse `where`. */
const comparisonGradient: GradFunc = (_dy, saved) => {
  const [a, b] = saved as [Tensor, Tensor];
  return { a: () => zeros(a.shape), b: () => zeros(b.shape) };
};

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

/** The filter with dilation − 1 zeros between its taps: an undilated convolution with it is the dilated one. */
function spread(filter: Tensor4D, [dilateRows, dilateColumns]: Pair): Tensor4D {
  const [height, width, inputs, outputs] = filter.shape;
  const apart = pad(reshape(filter, [height, 1, width, 1, inputs * outputs]), [
    [0, 0],
    [0, dilateRows - 1],
    [0, 0],
    [0, dilateColumns - 1],
    [0, 0],
  ]);
  const whole: Tensor4D = reshape(apart, [height * dilateRows, width * dilateColumns, inputs, outputs]);
  return slice(whole, [0, 0, 0, 0], [(height - 1) * dilateRows + 1, (width - 1) * dilateColumns + 1, inputs, outputs]);
}

/** TensorFlow.js has no gradient of dilated convolutions. */
const plainConvolutionGradient = getGradient('Conv2D');
const convolutionGradient: GradFunc = (dy, saved, attributes) => {
  const { dilations } = attributes as unknown as { dilations: number | Pair };
  const dilation: Pair = typeof dilations === 'number' ? [dilations, dilations] : dilations;
  if (dilation[0] * dilation[1] === 1) return plainConvolutionGradient.gradFunc(dy, saved, attributes);
  const [x, filter] = saved as [Tensor4D, Tensor4D];
  const { strides, pad: padding, dimRoundingMode } = attributes as unknown as Pooling;
  const info = backend_util.computeConv2DInfo(x.shape, filter.shape, strides, dilation, padding, dimRoundingMode);
  const { top, left, bottom, right } = info.padInfo;
  // Said in numbers, since 'same' would be worked out anew for the wider filter.
  const explicit: [Pair, Pair, Pair, Pair] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  const wide = spread(filter, dilation);
  const common = { strides, pad: explicit, dataFormat: 'NHWC' };
  return {
    x: () =>
      engine().runKernel('Conv2DBackpropInput', { dy: dy as Tensor, filter: wide }, { ...common, inputShape: x.shape }),
    filter: () => {
      const gradient: Tensor4D = engine().runKernel(
        'Conv2DBackpropFilter',
        { x, dy: dy as Tensor },
        { ...common, filterShape: wide.shape },
      );
      return stridedSlice(gradient, [0, 0, 0, 0], wide.shape, [...dilation, 1, 1]);
    },
  };
};
/** Puts these gradients in TensorFlow.js's place; again after another copy of it has registered its own. */
export function registerMoreGradients(): void {
  for (const kernelName of ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual']) {
    replaceGradient(kernelName, ['a', 'b'], comparisonGradient);
  }
  replaceGradient('AvgPool', ['x'], averagePoolGradient);
  replaceGradient('Conv2D', ['x', 'filter'], convolutionGradient);
}

function replaceGradient(kernelName: string, inputsToSave: string[], gradFunc: GradFunc): void {
  if (getGradient(kernelName)) unregisterGradient(kernelName);
  registerGradient({ kernelName, inputsToSave, gradFunc });
}

registerMoreGradients();
