import type { Random } from '../../data/random';
import { hex, lighter } from '../color';
import type { Part, Point } from '../geometry';
import { background } from './background';
import { drawPalette } from './palette';
import { addGray, blur, smoothNoise } from './pixels';
import { pathData, type Style } from './style';

/** A filled, lit object with a cast shadow before a cluttered background, seen through a noisy, slightly blurred lens. */
export const photo: Style = {
  draw(parts, random, id) {
    // Every third is a studio shot: nothing behind the object but light paper.
    const studio = random.chance(0.33);
    const scenery = studio ? random.uniform(0.78, 0.95) : random.uniform(0.3, 0.9);
    const edge = random.uniform(0.15, 0.5);
    const palette = drawPalette(random, scenery, 0.24);
    const angle = random.uniform(-0.85, 0.85) * Math.PI * 0.5 - Math.PI / 2;
    const light: Point = [Math.cos(angle), Math.sin(angle)];
    return (
      background(random, scenery, id, studio) +
      shadow(parts, light, random) +
      gradients(palette, light, random, id) +
      parts.map((part) => solid(part, id, edge)).join('')
    );
  },

  finish(pixels, size, random) {
    addGray(pixels, smoothNoise(size, 3, random), random.uniform(0, 16));
    addGray(pixels, smoothNoise(size, Math.round(size / 4), random), random.uniform(0, 10));
    if (random.chance(0.7)) blur(pixels, size, (random.uniform(0.25, 0.65) * size) / 32);
    const gain = random.uniform(0.82, 1.12);
    const offset = random.uniform(-14, 14);
    const cast = [random.uniform(0.93, 1.07), random.uniform(0.96, 1.04), random.uniform(0.93, 1.07)];
    const noise = random.uniform(2, 6);
    for (let i = 0; i < pixels.length; i++)
      pixels[i] = (pixels[i]! - 128) * gain * cast[i % 3]! + 128 + offset + noise * random.normal();
  },
};

/** An area with a darker edge, as a rounded thing has, or a painted line. */
function solid(part: Part, id: string, edge: number): string {
  const paint = `url(#${id}${part.paint})`;
  return part.closed
    ? `<path d="${pathData(part.points, true)}" fill="${paint}" stroke="#000" stroke-opacity="${edge.toFixed(2)}" stroke-width="1.6"/>`
    : `<path d="${pathData(part.points, false)}" fill="none" stroke="${paint}" stroke-width="${part.width.toFixed(1)}" ` +
        'stroke-linecap="round" stroke-linejoin="round"/>';
}

/** One gradient a paint across the whole object, bright towards the light. */
function gradients(palette: ReturnType<typeof drawPalette>, light: Point, random: Random, id: string): string {
  const depth = random.uniform(0.06, 0.17);
  const end = (sign: number): string =>
    `${(50 + sign * 40 * light[0]).toFixed(1)} ${(50 + sign * 40 * light[1]).toFixed(1)}`;
  const [x1, y1] = end(1).split(' ');
  const [x2, y2] = end(-1).split(' ');
  return Object.entries(palette)
    .map(
      ([name, color]) =>
        `<linearGradient id="${id}${name}" gradientUnits="userSpaceOnUse" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}">` +
        `<stop offset="0" stop-color="${hex(lighter(color, depth))}"/>` +
        `<stop offset="0.45" stop-color="${hex(color)}"/>` +
        `<stop offset="1" stop-color="${hex(lighter(color, -depth))}"/></linearGradient>`,
    )
    .join('');
}

/** The silhouette, shifted away from the light three times over: a soft edge without a filter. */
function shadow(parts: readonly Part[], light: Point, random: Random): string {
  const length = random.uniform(2, 9);
  const strength = random.uniform(0.08, 0.22);
  const shape = parts
    .filter((part) => part.closed)
    .map((part) => pathData(part.points, true))
    .join('');
  return [0.7, 1, 1.35]
    .map(
      (far) =>
        `<path d="${shape}" fill="#000" fill-opacity="${strength.toFixed(2)}" ` +
        `transform="translate(${(-light[0] * length * far).toFixed(1)} ${(-light[1] * length * far).toFixed(1)})"/>`,
    )
    .join('');
}
