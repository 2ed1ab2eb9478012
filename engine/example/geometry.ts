/** x to the right, y down. Objects are drawn in [−1, 1]²; placed scenes live in a [0, 100]² frame. */
export type Point = readonly [x: number, y: number];

/**
 * What a part is coloured with, resolved by each style: `main`, `second` and `third` are the object's own
 * palette (drawn anew for every image, so that hue never tells the class), `dark` and `light` are fixed in value.
 */
export type Paint = 'main' | 'second' | 'third' | 'dark' | 'light';

/** One piece of an object in painter's order: a filled area, or a line when `closed` is false. */
export interface Part {
  readonly points: readonly Point[];
  readonly closed: boolean;
  readonly paint: Paint;
  /** Width of a line where it is painted, in the units of the points. */
  readonly width: number;
}

export function area(points: readonly Point[], paint: Paint = 'main'): Part {
  return { points, closed: true, paint, width: 0 };
}

export function line(points: readonly Point[], paint: Paint = 'dark', width = 0.05): Part {
  return { points, closed: false, paint, width };
}

/** Points of an elliptic arc, angles in radians clockwise from the x axis. A full turn leaves out the last point. */
export function arc(
  [x, y]: Point,
  radiusX: number,
  radiusY: number,
  from = 0,
  to = 2 * Math.PI,
  count = Math.max(8, Math.ceil((Math.abs(to - from) / (2 * Math.PI)) * 28)),
): Point[] {
  const full = Math.abs(to - from) > 2 * Math.PI - 1e-9;
  const steps = full ? count : count - 1;
  return Array.from({ length: count }, (_, i): Point => {
    const angle = from + ((to - from) * i) / steps;
    return [x + radiusX * Math.cos(angle), y + radiusY * Math.sin(angle)];
  });
}

export function box(left: number, top: number, right: number, bottom: number): Point[] {
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}

/** A smooth curve through the given points: uniform Catmull–Rom, `steps` points a span. */
export function spline(points: readonly Point[], closed: boolean, steps = 6): Point[] {
  const n = points.length;
  const at = (i: number): Point => (closed ? points[(i + n) % n]! : points[Math.min(n - 1, Math.max(0, i))]!);
  const curve: Point[] = [];
  for (let i = 0; i < (closed ? n : n - 1); i++) {
    const [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    for (let s = 0; s < steps; s++) {
      const t = s / steps;
      const blend = (k: 0 | 1): number =>
        b[k] +
        0.5 *
          t *
          (c[k] - a[k] + t * (2 * a[k] - 5 * b[k] + 4 * c[k] - d[k] + t * (3 * (b[k] - c[k]) + d[k] - a[k])));
      curve.push([blend(0), blend(1)]);
    }
  }
  if (!closed) curve.push(points[n - 1]!);
  return curve;
}

/** The outline of a thick line: `width(t)` across at the share t ∈ [0, 1] of its points. */
export function band(points: readonly Point[], width: (t: number) => number): Point[] {
  const last = points.length - 1;
  const left: Point[] = [];
  const right: Point[] = [];
  points.forEach(([x, y], i) => {
    const before = points[Math.max(0, i - 1)]!;
    const after = points[Math.min(last, i + 1)]!;
    const dx = after[0] - before[0];
    const dy = after[1] - before[1];
    const half = width(i / last) / 2 / (Math.hypot(dx, dy) || 1);
    left.push([x - dy * half, y + dx * half]);
    right.unshift([x + dy * half, y - dx * half]);
  });
  return [...left, ...right];
}

export function map(parts: readonly Part[], move: (point: Point) => Point, scale = 1): Part[] {
  return parts.map((part) => ({ ...part, points: part.points.map(move), width: part.width * scale }));
}

/** The points moved towards (or, with a factor above 1, away from) a centre. */
export function scaled(points: readonly Point[], center: Point, factor: number): Point[] {
  return points.map(([x, y]) => [center[0] + (x - center[0]) * factor, center[1] + (y - center[1]) * factor]);
}

export function mirrored(points: readonly Point[], squeeze = 1): Point[] {
  return points.map(([x, y]) => [-x * squeeze, y]);
}

export function centroid(points: readonly Point[]): Point {
  const sum = points.reduce<Point>((s, p) => [s[0] + p[0], s[1] + p[1]], [0, 0]);
  return [sum[0] / points.length, sum[1] / points.length];
}

/** The same polyline with no segment longer than `spacing`. Corners stay. */
export function subdivided(points: readonly Point[], closed: boolean, spacing: number): Point[] {
  const result: Point[] = [];
  const count = closed ? points.length : points.length - 1;
  for (let i = 0; i < count; i++) {
    const a = points[i]!;
    const b = points[(i + 1) % points.length]!;
    const pieces = Math.max(1, Math.ceil(Math.hypot(b[0] - a[0], b[1] - a[1]) / spacing));
    for (let k = 0; k < pieces; k++)
      result.push([a[0] + ((b[0] - a[0]) * k) / pieces, a[1] + ((b[1] - a[1]) * k) / pieces]);
  }
  result.push(closed ? points[0]! : points[points.length - 1]!);
  return result;
}
