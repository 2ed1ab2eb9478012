import type { HostArrays } from '../compute/device';
import { readSafetensors } from '../data/safetensors';
import type { Parameters } from './parameters';

/** Parameters of a .safetensors file that the engine wrote. Throws UserError where it is damaged. */
export async function readParameters(file: string): Promise<Parameters> {
  const { tensors } = await readSafetensors(file);
  const arrays: HostArrays = {};
  for (const [name, { data, shape }] of tensors) {
    if (data instanceof Uint8Array) throw new Error(`${file}: ${name} holds bytes, not parameters.`);
    arrays[name] = { data, shape };
  }
  return arrays;
}
