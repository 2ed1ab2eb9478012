import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../engine/data/decode-image';
import { pixelPng, plainPng } from './images';

describe('decoding', () => {
  test('gray has one channel, colour three, in the order red, green, blue', async () => {
    const gray = await decodeImage(await pixelPng([0, 10, 200, 255], 2, 2, 1));
    expect(gray.shape).toEqual({ height: 2, width: 2, channels: 1 });
    expect([...gray.pixels]).toEqual([0, 10, 200, 255]);
    const colour = await decodeImage(await pixelPng([1, 2, 3, 4, 5, 6], 2, 1, 3));
    expect(colour.shape).toEqual({ height: 1, width: 2, channels: 3 });
    expect([...colour.pixels]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('transparency is laid on white', async () => {
    const { shape, pixels } = await decodeImage(await pixelPng([0, 0, 0, 0, 255, 0, 0, 255, 0, 0, 0, 128], 3, 1, 4));
    expect(shape.channels).toBe(3);
    expect([...pixels.slice(0, 6)]).toEqual([255, 255, 255, 255, 0, 0]);
    for (const value of pixels.slice(6)) expect(Math.abs(value - 127)).toBeLessThanOrEqual(1);
    const gray = await decodeImage(await pixelPng([0, 0, 90, 255], 2, 1, 2));
    expect([gray.shape.channels, ...gray.pixels]).toEqual([1, 255, 90]);
  });

  test('16-bit images become 8-bit ones', async () => {
    const wide = Uint16Array.of(0, 128 * 257, 65535, 65535, 0, 257);
    const png = await sharp(wide, { raw: { width: 2, height: 1, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(png).metadata()).depth).toBe('ushort');
    expect([...(await decodeImage(png)).pixels]).toEqual([0, 128, 255, 255, 0, 1]);
    const gray = await sharp(Uint16Array.of(0, 65535), { raw: { width: 2, height: 1, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect([...(await decodeImage(gray)).pixels]).toEqual([0, 255]);
  });

  test('images are turned as EXIF says', async () => {
    // Orientation 6: the first row of the file is the right side of the picture.
    const jpeg = await sharp(Uint8Array.from([...Array(64).fill(0), ...Array(64).fill(255)] as number[]), {
      raw: { width: 16, height: 8, channels: 1 },
    })
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100 })
      .toBuffer();
    const { shape, pixels } = await decodeImage(jpeg);
    expect([shape.height, shape.width]).toEqual([16, 8]);
    expect(pixels[0]).toBeGreaterThan(250);
    expect(pixels[7 * shape.channels]).toBeLessThan(5);
  });

  test('a palette is colour, WebP and JPEG are read', async () => {
    const palette = await sharp(await plainPng('#123456'))
      .png({ palette: true })
      .toBuffer();
    expect([...(await decodeImage(palette)).pixels.slice(0, 3)]).toEqual([0x12, 0x34, 0x56]);
    const webp = await sharp(await plainPng('#123456'))
      .webp({ lossless: true })
      .toBuffer();
    expect([...(await decodeImage(webp)).pixels.slice(0, 3)]).toEqual([0x12, 0x34, 0x56]);
    const cmyk = await sharp(await plainPng('#ff0000', 8, 8))
      .toColourspace('cmyk')
      .jpeg()
      .toBuffer();
    expect((await decodeImage(cmyk)).shape.channels).toBe(3);
  });
});

describe('bad images', () => {
  test.each([
    ['an empty file', '', /empty/],
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>', /not a PNG, JPEG or WebP/],
    ['a GIF', 'GIF89a', /not a PNG, JPEG or WebP/],
    ['only the mark', '\x89PNG\r\n\x1a\n', /./],
  ])('%s', async (_, text, message) => {
    await expect(decodeImage(Buffer.from(text, 'latin1'))).rejects.toThrow(message);
  });

  test('cut off', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251);
    const raw = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
    for (const file of [await raw.clone().png().toBuffer(), await raw.clone().jpeg().toBuffer()]) {
      await expect(decodeImage(file.subarray(0, file.length / 2))).rejects.toThrow();
    }
  });
});
