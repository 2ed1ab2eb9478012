import {
  engine,
  getKernel,
  type KernelFunc,
  type NamedAttrMap,
  pad,
  registerKernel,
  slice,
  unregisterKernel,
} from './tensorflow';
import type { Tensor, TensorInfo } from './tensorflow';

type Amounts = [number, number][];

/** Padding of [n, h, w, c] in numbers, as PyTorch's networks have it; undefined for 'same', 'valid' and none. */
function amountsOf({ pad: given }: NamedAttrMap): Amounts | undefined {
  if (typeof given === 'number')
    return given === 0
      ? undefined
      : [
          [0, 0],
          [given, given],
          [given, given],
          [0, 0],
        ];
  return Array.isArray(given) ? (given as unknown as Amounts) : undefined;
}

const valid = (attrs: NamedAttrMap): NamedAttrMap => ({ ...attrs, pad: 'valid' });

/** Pads what a window slides over, then runs the kernel without padding. `fill` loses against any value. */
function padding(input: string, fill = 0): (original: KernelFunc) => KernelFunc {
  return (original) => (call) => {
    const amounts = amountsOf(call.attrs!);
    if (!amounts) return original(call);
    const padded = pad(call.inputs[input] as Tensor, amounts, fill);
    return original({ ...call, inputs: { ...call.inputs, [input]: padded }, attrs: valid(call.attrs!) });
  };
}

/** The gradient with respect to a padded input, without its borders. */
function unpadding(original: KernelFunc): KernelFunc {
  return (call) => {
    const amounts = amountsOf(call.attrs!);
    if (!amounts) return original(call);
    const shape = call.attrs!['inputShape'] as number[];
    const inputShape = shape.map((size, axis) => size + amounts[axis]![0] + amounts[axis]![1]);
    return inner(original({ ...call, attrs: { ...valid(call.attrs!), inputShape } }), amounts, shape);
  };
}

function poolGradient(original: KernelFunc): KernelFunc {
  return (call) => {
    const amounts = amountsOf(call.attrs!);
    if (!amounts) return original(call);
    const { shape } = call.inputs['input']!;
    const input = pad(call.inputs['input'] as Tensor, amounts, -Infinity);
    const inputs = { ...call.inputs, input };
    return inner(original({ ...call, inputs, attrs: valid(call.attrs!) }), amounts, shape);
  };
}

function inner(result: TensorInfo | TensorInfo[], amounts: Amounts, shape: number[]): TensorInfo {
  const whole = engine().makeTensorFromTensorInfo(result as TensorInfo);
  const begin = amounts.map(([before]) => before);
  return slice(whole, begin, shape);
}

const wrappers: Record<string, (original: KernelFunc) => KernelFunc> = {
  Conv2D: padding('x'),
  Conv2DBackpropFilter: padding('x'),
  Conv2DBackpropInput: unpadding,
  DepthwiseConv2dNative: padding('x'),
  DepthwiseConv2dNativeBackpropFilter: padding('x'),
  DepthwiseConv2dNativeBackpropInput: unpadding,
  MaxPool: padding('x', -Infinity),
  MaxPoolGrad: poolGradient,
};

const done = new Set<string>();

/**
 * Teaches a backend's kernels of windows over [n, h, w, c] padding in numbers, by padding their input first. tfjs-node's
 * know 'same' and 'valid' alone, and 'same' is another padding than PyTorch's where the stride is above 1.
 */
export function supportExplicitPadding(backendName: string): void {
  if (done.has(backendName)) return;
  done.add(backendName);
  for (const [kernelName, wrap] of Object.entries(wrappers)) {
    const original = getKernel(kernelName, backendName);
    if (!original) continue;
    unregisterKernel(kernelName, backendName);
    registerKernel({ ...original, kernelFunc: wrap(original.kernelFunc) });
  }
}
