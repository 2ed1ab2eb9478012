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

/**
 * As `gather`, but outside the window lies paper of one colour, to which the edge's pixels fade within one pixel:
 * torch.nn.functional.grid_sample(padding_mode='zeros') where the colour is 0.
 *
 * @param paper the value of each channel, in the source's units
 */
export function gatherOnPaper(
  source: Source,
  map: Affine,
  window: Window,
  paper: Float32Array,
  out: Float32Array,
  outOffset: number,
): void {
  const { values, offset, width, height, channels, scale } = source;
  const { left, top } = window;
  const right = left + window.width - 1;
  const bottom = top + window.height - 1;
  let o = outOffset;
  for (let y = 0; y < height; y++) {
    const rowX = map.xy * (y + 0.5) + map.x0 - 0.5;
    const rowY = map.yy * (y + 0.5) + map.y0 - 0.5;
    for (let x = 0; x < width; x++) {
      const sx = map.xx * (x + 0.5) + rowX;
      const sy = map.yx * (x + 0.5) + rowY;
      const ix = Math.floor(sx);
      const iy = Math.floor(sy);
      const fx = sx - ix;
      const fy = sy - iy;
      const west = ix >= left && ix <= right;
      const east = ix + 1 >= left && ix + 1 <= right;
      const north = iy >= top && iy <= bottom;
      const south = iy + 1 >= top && iy + 1 <= bottom;
      const p = offset + (iy * width + ix) * channels;
      const below = p + width * channels;
      for (let c = 0; c < channels; c++) {
        const outside = paper[c]!;
        const v00 = north && west ? values[p + c]! : outside;
        const v01 = north && east ? values[p + channels + c]! : outside;
        const v10 = south && west ? values[below + c]! : outside;
        const v11 = south && east ? values[below + channels + c]! : outside;
        out[o++] = scale * ((1 - fy) * ((1 - fx) * v00 + fx * v01) + fy * ((1 - fx) * v10 + fx * v11));
      }
    }
  }
}

/** The median of each channel over the pixels of an image's border, in the source's units: what it is drawn on. */
export function borderMedian({ values, offset, width, height, channels }: Omit<Source, 'scale'>): Float32Array {
  const pixels: number[] = [];
  for (let y = 0; y < height; y++) {
    const step = y === 0 || y === height - 1 ? 1 : Math.max(1, width - 1);
    for (let x = 0; x < width; x += step) pixels.push(y * width + x);
  }
  const border = new Float32Array(pixels.length);
  return Float32Array.from({ length: channels }, (_, c) => {
    for (let i = 0; i < border.length; i++) border[i] = values[offset + pixels[i]! * channels + c]!;
    return border.sort()[border.length >> 1]!;
  });
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
