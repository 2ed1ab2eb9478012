import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import { drawOutlines } from '../../engine/data/outlines';
import { Cancelled } from '../../engine/errors';

const [height, width] = [12, 9];

/** The formula word for word, a pixel at a time, with the quantile by sorting. */
function bruteForce(image: Uint8Array): { lowest: number; highest: number }[] {
  const at = (y: number, x: number): number =>
    image[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))]!;
  const kernel = [
    [-1, 0, 1],
    [-2, 0, 2],
    [-1, 0, 1],
  ];
  const lengths = Array.from({ length: height * width }, (_, pixel) => {
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    let [dx, dy] = [0, 0];
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++) {
        dx += kernel[i]![j]! * at(y + i - 1, x + j - 1);
        dy += kernel[j]![i]! * at(y + i - 1, x + j - 1);
      }
    return Math.hypot(dx, dy) / 8;
  });
  const sorted = [...lengths].sort((a, b) => b - a);
  const q = sorted[Math.floor(0.03 * lengths.length)]!;
  const drawn = (length: number, scale: number) => 255 * (1 - Math.min(1, Math.max(0, (length / scale - 0.3) / 0.7)));
  // The quantile is known to a 256th of the largest length.
  const step = sorted[0]! / 255;
  return lengths.map((length) => ({ lowest: drawn(length, q - step), highest: drawn(length, q + step) }));
}

describe('outlines', () => {
  it('are what the formula says, whatever the number of channels', async () => {
    const random = stream(2, 'outlines');
    const images = Uint8Array.from({ length: 3 * height * width }, () => Math.floor(256 * random.next()));
    const drawn = images.slice();
    await drawOutlines(drawn, [height, width, 1]);
    for (let image = 0; image < 3; image++)
      bruteForce(images.subarray(image * height * width, (image + 1) * height * width)).forEach((wanted, pixel) => {
        const value = drawn[image * height * width + pixel]!;
        expect(value).toBeGreaterThanOrEqual(wanted.lowest - 0.5);
        expect(value).toBeLessThanOrEqual(wanted.highest + 0.5);
      });
    const coloured = Uint8Array.from({ length: 3 * images.length }, (_, i) => images[Math.floor(i / 3)]!);
    await drawOutlines(coloured, [height, width, 3]);
    expect(coloured).toEqual(Uint8Array.from(coloured, (_, i) => drawn[Math.floor(i / 3)]!));
  });

  it('of an edge are one dark line, as dark in a dim picture, and a flat picture is a white sheet', async () => {
    const edge = (light: number, dark: number) =>
      Uint8Array.from({ length: height * width }, (_, i) => (i % width < 4 ? light : dark));
    const pictures = Uint8Array.of(...edge(255, 0), ...edge(40, 20), ...edge(9, 10));
    await drawOutlines(pictures, [height, width, 1]);
    const row = (picture: number) => [...pictures.subarray(picture * height * width).subarray(0, width)];
    expect(row(0)).toEqual([255, 255, 255, 0, 0, 255, 255, 255, 255]);
    expect(row(1)).toEqual(row(0));
    expect(row(2)).toEqual(Array(width).fill(255));
  });

  it('are not drawn on once it is cancelled', async () => {
    const picture = new Uint8Array(height * width);
    await expect(drawOutlines(picture, [height, width, 1], { signal: AbortSignal.abort() })).rejects.toThrow(Cancelled);
  });
});
