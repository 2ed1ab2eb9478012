import { hex, type Color } from '../color';
import { drawPalette } from './palette';
import { pathData, type Style } from './style';

/** Flat colours with even outlines on a plain background: between the other two. */
export const clipart: Style = {
  draw(parts, random) {
    const ground: Color = {
      lightness: random.uniform(0.75, 0.99),
      chroma: random.uniform(0, 0.08),
      hue: random.uniform(0, 2 * Math.PI),
    };
    const palette = drawPalette(random, ground.lightness, 0.12, 0.5);
    const ink = hex({ lightness: random.uniform(0.1, 0.3), chroma: 0.02, hue: random.uniform(0, 2 * Math.PI) });
    const width = random.uniform(2, 4);
    const svg = parts.map((part) => {
      const path = `<path d="${pathData(part.points, part.closed)}" stroke-linejoin="round" stroke-linecap="round"`;
      const color = hex(palette[part.paint]);
      return part.closed
        ? `${path} fill="${color}" stroke="${ink}" stroke-width="${width.toFixed(1)}"/>`
        : `${path} fill="none" stroke="${part.paint === 'light' ? color : ink}" stroke-width="${Math.max(part.width, width).toFixed(1)}"/>`;
    });
    return `<rect width="100" height="100" fill="${hex(ground)}"/>` + svg.join('');
  },

  finish(pixels, _size, random) {
    for (let i = 0; i < pixels.length; i++) pixels[i]! += random.normal();
  },
};
