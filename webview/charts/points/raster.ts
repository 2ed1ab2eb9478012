import { drawDensity } from './density';
import type { Camera, Frame, Points } from './model';
import { stampOf, type Shape } from './stamps';

export interface RasterStyle {
  /** `0xRRGGBB` of each colour. */
  readonly palette: readonly number[];
  /** Colours whose points are left out. */
  readonly hidden?: ReadonlySet<number>;
  /** 1 for the points that are chosen; the others are drawn pale. */
  readonly chosen?: Uint8Array;
  /** Device pixels for one CSS pixel. */
  readonly ratio?: number;
  readonly shapes?: readonly Shape[];
  /** Diameter of a point in CSS pixels; by default smaller the more there are. */
  readonly size?: number;
}

export interface RasterResult {
  readonly mode: 'points' | 'density';
  /** Points inside the picture, hidden ones left out. */
  readonly visible: number;
}

/** Above so many points in the picture single ones cannot be told apart, and their density is drawn. */
export const densityFrom = 200_000;

/** Diameter in CSS pixels that `count` points are drawn at. */
export function pointSize(count: number): number {
  if (count <= 1500) return 8;
  if (count <= 6000) return 6;
  if (count <= 25_000) return 4;
  return 2;
}

/**
 * Fills `pixels` (width × height, RGBA, as ImageData has them) with the points that the camera sees, on a transparent
 * ground. Many points are drawn as a density: the mean colour of each pixel's points, more opaque the more there are.
 */
export function drawPoints(
  pixels: Uint8ClampedArray,
  width: number,
  height: number,
  points: Points,
  camera: Camera,
  style: RasterStyle,
): RasterResult {
  const target = new Uint32Array(pixels.buffer, pixels.byteOffset, width * height);
  target.fill(0);
  if (width < 1 || height < 1 || !(camera.right > camera.left) || !(camera.top > camera.bottom))
    return { mode: 'points', visible: 0 };
  const { ratio = 1, palette, hidden, chosen } = style;
  const shown = Uint8Array.from(palette, (_, index) => (hidden?.has(index) ? 0 : 1));
  const visible = countVisible(points, camera, shown);
  const frame = { target, width, height };
  if (visible > densityFrom) {
    drawDensity(frame, points, camera, palette, shown, chosen);
    return { mode: 'density', visible };
  }
  const diameter = Math.max(1, Math.round((style.size ?? pointSize(visible)) * ratio));
  drawStamps(frame, points, camera, {
    ...{ palette, shown, chosen, diameter },
    shapes: style.shapes ?? ['disc'],
    solid: visible > 25_000,
  });
  return { mode: 'points', visible };
}

function countVisible({ x, y, colour }: Points, camera: Camera, shown: Uint8Array): number {
  const { left, right, bottom, top } = camera;
  let count = 0;
  for (let i = 0; i < x.length; i++) {
    const px = x[i]!;
    const py = y[i]!;
    if (px >= left && px <= right && py >= bottom && py <= top && shown[colour[i]!] === 1) count++;
  }
  return count;
}

/** Colours with an opacity, as the little-endian words of RGBA bytes. */
function paletteWords(palette: readonly number[], alpha: number): Uint32Array {
  return Uint32Array.from(
    palette,
    (rgb) => ((alpha << 24) | ((rgb & 0xff) << 16) | (rgb & 0xff00) | ((rgb >> 16) & 0xff)) >>> 0,
  );
}

interface StampStyle {
  readonly palette: readonly number[];
  readonly shown: Uint8Array;
  readonly chosen?: Uint8Array;
  readonly shapes: readonly Shape[];
  readonly diameter: number;
  readonly solid: boolean;
}

function drawStamps(frame: Frame, points: Points, camera: Camera, style: StampStyle): void {
  const { target, width, height } = frame;
  const { x, y, colour, shape } = points;
  const { shown, chosen, diameter } = style;
  // Blending is for the eye where points are few; where they are many it is most of the time.
  const words = paletteWords(style.palette, style.solid ? 255 : 225);
  const pale = paletteWords(style.palette, 40);
  const stamps = style.shapes.map((one) => stampOf(one, diameter));
  const side = stamps[0]!.side;
  const half = side / 2;
  const [scaleX, scaleY] = [width / (camera.right - camera.left), height / (camera.top - camera.bottom)];
  const n = x.length;
  const step = scatteredStep(n);
  const isPlain = style.solid && stamps.every(({ coverage }) => coverage.every((share) => share === 255));
  // Files are sorted by class; drawn in their order, the last class would hide the others.
  for (let turn = 0, i = 0; turn < n; turn++, i = (i + step) % n) {
    const kind = colour[i]!;
    if (shown[kind] !== 1) continue;
    const px = (x[i]! - camera.left) * scaleX;
    const py = (camera.top - y[i]!) * scaleY;
    // Written so that NaN is passed over too.
    if (!(px > -half && px < width + half && py > -half && py < height + half)) continue;
    const word = chosen && chosen[i] !== 1 ? pale[kind]! : words[kind]!;
    const stamp = stamps[shape ? shape[i]! % stamps.length : 0]!;
    const x0 = Math.round(px - half);
    const y0 = Math.round(py - half);
    // Specks that cover their pixels whole need no blending.
    if (isPlain && word >>> 24 === 255 && x0 >= 0 && y0 >= 0 && x0 + side <= width && y0 + side <= height) {
      for (let at = y0 * width + x0, v = 0; v < side; v++, at += width)
        for (let u = 0; u < side; u++) target[at + u] = word;
      continue;
    }
    for (let v = 0; v < side; v++) {
      const row = y0 + v;
      if (row < 0 || row >= height) continue;
      for (let u = 0; u < side; u++) {
        const coverage = stamp.coverage[v * side + u]!;
        const column = x0 + u;
        if (coverage === 0 || column < 0 || column >= width) continue;
        const at = row * width + column;
        target[at] = over(word, coverage, target[at]!);
      }
    }
  }
}

/** A step through 0…n−1 that visits each once, far from the last: near n divided by the golden ratio, coprime to n. */
export function scatteredStep(n: number): number {
  let step = Math.max(1, Math.round(n * 0.6180339887));
  while (gcd(step, n) !== 1 && step < 2 * n) step++;
  return n > 0 ? step % n || 1 : 1;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** `source`, its alpha times coverage/255, over `below`: Porter and Duff's "over" on colours not multiplied by alpha. */
function over(source: number, coverage: number, below: number): number {
  if (coverage === 255 && source >>> 24 === 255) return source;
  const alpha = ((source >>> 24) * coverage) / 255;
  const belowAlpha = below >>> 24;
  if (belowAlpha === 0) return (((alpha + 0.5) << 24) | (source & 0xffffff)) >>> 0;
  const rest = belowAlpha * (1 - alpha / 255);
  const total = alpha + rest;
  const mix = (shift: number): number =>
    ((((source >>> shift) & 0xff) * alpha + ((below >>> shift) & 0xff) * rest) / total + 0.5) << shift;
  return (((total + 0.5) << 24) | mix(16) | mix(8) | mix(0)) >>> 0;
}
