import type { Random } from '../../data/random';

/** Smooth noise in [−1, 1]: a random lattice of `cells` × `cells`, interpolated. Size × size, row-major. */
export function smoothNoise(size: number, cells: number, random: Random): Float32Array {
  const width = cells + 1;
  const lattice = Float32Array.from({ length: width * width }, () => random.uniform(-1, 1));
  const noise = new Float32Array(size * size);
  const ease = (t: number): number => t * t * (3 - 2 * t);
  for (let y = 0; y < size; y++) {
    const v = (y / size) * cells;
    const row = Math.floor(v);
    const ty = ease(v - row);
    for (let x = 0; x < size; x++) {
      const u = (x / size) * cells;
      const column = Math.floor(u);
      const tx = ease(u - column);
      const i = row * width + column;
      const top = lattice[i]! * (1 - tx) + lattice[i + 1]! * tx;
      const bottom = lattice[i + width]! * (1 - tx) + lattice[i + width + 1]! * tx;
      noise[y * size + x] = top * (1 - ty) + bottom * ty;
    }
  }
  return noise;
}

/** Gaussian blur in place, sigma in pixels, edges repeated. Pixels: size × size × 3. */
export function blur(pixels: Float32Array, size: number, sigma: number): void {
  const radius = Math.ceil(2.5 * sigma);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)));
  const total = kernel.reduce((a, b) => a + b, 0);
  const pass = (from: Float32Array, to: Float32Array, step: number, across: number): void => {
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++)
        for (let c = 0; c < 3; c++) {
          let sum = 0;
          for (let k = -radius; k <= radius; k++) {
            const at = Math.min(size - 1, Math.max(0, j + k));
            sum += kernel[k + radius]! * from[i * across + at * step + c]!;
          }
          to[i * across + j * step + c] = sum / total;
        }
  };
  const half = new Float32Array(pixels.length);
  pass(pixels, half, 3, 3 * size);
  pass(half, pixels, 3 * size, 3);
}

/** Adds `amount[i]`, times `weight`, to the three channels of each pixel. */
export function addGray(pixels: Float32Array, amount: Float32Array, weight: number): void {
  for (let i = 0; i < amount.length; i++) for (let c = 0; c < 3; c++) pixels[3 * i + c]! += amount[i]! * weight;
}
