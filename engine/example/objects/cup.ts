import type { Random } from '../../data/random';
import { arc, area, band, line, spline, type Part, type Point } from '../geometry';

/** A mug or a tea cup, sometimes on a saucer, sometimes steaming. */
export function cup(random: Random): Part[] {
  const u = (low: number, high: number): number => random.uniform(low, high);
  const steam = random.chance(0.35);
  const saucer = random.chance(0.4);
  const top = steam ? u(-0.42, -0.3) : u(-0.8, -0.55);
  const bottom = saucer ? 0.72 : u(0.75, 0.88);
  const upper = u(0.5, 0.64);
  const lower = upper * u(0.55, 1);
  const curve = u(-0.02, 0.12);
  const rim = u(0.1, 0.2);
  const x = -0.2;
  const parts: Part[] = [];
  if (saucer) parts.push(area(arc([x + 0.05, bottom + 0.04], upper * 1.35, 0.17), 'second'));

  const height = bottom - top;
  const reach = u(0.3, 0.44);
  const high = top + height * u(0.15, 0.25);
  const low = top + height * u(0.62, 0.78);
  const wall = (y: number): number => {
    const t = (y - top) / height;
    return upper + (lower - upper) * t + curve * Math.sin(Math.PI * t);
  };
  const handle: Point[] = [
    [x + wall(high) - 0.06, high],
    [x + wall(high) + reach * 0.75, high - 0.02],
    [x + wall(high) + reach, (high + low) / 2 - 0.04],
    [x + wall(low) + reach * 0.6, low - 0.02],
    [x + wall(low) - 0.06, low],
  ];
  const thick = u(0.11, 0.17);
  parts.push(
    area(
      band(spline(handle, false), () => thick),
      'main',
    ),
  );
  const levels = Array.from({ length: 9 }, (_, i) => top + (height * i) / 8);
  parts.push(
    area(
      [
        ...levels.map((y): Point => [x + wall(y), y]),
        ...arc([x, bottom], lower, rim * 0.7, 0, Math.PI),
        ...levels.toReversed().map((y): Point => [x - wall(y), y]),
      ],
      'main',
    ),
  );
  const pattern = random.below(4);
  if (pattern === 1) {
    const [y0, y1] = [top + height * u(0.4, 0.5), top + height * u(0.6, 0.75)];
    const edge = (y: number): Point[] => arc([x, y], wall(y), rim * 0.8, 0, Math.PI);
    parts.push(area([...edge(y0), ...edge(y1).reverse()], 'third'));
  }
  if (pattern === 2) parts.push(area(arc([x, top + height * 0.58], 0.16, 0.16), 'third'));
  parts.push(area(arc([x, top], upper, rim), 'main'));
  parts.push(area(arc([x, top + 0.01], upper * 0.86, rim * 0.74), random.chance(0.5) ? 'dark' : 'light'));
  if (steam)
    for (const dx of random.chance(0.5) ? [-0.2, 0.15] : [-0.25, 0, 0.25])
      parts.push(
        line(
          spline(
            [
              [x + dx, top - 0.12],
              [x + dx + 0.08, top - 0.26],
              [x + dx - 0.06, top - 0.4],
              [x + dx + 0.05, top - 0.54],
            ],
            false,
          ),
          'light',
          0.05,
        ),
      );
  return parts;
}
