import type { Random } from '../data/random';
import { normalTable } from './normal-table';
import { fastPower } from './power';

/**
 * value → clamp(brightness · value^gamma + noise · standard normal) for `size` values in [0, 1], in place and in one
 * pass. Each value has its own noise, two values a random word.
 */
export function applyTone(
  image: Float32Array,
  offset: number,
  size: number,
  gamma: number,
  brightness: number,
  noise: number,
  random: Random,
): void {
  const normal = normalTable();
  const noisy = noise > 0;
  let word = 0;
  for (let i = 0; i < size; i++) {
    const before = image[offset + i]!;
    // Black is frequent in drawings and needs no power.
    let value = before > 0 ? brightness * fastPower(before, gamma) : 0;
    if (noisy) {
      word = i & 1 ? word >>> 16 : random.uint32();
      value += noise * normal[word & 0xffff]!;
    }
    image[offset + i] = value < 0 ? 0 : value > 1 ? 1 : value;
  }
}
