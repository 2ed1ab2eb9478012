import type { Random } from '../../data/random';
import type { Part, Point } from '../geometry';

/** How a domain looks: the drawing as SVG, and what happens to its pixels afterwards. */
export interface Style {
  /**
   * SVG elements for one image in the [0, 100]² frame.
   * @param id a prefix that no other image of the sheet has, for gradients
   */
  draw(parts: readonly Part[], random: Random, id: string): string;
  /** Changes the image in place: size × size × 3 values in 0…255, row-major. */
  finish(pixels: Float32Array, size: number, random: Random): void;
}

/** An SVG path, to a tenth of a unit, which is a thirtieth of a pixel at 32 × 32. */
export function pathData(points: readonly Point[], closed: boolean): string {
  return 'M' + points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L') + (closed ? 'Z' : '');
}
