import sharp from 'sharp';
import { stream } from '../data/random';
import type { ObjectName } from './objects';
import { placedObject } from './scene';
import { styles, type StyleName } from './styles';

/** Which picture: its own random streams hang on these and on the seed, and on nothing else. */
export interface Picture {
  readonly domain: StyleName;
  readonly className: ObjectName;
  /** Counted from 0 within domain and class. */
  readonly index: number;
}

/** Drawn this much larger than the result, then averaged. */
const oversampling = 4;
/** Side of a rendered sheet in pixels; many pictures share one, since a rendering call costs more than a picture. */
const sheetSide = 1024;

/** How many pictures of this size are best rendered together. */
export function picturesPerSheet(size: number): number {
  return Math.max(1, Math.floor(sheetSide / (size * oversampling))) ** 2;
}

/** Pictures as size × size × 3 bytes each, row-major sRGB. */
export async function renderPictures(pictures: readonly Picture[], seed: number, size: number): Promise<Uint8Array[]> {
  const columns = Math.ceil(Math.sqrt(pictures.length));
  const side = size * oversampling;
  const cells = pictures.map(({ domain, className, index }, i) => {
    const parts = placedObject(className, stream(seed, 'example', 'object', domain, className, index));
    const look = stream(seed, 'example', 'look', domain, className, index);
    const [x, y] = [(i % columns) * 100, Math.floor(i / columns) * 100];
    return `<svg x="${x}" y="${y}" width="100" height="100" overflow="hidden">${styles[domain].draw(parts, look, `p${i}`)}</svg>`;
  });
  const rows = Math.ceil(pictures.length / columns);
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${columns * side}" height="${rows * side}" ` +
    `viewBox="0 0 ${columns * 100} ${rows * 100}">${cells.join('')}</svg>`;
  const { data, info } = await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return pictures.map(({ domain, className, index }, i) => {
    const origin = Math.floor(i / columns) * side * info.width + (i % columns) * side;
    const pixels = averaged(data, info.width, origin, size);
    styles[domain].finish(pixels, size, stream(seed, 'example', 'pixels', domain, className, index));
    return Uint8Array.from(pixels, (v) => Math.min(255, Math.max(0, Math.round(v))));
  });
}

/** The picture that starts at pixel `origin` of an RGB sheet, each pixel the mean of its oversampled block. */
function averaged(sheet: Uint8Array, width: number, origin: number, size: number): Float32Array {
  const pixels = new Float32Array(size * size * 3);
  for (let y = 0; y < size * oversampling; y++)
    for (let x = 0; x < size * oversampling; x++) {
      const from = 3 * (origin + y * width + x);
      const to = 3 * (Math.floor(y / oversampling) * size + Math.floor(x / oversampling));
      for (let c = 0; c < 3; c++) pixels[to + c]! += sheet[from + c]! / oversampling ** 2;
    }
  return pixels;
}
