import type { Random } from '../data/random';
import { affineMap } from './affine';
import { Blur } from './blur';
import { adjustContrast, adjustHue } from './colour';
import { copy, gather } from './gather';

/** A change of an image of a known size, the same for every image but for noise. */
export interface ImageShift {
  readonly kind: 'rotation' | 'noise' | 'blur' | 'contrast' | 'negative' | 'hue';
  /**
   * rotation: degrees, clockwise as seen; noise: deviation, pixels being 0…1; blur: deviation in pixels; contrast: share
   * taken away; negative: share of the negative; hue: half turns of the colour circle.
   */
  readonly size: number;
}

/**
 * Images of bytes, [height, width, channels] each, changed alike and rounded to bytes again, as they would be read from a
 * file. Pixels from outside the frame repeat its edge.
 * @param random noise of each image by its row
 */
export function shiftImages(
  values: Uint8Array,
  shape: readonly number[],
  rows: Int32Array,
  shift: ImageShift,
  random: (row: number) => Random,
): Uint8Array {
  const [height, width, channels] = shape as [number, number, number];
  const size = height * width * channels;
  const out = new Uint8Array(rows.length * size);
  const image = new Float32Array(size);
  const blur = new Blur(width, height, channels);
  rows.forEach((row, i) => {
    const source = { values, offset: row * size, width, height, channels, scale: 1 / 255 };
    if (shift.kind === 'rotation') {
      const rotation = (shift.size * Math.PI) / 180;
      const map = affineMap({ zoom: 1, aspect: 1, rotation, shear: 0, shiftX: 0, shiftY: 0 }, width, height);
      gather(source, map, { left: 0, top: 0, width, height }, image, 0);
    } else {
      copy(values, row * size, size, 1 / 255, image, 0);
      change(image, shift, { blur, channels, random: random(row) });
    }
    for (let j = 0; j < size; j++) out[i * size + j] = Math.round(255 * Math.min(1, Math.max(0, image[j]!)));
  });
  return out;
}

function change(
  image: Float32Array,
  { kind, size }: ImageShift,
  { blur, channels, random }: { blur: Blur; channels: number; random: Random },
): void {
  switch (kind) {
    case 'noise':
      for (let j = 0; j < image.length; j++) image[j]! += size * random.normal();
      break;
    case 'blur':
      blur.apply(image, 0, size, Math.ceil(3 * size));
      break;
    case 'contrast':
      adjustContrast(image, 0, image.length / channels, channels, 1 - size);
      break;
    case 'negative':
      for (let j = 0; j < image.length; j++) image[j] = (1 - size) * image[j]! + size * (1 - image[j]!);
      break;
    case 'hue':
      adjustHue(image, 0, image.length / channels, size / 2);
      break;
    case 'rotation':
      break;
  }
}
