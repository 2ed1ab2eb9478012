import type { Random } from '../data/random';
import type { AffineParameters, CropParameters } from './presets';

/**
 * An affine map from output to source coordinates, (x, y) ↦ (xx·x + xy·y + x0, yx·x + yy·y + y0).
 * Coordinates are in pixels with pixel i covering [i, i + 1): its centre is at i + ½.
 */
export interface Affine {
  readonly xx: number;
  readonly xy: number;
  readonly x0: number;
  readonly yx: number;
  readonly yy: number;
  readonly y0: number;
}

/** A rectangle of whole pixels. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const identity: Affine = { xx: 1, xy: 0, x0: 0, yx: 0, yy: 1, y0: 0 };

/** The map that applies `inner` first and `outer` to its result. */
export function compose(outer: Affine, inner: Affine): Affine {
  return {
    xx: outer.xx * inner.xx + outer.xy * inner.yx,
    xy: outer.xx * inner.xy + outer.xy * inner.yy,
    x0: outer.xx * inner.x0 + outer.xy * inner.y0 + outer.x0,
    yx: outer.yx * inner.xx + outer.yy * inner.yx,
    yy: outer.yx * inner.xy + outer.yy * inner.yy,
    y0: outer.yx * inner.x0 + outer.yy * inner.y0 + outer.y0,
  };
}

/** Output of width × height showing the window, enlarged to fill it. */
export function cropMap(window: Window, width: number, height: number): Affine {
  return { xx: window.width / width, xy: 0, x0: window.left, yx: 0, yy: window.height / height, y0: window.top };
}

/** Mirrors left and right. */
export function flipMap(width: number): Affine {
  return { xx: -1, xy: 0, x0: width, yx: 0, yy: 1, y0: 0 };
}

export interface AffineDraw {
  /** Factor by which the content grows. */
  readonly zoom: number;
  /** Factor on the content's width/height ratio. */
  readonly aspect: number;
  /** Radians; positive turns the content clockwise as seen (y points down). */
  readonly rotation: number;
  readonly shear: number;
  /** Pixels that the content moves right and down. */
  readonly shiftX: number;
  readonly shiftY: number;
}

/**
 * The inverse of: scale by (zoom·√aspect, zoom/√aspect), shear x by `shear`·y, rotate, shift; all about the centre.
 */
export function affineMap(draw: AffineDraw, width: number, height: number): Affine {
  const { zoom, aspect, rotation, shear, shiftX, shiftY } = draw;
  const cos = Math.cos(rotation);
  const sin = Math.sin(rotation);
  const sx = zoom * Math.sqrt(aspect);
  const sy = zoom / Math.sqrt(aspect);
  // (R·H·S)⁻¹ = S⁻¹·H⁻¹·R⁻¹ with H = [[1, shear], [0, 1]].
  const xx = (cos + shear * sin) / sx;
  const xy = (sin - shear * cos) / sx;
  const yx = -sin / sy;
  const yy = cos / sy;
  const fromX = width / 2 + shiftX;
  const fromY = height / 2 + shiftY;
  return {
    xx,
    xy,
    x0: width / 2 - xx * fromX - xy * fromY,
    yx,
    yy,
    y0: height / 2 - yx * fromX - yy * fromY,
  };
}

export function drawAffine(parameters: AffineParameters, width: number, height: number, random: Random): Affine {
  return affineMap(
    {
      zoom: Math.exp(random.uniform(...parameters.logZoom)),
      aspect: Math.exp(random.uniform(...parameters.logAspect)),
      rotation: (random.uniform(...parameters.rotation) * Math.PI) / 180,
      shear: random.uniform(...parameters.shear),
      shiftX: random.uniform(...parameters.shift) * width,
      shiftY: random.uniform(...parameters.shift) * height,
    },
    width,
    height,
  );
}

/**
 * A crop window as torchvision's RandomResizedCrop draws it: area uniform in `scale`, ratio log-uniform, sides
 * rounded, ten tries, then the largest central window with an allowed ratio.
 */
export function drawCrop(parameters: CropParameters, width: number, height: number, random: Random): Window {
  const [lowRatio, highRatio] = parameters.ratio;
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * random.uniform(...parameters.scale);
    const ratio = Math.exp(random.uniform(Math.log(lowRatio), Math.log(highRatio)));
    const w = Math.round(Math.sqrt(area * ratio));
    const h = Math.round(Math.sqrt(area / ratio));
    if (w < 1 || h < 1 || w > width || h > height) continue;
    const top = random.below(height - h + 1);
    return { left: random.below(width - w + 1), top, width: w, height: h };
  }
  const frame = width / height;
  const w = frame > highRatio ? Math.max(1, Math.round(height * highRatio)) : width;
  const h = frame < lowRatio ? Math.max(1, Math.round(width / lowRatio)) : height;
  return { left: (width - w) >> 1, top: (height - h) >> 1, width: w, height: h };
}
