import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createGzip } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { pack } from 'tar-stream';

/** A PNG of one colour. */
export function plainPng(colour: string, width = 4, height = 4): Promise<Uint8Array> {
  return sharp({ create: { width, height, channels: 3, background: colour } })
    .png()
    .toBuffer();
}

/** A PNG of given pixels. */
export function pixelPng(
  pixels: number[],
  width: number,
  height: number,
  channels: 1 | 2 | 3 | 4,
): Promise<Uint8Array> {
  return sharp(Uint8Array.from(pixels), { raw: { width, height, channels } })
    .toColourspace(channels < 3 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();
}

/** Writes files by relative name. */
export function writeTree(folder: string, files: Readonly<Record<string, Uint8Array | string>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** A tar archive of files, in the given order; a name that ends in a slash is a folder. */
export async function tar(files: Readonly<Record<string, Uint8Array | string>>, gzip = false): Promise<Uint8Array> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) {
    if (name.endsWith('/')) archive.entry({ name, type: 'directory' });
    else archive.entry({ name }, typeof content === 'string' ? content : Buffer.from(content));
  }
  archive.finalize();
  return buffer(gzip ? archive.pipe(createGzip()) : archive);
}
