import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contactSheet } from '../../engine/example/contact-sheet';
import { generateExample } from '../../engine/example/generate';
import { objectNames } from '../../engine/example/objects';
import { renderPictures } from '../../engine/example/render';

const perCell = 140;
const held = 40;
type Domain = 'sketch' | 'photo';
const pixels = {} as Record<Domain, Uint8Array[][]>;

beforeAll(async () => {
  for (const domain of ['sketch', 'photo'] as const) {
    pixels[domain] = [];
    for (const className of objectNames) {
      const pictures = Array.from({ length: perCell }, (_, index) => ({ domain, className, index }));
      pixels[domain].push(await renderPictures(pictures, 11, 32));
    }
  }
});

/** Accuracy in `to` of one nearest neighbour in squared distance of raw pixels: neighbours from the first images of `from`, measured on the last of `to`. */
function nearestNeighbour(from: Domain, to: Domain): number {
  let right = 0;
  pixels[to].forEach((images, truth) => {
    for (const image of images.slice(-held)) {
      let best = Infinity;
      let guess = -1;
      pixels[from].forEach((candidates, label) => {
        for (const candidate of candidates.slice(0, -held)) {
          let distance = 0;
          for (let i = 0; i < image.length; i++) distance += (image[i]! - candidate[i]!) ** 2;
          if (distance < best) [best, guess] = [distance, label];
        }
      });
      if (guess === truth) right++;
    }
  });
  return right / (held * objectNames.length);
}

describe('the gap between the domains', () => {
  it('pixels of photos tell the class of a sketch far worse than pixels of sketches do', () => {
    const chance = 1 / objectNames.length;
    const inside = nearestNeighbour('sketch', 'sketch');
    const across = nearestNeighbour('photo', 'sketch');
    expect(inside).toBeGreaterThan(3.5 * chance);
    expect(across).toBeLessThan(0.75 * inside);
    // Backgrounds hide much of a photo's class from its pixels, not all of it.
    expect(nearestNeighbour('photo', 'photo')).toBeGreaterThan(2 * chance);
  });

  it('mean colour does not tell the class', () => {
    // Nearest class mean of the image's mean RGB, the most that hue alone could give away.
    for (const domain of ['sketch', 'photo'] as const) {
      const mean = (image: Uint8Array): number[] =>
        [0, 1, 2].map((c) => image.reduce((sum, v, i) => (i % 3 === c ? sum + v : sum), 0) / (image.length / 3));
      const centers = pixels[domain].map((images) => {
        const means = images.slice(0, -held).map(mean);
        return [0, 1, 2].map((c) => means.reduce((sum, m) => sum + m[c]!, 0) / means.length);
      });
      let right = 0;
      pixels[domain].forEach((images, truth) => {
        for (const image of images.slice(-held)) {
          const value = mean(image);
          const distances = centers.map((center) => center.reduce((sum, v, c) => sum + (v - value[c]!) ** 2, 0));
          if (distances.indexOf(Math.min(...distances)) === truth) right++;
        }
      });
      expect(right / (held * objectNames.length)).toBeLessThan(0.3);
    }
  });
});

describe('contactSheet', () => {
  let folder: string;
  afterAll(() => rm(folder, { recursive: true, force: true }));
  it('shows each cell of the folder where it belongs', async () => {
    folder = await mkdtemp(join(tmpdir(), 'sheet-'));
    await generateExample(folder, { seed: 2, perCell: 2, classes: ['clock', 'tree'] });
    const sheet = await contactSheet(folder, 2);
    const { width, height, format } = await sharp(sheet).metadata();
    expect(format).toBe('png');
    // The second photo of a tree: photo is the first block, tree the second column.
    const tile = await sharp(sheet).extract({ left: 78 + 68, top: 26 + 68, width: 64, height: 64 }).raw().toBuffer();
    const image = join(folder, 'images', 'photo', 'tree', '0002.png');
    const expected = await sharp(image).resize(64, 64, { kernel: 'cubic' }).raw().toBuffer();
    // 256 colours for the whole sheet: close on average, and far from any other picture.
    const difference = (a: Buffer, b: Buffer): number => a.reduce((sum, v, i) => sum + Math.abs(v - b[i]!), 0) / a.length;
    expect(tile.length).toBe(expected.length);
    expect(difference(tile, expected)).toBeLessThan(6);
    expect([width, height]).toEqual([78 + 2 * 68 + 4, 26 + 2 * (13 + 2 * 68)]);
  });
});
