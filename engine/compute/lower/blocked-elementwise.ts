import { blockedDomain, type Made } from '../onnx/graph';
import { sizeOf, type Value } from '../trace/values';
import { blocked, blockedHome, convolve } from './blocked';
import type { Lowering } from './lowering';

/**
 * What happens to images between two blocked convolutions, in their layout. A number for each channel is a depthwise
 * 1x1 convolution: one pass on all threads, which also adds another image and applies ReLU.
 */

/**
 * x · scale + offset with one number a channel, [c] each; x and the result blocked arrays of the shape [n, c, h, w].
 * `plus`: another that is added, in whose memory the result is made where it is free.
 */
export function channelAffine(
  to: Lowering,
  x: string,
  scale: string,
  offset: string,
  { channels, plus }: { channels: number; plus?: string },
): string {
  const sum = plus === undefined ? [] : [plus];
  const filter = to.reshape(scale, [channels, 1, 1, 1]);
  return convolve(to, [x, filter, offset, ...sum], { kernel: [1, 1], group: channels });
}

/** Blocked operands of an elementwise operator if one is at home there and the others are whole images or scalars. */
export function blockedOperands(
  to: Lowering,
  values: readonly Value[],
  shape: readonly number[],
): string[] | undefined {
  const whole = (value: Value): boolean => value.shape.length === 4 && value.shape.join() === shape.join();
  if (!values.some((value) => whole(value) && blockedHome(to, value) !== undefined)) return undefined;
  if (!values.every((value) => value.dtype === 'float32' && (whole(value) || sizeOf(value.shape) === 1))) {
    return undefined;
  }
  return values.map((value) => (whole(value) ? blocked(to, value) : to.primary(value).name));
}

/** ReLU of a blocked array, by the affine step that makes it if one does. */
export function blockedRelu(to: Lowering, name: string): string {
  const made = to.graph.maker(name);
  if (!made || !isAffine(made)) return to.graph.add('Relu', [name]);
  return to.graph.add('Conv', made.inputs, { ...made.attributes, activation: 'Relu' }, blockedDomain);
}

/** a + b, by the blocked convolution that makes one of them if nobody else needs that one. */
export function blockedSum(to: Lowering, values: readonly [Value, Value], names: readonly [string, string]): string {
  for (const [i, j] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const made = to.graph.maker(names[i]);
    if (made?.domain !== blockedDomain || made.op !== 'Conv' || to.uses(values[i]) > 1) continue;
    if (made.inputs.length > 3 || 'activation' in made.attributes || sizeOf(values[j].shape) === 1) continue;
    const [x, filter, offset] = made.inputs as [string, string, string | undefined];
    return to.graph.add('Conv', [x, filter, offset ?? '', names[j]], made.attributes, blockedDomain);
  }
  return to.graph.add('Add', names);
}

/** True for what `channelAffine` makes: cheap enough to be done again for somebody who wants it without ReLU. */
function isAffine({ domain, attributes }: Made): boolean {
  const { group, kernel_shape: kernel, activation } = attributes;
  return domain === blockedDomain && group !== undefined && String(kernel) === '1,1' && activation === undefined;
}
