/** How a point looks; one shape a domain. */
export const shapes = ['disc', 'triangle', 'square', 'diamond', 'cross', 'ring'] as const;
export type Shape = (typeof shapes)[number];

export interface Stamp {
  /** Width and height in pixels. */
  readonly side: number;
  /** side × side, 0…255: how much of each pixel the shape covers. */
  readonly coverage: Uint8Array;
}

/** Places inside a pixel, along each axis, at which its coverage is measured. */
const samples = 4;
const cache = new Map<string, Stamp>();

/** The picture of a shape that is `diameter` pixels wide. */
export function stampOf(shape: Shape, diameter: number): Stamp {
  const key = `${shape} ${diameter}`;
  const known = cache.get(key);
  if (known) return known;
  const coverage = new Uint8Array(diameter * diameter);
  for (let row = 0; row < diameter; row++)
    for (let column = 0; column < diameter; column++) {
      let hits = 0;
      for (let v = 0; v < samples; v++)
        for (let u = 0; u < samples; u++) {
          // −1…1 across the stamp.
          const x = (2 * (column + (u + 0.5) / samples)) / diameter - 1;
          const y = (2 * (row + (v + 0.5) / samples)) / diameter - 1;
          if (diameter < 3 || isInside(shape, x, y)) hits++;
        }
      coverage[row * diameter + column] = Math.round((255 * hits) / samples ** 2);
    }
  const stamp = { side: diameter, coverage };
  cache.set(key, stamp);
  return stamp;
}

function isInside(shape: Shape, x: number, y: number): boolean {
  switch (shape) {
    case 'disc':
      return x * x + y * y <= 1;
    case 'triangle':
      return y <= 0.85 && Math.abs(x) <= (y + 1) * 0.52;
    case 'square':
      return Math.max(Math.abs(x), Math.abs(y)) <= 0.82;
    case 'diamond':
      return Math.abs(x) + Math.abs(y) <= 1;
    case 'cross':
      return Math.abs(Math.abs(x) - Math.abs(y)) <= 0.38 && Math.max(Math.abs(x), Math.abs(y)) <= 0.9;
    case 'ring': {
      const far = x * x + y * y;
      return far <= 1 && far >= 0.3;
    }
  }
}
