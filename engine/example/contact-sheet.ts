import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type OverlayOptions } from 'sharp';

const tile = 64;
const gap = 4;
const header = 26;
const margin = 78;

/**
 * An image folder at a glance: a block of rows a domain, a column a class, the first pictures of each cell.
 * @param folder holds `images/<domain>/<class>/*.png`, as `generateExample` writes it
 * @param rows pictures shown of each cell
 * @returns a PNG of 256 colours, a fifth of the size of a full one
 */
export async function contactSheet(folder: string, rows = 4): Promise<Buffer> {
  const images = join(folder, 'images');
  const domains = await folders(images);
  const classes = [...new Set((await Promise.all(domains.map((d) => folders(join(images, d))))).flat())].sort();
  const block = header / 2 + rows * (tile + gap);
  const width = margin + classes.length * (tile + gap) + gap;
  const height = header + domains.length * block;
  const text = (x: number, y: number, content: string, anchor: string): string =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}" font-family="sans-serif" font-size="13" fill="#444">${escaped(content)}</text>`;
  const labels =
    classes.map((name, i) => text(margin + i * (tile + gap) + tile / 2, 18, name, 'middle')).join('') +
    domains.map((name, i) => text(margin - 12, header + i * block + (block - header / 2) / 2, name, 'end')).join('');
  const tiles: OverlayOptions[] = [];
  for (const [d, domain] of domains.entries())
    for (const [c, className] of classes.entries()) {
      const cell = join(images, domain, className);
      const names = (await readdir(cell).catch(() => [])).filter((name) => name.endsWith('.png')).sort();
      for (const [r, name] of names.slice(0, rows).entries())
        tiles.push({
          input: await sharp(await readFile(join(cell, name)))
            .resize(tile, tile, { kernel: 'cubic' })
            .toBuffer(),
          left: margin + c * (tile + gap),
          top: header + d * block + r * (tile + gap),
        });
    }
  const ground = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#fff"/>${labels}</svg>`;
  return sharp(Buffer.from(ground)).composite(tiles).removeAlpha().png({ palette: true, compressionLevel: 9 }).toBuffer();
}

async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
