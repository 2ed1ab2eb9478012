import sharp from 'sharp';
import { type Dataset, isImage } from '../data/dataset';
import { stream } from '../data/random';
import { UserError } from '../errors';
import { type Augmenter, createAugmenter, viewStream } from './augmenter';

/** Pixels between two tiles, and the shortest side of a tile. */
const gap = 2;
const tileSide = 64;

/** Pixels of a contact sheet: interleaved RGB bytes. */
export interface ContactSheet {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/**
 * One column a row of the dataset: the original above, below it the views that training would see in epoch 0.
 * Images below 64 px are enlarged by a whole factor, pixel by pixel, so that nothing is smoothed away.
 */
export function drawContactSheet(
  dataset: Pick<Dataset, 'values' | 'sampleShape'>,
  augmenter: Augmenter,
  rows: Int32Array,
  seed: number,
  views = 2,
): ContactSheet {
  if (!isImage(dataset))
    throw new UserError(
      'augmentation.contact-sheet',
      'A contact sheet shows images, but the samples are feature vectors; choose an image dataset.',
    );
  const [imageHeight, imageWidth, channels] = dataset.sampleShape as [number, number, number];
  const factor = Math.max(1, Math.ceil(tileSide / Math.min(imageHeight, imageWidth)));
  const tileHeight = imageHeight * factor;
  const tileWidth = imageWidth * factor;
  const width = Math.max(1, rows.length * (tileWidth + gap) - gap);
  const height = (views + 1) * (tileHeight + gap) - gap;
  const pixels = new Uint8Array(width * height * 3).fill(96);
  const original = createAugmenter('none', dataset.sampleShape);
  const image = new Float32Array(original.size);
  rows.forEach((row, column) => {
    for (let line = 0; line <= views; line++) {
      if (line === 0) original.apply(dataset.values, row, stream(seed), image, 0);
      else augmenter.apply(dataset.values, row, viewStream(seed, 0, row, line - 1), image, 0);
      for (let y = 0; y < tileHeight; y++)
        for (let x = 0; x < tileWidth; x++) {
          const from = (Math.floor(y / factor) * imageWidth + Math.floor(x / factor)) * channels;
          const to = ((line * (tileHeight + gap) + y) * width + column * (tileWidth + gap) + x) * 3;
          for (let c = 0; c < 3; c++) pixels[to + c] = Math.round(255 * image[from + (channels >= 3 ? c : 0)]!);
        }
    }
  });
  return { width, height, pixels };
}

/** Writes a contact sheet as PNG. */
export async function writeContactSheet(
  file: string,
  dataset: Pick<Dataset, 'values' | 'sampleShape'>,
  augmenter: Augmenter,
  rows: Int32Array,
  seed: number,
): Promise<void> {
  const { width, height, pixels } = drawContactSheet(dataset, augmenter, rows, seed);
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(file);
}
