import type { Random } from '../../data/random';
import type { Color } from '../color';
import type { Paint } from '../geometry';

export type Palette = Record<Paint, Color>;

/**
 * The colours of one object before a background of the given lightness: any hue, and a lightness at least
 * `contrast` away from the background's, so that the object can be told from what is behind it.
 * @param darkest least lightness of the main colour
 */
export function drawPalette(random: Random, background: number, contrast: number, darkest = 0.2): Palette {
  const hue = (): number => random.uniform(0, 2 * Math.PI);
  const chroma = (): number => random.uniform(0.03, 0.17);
  const below = Math.max(0, background - contrast - darkest);
  const above = Math.max(0, 0.92 - background - contrast);
  const at = random.uniform(0, below + above);
  const main = at < below ? darkest + at : background + contrast + (at - below);
  // The object's other colours keep a distance from its main one.
  const other = (): number => {
    const step = random.uniform(0.16, 0.32);
    return main + (main > 0.75 || (main > 0.4 && random.chance(0.5)) ? -step : step);
  };
  return {
    main: { lightness: main, chroma: chroma(), hue: hue() },
    second: { lightness: other(), chroma: chroma(), hue: hue() },
    third: { lightness: other(), chroma: chroma(), hue: hue() },
    dark: { lightness: random.uniform(0.12, 0.28), chroma: 0.03, hue: hue() },
    light: { lightness: random.uniform(0.86, 0.96), chroma: 0.03, hue: hue() },
  };
}
