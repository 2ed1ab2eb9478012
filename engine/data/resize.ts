/** Weights of one output position: input positions `first…first + weights.length − 1`. */
interface Tap {
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * The triangle filter that grows with the reduction, so that no input pixel is skipped: what Pillow and
 * torchvision call bilinear with antialiasing. Weights sum to one; at the border the filter is cut off.
 */
export function triangleTaps(from: number, to: number): Tap[] {
  const scale = from / to;
  const support = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - support + 0.5));
    const end = Math.min(from, Math.floor(centre + support + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_, j) =>
      Math.max(0, 1 - Math.abs(first + j + 0.5 - centre) / support),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

export type Channels = 1 | 3;

export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: Channels;
}

/** Luma of ITU-R BT.601, as Pillow's "L". */
const luma = [0.299, 0.587, 0.114] as const;

/**
 * Makes the function that brings images of one shape to another: resized by `triangleTaps` (each axis by its own
 * factor, the aspect is not kept), colour to gray by luma, gray to colour by repetition. Pixels are uint8, height ×
 * width × channels. One definition for every reader, since a difference in resampling between two domains would
 * itself be a domain shift.
 */
export function createFitter(from: ImageShape, to: ImageShape) {
  const sameSize = from.height === to.height && from.width === to.width;
  const columns = triangleTaps(from.width, to.width);
  const rows = triangleTaps(from.height, to.height);
  const between = from.channels;
  const narrow = new Float64Array(from.height * to.width * between);
  const small = new Float64Array(to.height * to.width * between);

  const resize = (source: Uint8Array, offset: number): void => {
    for (let y = 0; y < from.height; y++) {
      const line = offset + y * from.width * between;
      for (let x = 0; x < to.width; x++) {
        const { first, weights } = columns[x]!;
        for (let c = 0; c < between; c++) {
          let sum = 0;
          for (let j = 0; j < weights.length; j++) sum += weights[j]! * source[line + (first + j) * between + c]!;
          narrow[(y * to.width + x) * between + c] = sum;
        }
      }
    }
    const stride = to.width * between;
    for (let y = 0; y < to.height; y++) {
      const { first, weights } = rows[y]!;
      for (let x = 0; x < stride; x++) {
        let sum = 0;
        for (let j = 0; j < weights.length; j++) sum += weights[j]! * narrow[(first + j) * stride + x]!;
        small[y * stride + x] = sum;
      }
    }
  };

  /** Reads one image of `source` at `offset`, writes one to `target` at `targetOffset`. */
  return (source: Uint8Array, offset: number, target: Uint8Array, targetOffset: number): void => {
    if (sameSize && from.channels === to.channels) {
      target.set(source.subarray(offset, offset + from.height * from.width * from.channels), targetOffset);
      return;
    }
    if (sameSize) for (let i = 0; i < small.length; i++) small[i] = source[offset + i]!;
    else resize(source, offset);
    const pixels = to.height * to.width;
    for (let i = 0; i < pixels; i++) {
      if (between === to.channels) {
        for (let c = 0; c < between; c++) target[targetOffset + i * between + c] = Math.round(small[i * between + c]!);
      } else if (between === 3) {
        const gray = luma[0] * small[3 * i]! + luma[1] * small[3 * i + 1]! + luma[2] * small[3 * i + 2]!;
        target[targetOffset + i] = Math.round(gray);
      } else {
        target.fill(Math.round(small[i]!), targetOffset + 3 * i, targetOffset + 3 * i + 3);
      }
    }
  };
}
