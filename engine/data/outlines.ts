import { setImmediate as pause } from 'node:timers/promises';
import { Cancelled } from '../errors';
import { elementCount } from './array';

const bins = 256;
/** The share of pixels whose step of brightness is drawn in less than full black. */
const quantile = 0.97;
/** Steps below this share of the darkest line are left white: texture, and noise of the picture's file. */
const faintest = 0.3;
const pixelsAPause = 2 ** 20;
/** An image without a step of more than this many levels is a white sheet. */
const flat = 2;

/**
 * Draws images as a pen draws what they show, dark outlines on white, in place: 255 · (1 − (‖∇‖ / q − t) / (1 − t)),
 * clamped, where ∇ is the Sobel gradient of the mean of the channels with border pixels repeated outside, q the 97 %
 * quantile of its length over the image, so that dim pictures have outlines as dark as others, and t = .3.
 * Throws Cancelled once the signal is aborted.
 * @param values images of the given shape [height, width, channels], one after the other, levels from 0 to 255
 */
export async function drawOutlines(
  values: Uint8Array,
  shape: readonly number[],
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void } = {},
): Promise<void> {
  const [height, width, channels] = shape as [number, number, number];
  const size = elementCount(shape);
  const light = new Float32Array(height * width);
  const steps = new Float32Array(height * width);
  const imagesAPause = Math.ceil(pixelsAPause / light.length);
  for (let offset = 0, image = 0; offset < values.length; offset += size, image++) {
    if (image % imagesAPause === 0) {
      onProgress?.(image, values.length / size);
      await pause();
      if (signal?.aborted) throw new Cancelled();
    }
    for (let at = 0, from = offset; at < light.length; at++) {
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += values[from++]!;
      light[at] = sum / channels;
    }
    const largest = gradientLengths(light, width, steps);
    const scale = largest < flat ? 0 : 1 / quantileOf(steps, largest);
    for (let at = 0, to = offset; at < steps.length; at++, to += channels) {
      const ink = Math.min(1, Math.max(0, (steps[at]! * scale - faintest) / (1 - faintest)));
      values.fill(Math.round(255 * (1 - ink)), to, to + channels);
    }
  }
}

/** Returns the largest. */
function gradientLengths(light: Float32Array, width: number, into: Float32Array): number {
  const height = light.length / width;
  let largest = 0;
  for (let y = 0; y < height; y++) {
    const above = Math.max(0, y - 1) * width;
    const here = y * width;
    const below = Math.min(height - 1, y + 1) * width;
    for (let x = 0; x < width; x++) {
      const [left, right] = [Math.max(0, x - 1), Math.min(width - 1, x + 1)];
      const falling = light[below + right]! - light[above + left]!;
      const rising = light[above + right]! - light[below + left]!;
      const dx = falling + rising + 2 * (light[here + right]! - light[here + left]!);
      const dy = falling - rising + 2 * (light[below + x]! - light[above + x]!);
      const length = Math.hypot(dx, dy) / 8;
      into[here + x] = length;
      if (length > largest) largest = length;
    }
  }
  return largest;
}

/** To a 256th of the largest, and not above it. */
function quantileOf(steps: Float32Array, largest: number): number {
  const counts = new Uint32Array(bins);
  const perBin = (bins - 1) / largest;
  for (const step of steps) counts[Math.floor(step * perBin)]!++;
  let above = (1 - quantile) * steps.length;
  let bin = bins - 1;
  while (bin > 0 && above >= counts[bin]!) above -= counts[bin--]!;
  return Math.min(largest, (bin + 1) / perBin);
}
