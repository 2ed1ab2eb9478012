import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAugmenter, viewStream } from '../../engine/augment/augmenter';
import { drawContactSheet, writeContactSheet } from '../../engine/augment/contact-sheet';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'eigenprobe-sheet-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The first MNIST test images, 28 × 28 bytes each. */
function digits(count: number): Uint8Array {
  const file = join(process.env.EIGENPROBE_DATA ?? '../shared/data', 'mnist/t10k-images-idx3-ubyte.gz');
  if (!existsSync(file))
    throw new Error(`Test data ${file} is absent; set EIGENPROBE_DATA to the folder that has mnist/.`);
  return new Uint8Array(gunzipSync(readFileSync(file)).subarray(16, 16 + count * 784));
}

describe('contact sheet', () => {
  it('has a column a row: the original above its two views, enlarged by a whole factor', async () => {
    const values = digits(6);
    const dataset = { values, sampleShape: [28, 28, 1] };
    const augmenter = createAugmenter('strong', dataset.sampleShape);
    const file = join(folder, 'sheet.png');
    await writeContactSheet(file, dataset, augmenter, Int32Array.of(4, 1), 7);
    const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
    // 28 px enlarged by 3, two columns, three lines, 2 px between them.
    expect([info.width, info.height, info.channels]).toEqual([2 * 84 + 2, 3 * 84 + 4, 3]);
    const view = new Float32Array(784);
    augmenter.apply(values, 1, viewStream(7, 0, 1, 1), view, 0);
    for (let y = 0; y < 84; y++)
      for (let x = 0; x < 84; x++) {
        const pixel = Math.floor(y / 3) * 28 + Math.floor(x / 3);
        expect(data[(y * 170 + x) * 3]).toBe(values[4 * 784 + pixel]);
        expect(data[((172 + y) * 170 + 86 + x) * 3 + 2]).toBe(Math.round(255 * view[pixel]!));
      }
  });

  it('keeps colours, and refuses feature vectors', () => {
    const values = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => [10, 20, 30][i % 3]!);
    const shape = [64, 64, 3];
    const sheet = drawContactSheet({ values, sampleShape: shape }, createAugmenter('none', shape), Int32Array.of(0), 0);
    expect([sheet.width, sheet.height]).toEqual([64, 3 * 64 + 4]);
    expect([...sheet.pixels.subarray(0, 3)]).toEqual([10, 20, 30]);
    const vectors = { values: new Float32Array(4), sampleShape: [4] };
    expect(() => drawContactSheet(vectors, createAugmenter('none', [4]), Int32Array.of(0), 0)).toThrow(
      /the samples are feature vectors/,
    );
  });
});
