import type { Random } from '../../data/random';
import { hex, type Color } from '../color';
import { arc, box, type Point } from '../geometry';
import { pathData } from './style';

/**
 * A scene without the object, around the given lightness: a backdrop of two tones and, outside a studio, a texture
 * and clutter.
 */
export function background(random: Random, lightness: number, id: string, studio: boolean): string {
  const hue = random.uniform(0, 2 * Math.PI);
  const chroma = random.uniform(0.01, 0.1);
  const tone = (spread: number): Color => ({
    lightness: Math.min(0.97, Math.max(0.08, lightness + random.uniform(-spread, spread))),
    chroma: chroma * random.uniform(0.5, 1.5),
    hue: hue + random.uniform(-0.9, 0.9),
  });
  const textures = [plain, plain, horizon, horizon, foliage, planks, tiles, bokeh];
  const texture = textures[random.below(textures.length)]!;
  const turn = random.uniform(0, 360).toFixed(0);
  return (
    `<linearGradient id="${id}b" gradientTransform="rotate(${turn} 0.5 0.5)">` +
    `<stop offset="0" stop-color="${hex(tone(0.1))}"/><stop offset="1" stop-color="${hex(tone(0.1))}"/></linearGradient>` +
    `<rect width="100" height="100" fill="url(#${id}b)"/>` +
    (studio ? '' : texture(random, tone) + clutter(random, tone))
  );
}

type Tone = (spread: number) => Color;

function shape(points: readonly Point[], color: Color, opacity: number): string {
  return `<path d="${pathData(points, true)}" fill="${hex(color)}" fill-opacity="${opacity.toFixed(2)}"/>`;
}

function plain(): string {
  return '';
}

function foliage(random: Random, tone: Tone): string {
  return Array.from({ length: 16 + random.below(14) }, () => {
    const center: Point = [random.uniform(0, 100), random.uniform(0, 100)];
    return shape(arc(center, random.uniform(4, 14), random.uniform(4, 14)), tone(0.09), 0.7);
  }).join('');
}

function planks(random: Random, tone: Tone): string {
  const upright = random.chance(0.5);
  const width = random.uniform(9, 22);
  let svg = '';
  for (let at = -random.uniform(0, width); at < 100; at += width)
    svg += shape(upright ? box(at, 0, at + width, 100) : box(0, at, 100, at + width), tone(0.06), 0.9);
  return svg;
}

function tiles(random: Random, tone: Tone): string {
  const width = random.uniform(16, 30);
  const height = width * random.uniform(0.45, 1);
  const shift = random.chance(0.5) ? width / 2 : 0;
  let svg = '';
  for (let row = 0; row * height < 100; row++)
    for (let x = -width + (row % 2) * shift; x < 100; x += width)
      svg += shape(box(x, row * height, x + width - 1.2, (row + 1) * height - 1.2), tone(0.05), 0.9);
  return svg;
}

function horizon(random: Random, tone: Tone): string {
  const [left, right] = [random.uniform(40, 80), random.uniform(40, 80)];
  return shape([[0, left], [100, right], [100, 100], [0, 100]], tone(0.13), 1);
}

function bokeh(random: Random, tone: Tone): string {
  return Array.from({ length: 6 + random.below(8) }, () => {
    const radius = random.uniform(5, 13);
    return shape(arc([random.uniform(0, 100), random.uniform(0, 100)], radius, radius), tone(0.13), 0.45);
  }).join('');
}

/** A few things that are in the picture by chance. */
function clutter(random: Random, tone: Tone): string {
  return Array.from({ length: random.below(3) }, () => {
    const center: Point = [random.uniform(-5, 105), random.uniform(-5, 105)];
    const radius = random.uniform(6, 22);
    const corners = 3 + random.below(4);
    const turn = random.uniform(0, 2 * Math.PI);
    const points = arc(center, radius, radius * random.uniform(0.3, 1), turn, turn + 2 * Math.PI, corners);
    return shape(points, tone(0.14), random.uniform(0.4, 0.9));
  }).join('');
}
