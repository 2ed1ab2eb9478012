import { describe, expect, it } from 'vitest';
import { type ImageShift, shiftImages } from '../../engine/augment/shift';
import { stream } from '../../engine/data/random';

const side = 5;
const shape = [side, side, 3];
const size = side * side * 3;
const random = stream(1, 'images');
const values = Uint8Array.from({ length: 3 * size }, () => random.below(256));
const shifted = (shift: ImageShift, rows = Int32Array.of(2)) =>
  shiftImages(values, shape, rows, shift, (row) => stream(7, row));
const image = (row: number) => values.subarray(row * size, (row + 1) * size);

describe('shifts of images', () => {
  it('rotation by a right angle moves pixels clockwise, by a full one nothing', () => {
    const out = shifted({ kind: 'rotation', size: 90 });
    // Clockwise: what stands at (row y, column x) comes from row side − 1 − x, column y.
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++)
        for (let c = 0; c < 3; c++)
          expect(out[(y * side + x) * 3 + c]).toBe(image(2)[((side - 1 - x) * side + y) * 3 + c]);
    expect(shifted({ kind: 'rotation', size: 360 })).toEqual(image(2));
  });

  it('are exact where they have a closed form', () => {
    expect(shifted({ kind: 'negative', size: 1 })).toEqual(image(2).map((value) => 255 - value));
    expect(shifted({ kind: 'negative', size: 0.5 }).every((value) => value === 128 || value === 127)).toBe(true);
    const flat = shifted({ kind: 'contrast', size: 1 });
    expect(new Set(flat).size).toBe(1);
    // Two half turns are one turn.
    expect(shifted({ kind: 'hue', size: 2 })).toEqual(image(2));
    expect(shifted({ kind: 'hue', size: 1 })).not.toEqual(image(2));
  });

  it('blur keeps the mean of a flat image and evens out others', () => {
    const spread = (pixels: Uint8Array) => Math.max(...pixels) - Math.min(...pixels);
    expect(spread(shifted({ kind: 'blur', size: 1 }))).toBeLessThan(spread(image(2)));
    const gray = new Uint8Array(size).fill(90);
    expect(shiftImages(gray, shape, Int32Array.of(0), { kind: 'blur', size: 2 }, () => stream(0))).toEqual(gray);
  });

  it('noise has its deviation, is drawn by row, and stays within the range of a pixel', () => {
    const gray = new Uint8Array(64 * 64 * 3).fill(128);
    const noisy = shiftImages(gray, [64, 64, 3], Int32Array.of(0), { kind: 'noise', size: 0.1 }, () => stream(3));
    const mean = noisy.reduce((sum, value) => sum + value, 0) / noisy.length;
    const deviation = Math.sqrt(noisy.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noisy.length);
    expect(mean / 255).toBeCloseTo(128 / 255, 2);
    expect(deviation / 255).toBeCloseTo(0.1, 2);
    const both = shifted({ kind: 'noise', size: 0.3 }, Int32Array.of(0, 2));
    expect(both.subarray(size)).toEqual(shifted({ kind: 'noise', size: 0.3 }));
  });
});
