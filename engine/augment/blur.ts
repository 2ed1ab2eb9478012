/**
 * Normalised Gaussian weights at the whole pixels −radius…radius, as torchvision's gaussian_blur has them.
 * Length 2·radius + 1.
 */
export function gaussianKernel(radius: number, sigma: number): Float64Array {
  const kernel = new Float64Array(2 * radius + 1);
  let sum = 0;
  for (let i = -radius; i <= radius; i++) sum += kernel[i + radius] = Math.exp(-0.5 * (i / sigma) ** 2);
  for (let i = 0; i < kernel.length; i++) kernel[i]! /= sum;
  return kernel;
}

/** Radius of the kernel whose odd length is nearest to a share of the side (at least 3 pixels long). */
export function kernelRadius(side: number, share: number): number {
  return Math.max(1, Math.round((share * side - 1) / 2));
}

/** Reflects an index into [0, length) without repeating the edge (torch's `reflect`). */
function reflect(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const i = ((index % period) + period) % period;
  return i < length ? i : period - i;
}

/** Gaussian blur of images of one shape. It owns scratch space, so one caller uses it at a time. */
export class Blur {
  private readonly scratch: Float32Array;
  private readonly line: Float32Array;

  constructor(
    private readonly width: number,
    private readonly height: number,
    private readonly channels: number,
  ) {
    this.scratch = new Float32Array(width * height * channels);
    this.line = new Float32Array(3 * width * channels);
  }

  /** Blurs in place, rows then columns, reflecting at the edges. The reach is cut at the image's shorter side. */
  apply(image: Float32Array, offset: number, sigma: number, radius: number): void {
    const reach = Math.min(radius, this.width, this.height);
    if (reach < 1 || !(sigma > 0)) return;
    const kernel = gaussianKernel(reach, sigma);
    this.rows(kernel, image, offset);
    this.columns(kernel, image, offset);
  }

  /** From the image to the scratch space. */
  private rows(kernel: Float64Array, image: Float32Array, offset: number): void {
    const { width, height, channels, line, scratch } = this;
    const reach = kernel.length >> 1;
    const stride = width * channels;
    const start = reach * channels;
    const middle = kernel[reach]!;
    for (let y = 0; y < height; y++) {
      const row = offset + y * stride;
      for (let i = 0; i < stride; i++) line[start + i] = image[row + i]!;
      for (let k = 1; k <= reach; k++) {
        const before = row + reflect(-k, width) * channels;
        const after = row + reflect(width - 1 + k, width) * channels;
        for (let c = 0; c < channels; c++) {
          line[start - k * channels + c] = image[before + c]!;
          line[start + stride + (k - 1) * channels + c] = image[after + c]!;
        }
      }
      for (let i = 0; i < stride; i++) {
        const at = start + i;
        let sum = middle * line[at]!;
        for (let k = 1, d = channels; k <= reach; k++, d += channels)
          sum += kernel[reach + k]! * (line[at - d]! + line[at + d]!);
        scratch[y * stride + i] = sum;
      }
    }
  }

  /** From the scratch space back to the image. */
  private columns(kernel: Float64Array, image: Float32Array, offset: number): void {
    const { width, height, channels, scratch } = this;
    const reach = kernel.length >> 1;
    const stride = width * channels;
    for (let y = 0; y < height; y++) {
      const row = offset + y * stride;
      const middle = kernel[reach]!;
      for (let i = 0; i < stride; i++) image[row + i] = middle * scratch[y * stride + i]!;
      for (let k = 1; k <= reach; k++) {
        const weight = kernel[reach + k]!;
        const above = reflect(y - k, height) * stride;
        const below = reflect(y + k, height) * stride;
        for (let i = 0; i < stride; i++) image[row + i]! += weight * (scratch[above + i]! + scratch[below + i]!);
      }
    }
  }
}
