import type { HostArray, HostArrays } from '../compute/device';
import type { Random } from '../data/random';

/**
 * Parameters and buffers of a network by torchvision's names, in PyTorch's layouts, so that checkpoints travel:
 * convolutions [out, in, height, width], linear layers [out, in].
 */
export type Parameters = HostArrays;

/** Buffers belong to a checkpoint but are not trained: running statistics, and the input's mean and deviation. */
export function isBuffer(name: string): boolean {
  return /(^|[./])(running|moving)_(mean|var|variance)$|^normalize\./.test(name);
}

/** Names that belong to what a study puts on a network and around it. */
const ours = /^(head|projection|target|normalize)\.|^(optimizer|history)\//;
const foreign = 'model.';

/** A name from somebody's file as a parameter's here: the same, but where it would be taken for one of ours. */
export function importedName(name: string): string {
  return ours.test(name) ? foreign + name : name;
}

/** The name in the file again. */
export function exportedName(name: string): string {
  return name.startsWith(foreign) && ours.test(name.slice(foreign.length)) ? name.slice(foreign.length) : name;
}

/** Names of the parameters that an optimiser changes. */
export function trainableNames(parameters: Parameters): string[] {
  return Object.keys(parameters).filter((name) => !isBuffer(name));
}

/** The parameters whose names satisfy the condition. */
export function pick(parameters: Parameters, wanted: (name: string) => boolean): Parameters {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => wanted(name)));
}

export function filled(shape: readonly number[], value: number): HostArray {
  return { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) };
}

/** Normal with variance 2/fan-out, as torchvision's ResNets start (He et al. 2015, "fan_out", ReLU). */
export function heNormal(shape: readonly [number, number, number, number], random: Random): HostArray {
  const [out, , height, width] = shape;
  const deviation = Math.sqrt(2 / (out * height * width));
  return draw(shape, () => deviation * random.normal());
}

/** Uniform in ±1/√fan-in, as PyTorch's linear layers and convolutions start. */
export function uniformFanIn(shape: readonly number[], fanIn: number, random: Random): HostArray {
  const bound = 1 / Math.sqrt(fanIn);
  return draw(shape, () => random.uniform(-bound, bound));
}

function draw(shape: readonly number[], next: () => number): HostArray {
  const array = filled(shape, 0);
  for (let i = 0; i < array.data.length; i++) array.data[i] = next();
  return array;
}
