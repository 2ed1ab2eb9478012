import sharp from 'sharp';
import type { ImageShape } from './resize';

/** A decoded image: uint8, height × width × channels. */
export interface DecodedImage {
  readonly shape: ImageShape;
  readonly pixels: Uint8Array;
}

export const imageExtension = /\.(png|jpe?g|webp)$/i;

// Libvips keeps finished images in memory for later use; a data set is read once.
sharp.cache(false);

/** Only these three reach the decoder, whatever else it could open. */
function isKnownImage(bytes: Uint8Array): boolean {
  const starts = (offset: number, text: string): boolean =>
    [...text].every((char, i) => bytes[offset + i] === char.charCodeAt(0));
  return starts(0, '\x89PNG\r\n\x1a\n') || starts(0, '\xff\xd8\xff') || (starts(0, 'RIFF') && starts(8, 'WEBP'));
}

/**
 * Decodes a PNG, JPEG or WebP file: turned as EXIF says, transparency laid on white, 8 bits a channel, sRGB; gray
 * images have one channel. Throws an Error that says briefly what is wrong.
 */
export async function decodeImage(bytes: Uint8Array): Promise<DecodedImage> {
  if (bytes.length === 0) throw new Error('the file is empty');
  if (!isKnownImage(bytes)) throw new Error('it is not a PNG, JPEG or WebP image');
  // Warnings are common in files that every viewer opens; cut-off and damaged ones are errors.
  const image = sharp(bytes, { failOn: 'error' });
  try {
    const { space } = await image.metadata();
    const gray = space === 'b-w' || space === 'grey16';
    const { data, info } = await image
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace(gray ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 1 && info.channels !== 3) throw new Error(`it has ${info.channels} channels`);
    return { shape: { height: info.height, width: info.width, channels: info.channels }, pixels: data };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(text.split('\n')[0]!.trim(), { cause: error });
  }
}
