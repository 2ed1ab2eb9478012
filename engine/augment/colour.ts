/**
 * Point operations on one float image in [0, 1], in place, channels last, in the semantics of
 * torchvision.transforms.functional on float tensors (no rounding to bytes between operations).
 * An image is given by its array, the offset of its first value and its number of pixels.
 */

/** Luminance weights of torchvision's rgb_to_grayscale. They add up to .9999. */
export const luminance = [0.2989, 0.587, 0.114] as const;
const [red, green, blue] = luminance;

function clamp(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}

/** value → factor·value. `size` counts values, not pixels. */
export function adjustBrightness(image: Float32Array, offset: number, size: number, factor: number): void {
  for (let i = offset; i < offset + size; i++) image[i] = clamp(factor * image[i]!);
}

/** Mean luminance; for one channel, the mean. */
export function meanLuminance(image: Float32Array, offset: number, pixels: number, channels: number): number {
  let sum = 0;
  if (channels === 3) {
    for (let i = offset; i < offset + 3 * pixels; i += 3)
      sum += red * image[i]! + green * image[i + 1]! + blue * image[i + 2]!;
  } else for (let i = offset; i < offset + pixels; i++) sum += image[i]!;
  return sum / pixels;
}

/** Blends with the image's mean luminance: factor 0 is flat, 1 the image. */
export function adjustContrast(
  image: Float32Array,
  offset: number,
  pixels: number,
  channels: number,
  factor: number,
): void {
  const rest = (1 - factor) * meanLuminance(image, offset, pixels, channels);
  for (let i = offset; i < offset + pixels * channels; i++) image[i] = clamp(factor * image[i]! + rest);
}

/** Blends each pixel with its luminance: factor 0 is gray, 1 the image. Three channels. */
export function adjustSaturation(image: Float32Array, offset: number, pixels: number, factor: number): void {
  for (let i = offset; i < offset + 3 * pixels; i += 3) {
    const r = image[i]!;
    const g = image[i + 1]!;
    const b = image[i + 2]!;
    const rest = (1 - factor) * (red * r + green * g + blue * b);
    image[i] = clamp(factor * r + rest);
    image[i + 1] = clamp(factor * g + rest);
    image[i + 2] = clamp(factor * b + rest);
  }
}

/** Turns the hue in HSV by `turns` of the colour circle; saturation and value stay. Three channels. */
export function adjustHue(image: Float32Array, offset: number, pixels: number, turns: number): void {
  const shift = 6 * (turns - Math.floor(turns));
  for (let i = offset; i < offset + 3 * pixels; i += 3) {
    const r = image[i]!;
    const g = image[i + 1]!;
    const b = image[i + 2]!;
    const value = Math.max(r, g, b);
    const chroma = value - Math.min(r, g, b);
    if (chroma === 0) continue;
    const hue = value === r ? (g - b) / chroma : value === g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
    const turned = hue + shift + 6;
    image[i] = value - chroma * shade(5 + turned);
    image[i + 1] = value - chroma * shade(3 + turned);
    image[i + 2] = value - chroma * shade(1 + turned);
  }
}

/** How far below its maximum a channel lies, in chroma, as a function of its place on the hexagon (HSV to RGB). */
function shade(sextants: number): number {
  const k = sextants - 6 * Math.floor(sextants / 6);
  return Math.max(0, Math.min(k, 4 - k, 1));
}

/** Three channels become equal to the luminance. */
export function toGray(image: Float32Array, offset: number, pixels: number): void {
  for (let i = offset; i < offset + 3 * pixels; i += 3) {
    image[i] = image[i + 1] = image[i + 2] = red * image[i]! + green * image[i + 1]! + blue * image[i + 2]!;
  }
}

/** Gain of each channel. Three channels. */
export function scaleChannels(
  image: Float32Array,
  offset: number,
  pixels: number,
  gains: readonly [number, number, number],
): void {
  for (let i = offset; i < offset + 3 * pixels; i += 3) {
    image[i] = clamp(gains[0] * image[i]!);
    image[i + 1] = clamp(gains[1] * image[i + 1]!);
    image[i + 2] = clamp(gains[2] * image[i + 2]!);
  }
}

/** Inverts the values from the threshold up; threshold 0 is the negative. `size` counts values. */
export function solarise(image: Float32Array, offset: number, size: number, threshold: number): void {
  for (let i = offset; i < offset + size; i++) if (image[i]! >= threshold) image[i] = 1 - image[i]!;
}
