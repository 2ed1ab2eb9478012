import type { Affine, Window } from './affine';

/** Where to read an image: row-major, channels last. */
export interface Source {
  readonly values: Uint8Array | Float32Array;
  readonly offset: number;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Factor on every value: 1/255 for bytes. */
  readonly scale: number;
}

/**
 * One bilinear pass through an affine map. Output has the source's shape. Outside the window the nearest pixel of
 * its edge counts: for a crop that is torch.nn.functional.interpolate(align_corners=False, antialias=False) on the
 * cropped image; crops are never larger than the output, so antialiasing would change nothing.
 */
export function gather(source: Source, map: Affine, window: Window, out: Float32Array, outOffset: number): void {
  const { values, offset, width, height, channels, scale } = source;
  const left = window.left;
  const top = window.top;
  const right = left + window.width - 1;
  const bottom = top + window.height - 1;
  let o = outOffset;
  for (let y = 0; y < height; y++) {
    const rowX = map.xy * (y + 0.5) + map.x0 - 0.5;
    const rowY = map.yy * (y + 0.5) + map.y0 - 0.5;
    for (let x = 0; x < width; x++) {
      let sx = map.xx * (x + 0.5) + rowX;
      let sy = map.yx * (x + 0.5) + rowY;
      sx = sx > left ? (sx < right ? sx : right) : left;
      sy = sy > top ? (sy < bottom ? sy : bottom) : top;
      const ix = sx | 0;
      const iy = sy | 0;
      const fx = sx - ix;
      const fy = sy - iy;
      const p = offset + (iy * width + ix) * channels;
      const stepX = ix < right ? channels : 0;
      const stepY = iy < bottom ? width * channels : 0;
      const w00 = (1 - fx) * (1 - fy) * scale;
      const w01 = fx * (1 - fy) * scale;
      const w10 = (1 - fx) * fy * scale;
      const w11 = fx * fy * scale;
      const p01 = p + stepX;
      const p10 = p + stepY;
      const p11 = p10 + stepX;
      out[o++] = w00 * values[p]! + w01 * values[p01]! + w10 * values[p10]! + w11 * values[p11]!;
      for (let c = 1; c < channels; c++)
        out[o++] = w00 * values[p + c]! + w01 * values[p01 + c]! + w10 * values[p10 + c]! + w11 * values[p11 + c]!;
    }
  }
}

/** Copies an image or a vector, scaled. */
export function copy(
  values: Uint8Array | Float32Array,
  offset: number,
  size: number,
  scale: number,
  out: Float32Array,
  outOffset: number,
): void {
  for (let i = 0; i < size; i++) out[outOffset + i] = values[offset + i]! * scale;
}
