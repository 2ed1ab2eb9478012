import sharp from 'sharp';
import type { ThumbnailSheet } from './payload';

/** Longest side of a thumbnail in pixels; smaller images stay as they are. */
const longestSide = 32;

/**
 * Images as one PNG in a data address. `values` is n × height × width × channels, uint8; `rows` are drawn in order,
 * row by row, ⌈√rows⌉ across.
 */
export async function thumbnailSheet(
  values: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
  rows: readonly number[],
): Promise<ThumbnailSheet> {
  const scale = Math.min(1, longestSide / Math.max(height, width));
  const tile = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  const across = Math.ceil(Math.sqrt(rows.length));
  const down = Math.ceil(rows.length / across);
  const sheet = Buffer.alloc(across * tile.width * down * tile.height * 3);
  const size = height * width * channels;
  for (const [index, row] of rows.entries()) {
    const pixels = await tilePixels(values.subarray(row * size, (row + 1) * size), { height, width, channels }, tile);
    const left = (index % across) * tile.width;
    const top = Math.floor(index / across) * tile.height;
    for (let y = 0; y < tile.height; y++)
      sheet.set(
        pixels.subarray(y * tile.width * 3, (y + 1) * tile.width * 3),
        ((top + y) * across * tile.width + left) * 3,
      );
  }
  const png = await sharp(sheet, { raw: { width: across * tile.width, height: down * tile.height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  return { url: `data:image/png;base64,${png.toString('base64')}`, across, down, ...tile };
}

/** One image as RGB of the tile's size. */
async function tilePixels(
  image: Uint8Array,
  { height, width, channels }: { height: number; width: number; channels: number },
  tile: { width: number; height: number },
): Promise<Uint8Array> {
  if (tile.width !== width || tile.height !== height)
    return sharp(image, { raw: { width, height, channels: channels === 1 ? 1 : 3 } })
      .resize(tile.width, tile.height, { fit: 'fill' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer();
  if (channels !== 1) return image;
  const pixels = new Uint8Array(image.length * 3);
  image.forEach((value, i) => pixels.fill(value, 3 * i, 3 * i + 3));
  return pixels;
}
