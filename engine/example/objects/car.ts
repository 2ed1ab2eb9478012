import type { Random } from '../../data/random';
import { arc, area, box, line, spline, type Part, type Point } from '../geometry';

/** A car from its side: saloon, hatchback or van, by where the cabin ends. */
export function car(random: Random): Part[] {
  const u = (low: number, high: number): number => random.uniform(low, high);
  const roof = u(-0.58, -0.42);
  const waist = u(-0.16, -0.06);
  const sill = u(0.3, 0.38);
  const front = u(-0.42, -0.2);
  const rear = [u(0.4, 0.55), u(0.66, 0.8), u(0.84, 0.9)][random.below(3)]!;
  const slant = u(0.14, 0.3);
  const back = rear > 0.8 ? 0.04 : u(0.1, 0.25);
  const cabin: Point[] = [
    [front, waist + 0.02],
    [front + slant, roof],
    [rear - back, roof],
    [rear, waist + 0.02],
  ];
  const body = spline(
    [
      [-0.97, sill - 0.04],
      [-0.97, waist + 0.2],
      [-0.86, waist + 0.07],
      [front - 0.04, waist],
      [0.2, waist - 0.01],
      [rear, waist],
      [0.93, waist + 0.04],
      [0.97, waist + 0.2],
      [0.95, sill],
      [0.4, sill + 0.02],
      [-0.4, sill + 0.02],
    ],
    true,
    4,
  );
  const parts: Part[] = [];
  if (random.chance(0.15)) parts.push(line([[front + slant, roof - 0.1], [rear - back, roof - 0.1]], 'dark', 0.05));
  parts.push(area(cabin, random.chance(0.75) ? 'main' : 'second'), area(body, 'main'));
  const split = u(0.42, 0.6);
  const inset = 0.07;
  const along = (t: number, y: number): Point => {
    const low = front + inset + (rear - front - 2 * inset) * t;
    const high = front + slant + inset * 0.4 + (rear - back - front - slant - inset * 0.8) * t;
    return [low + (high - low) * y, waist - 0.01 + (roof + inset - waist + 0.01) * y];
  };
  const glass = random.chance(0.5) ? 'light' : 'dark';
  parts.push(area([along(0, 0), along(0, 1), along(split - 0.04, 1), along(split - 0.04, 0)], glass));
  parts.push(area([along(split + 0.04, 0), along(split + 0.04, 1), along(1, 1), along(1, 0)], glass));
  const doorX = along(split, 0)[0];
  if (random.chance(0.6)) parts.push(line([[doorX, waist], [doorX, sill - 0.03]], 'third', 0.03));
  if (random.chance(0.4)) parts.push(area(box(-0.95, sill - 0.12, 0.95, sill - 0.04), 'third'));
  if (random.chance(0.6)) parts.push(area(arc([-0.86, waist + 0.17], 0.07, 0.07), 'light'));
  const wheel = u(0.2, 0.27);
  const hub = u(0.4, 0.6);
  for (const x of [-u(0.5, 0.6), u(0.5, 0.6)]) {
    parts.push(area(arc([x, sill + 0.02], wheel, wheel), 'dark'));
    parts.push(area(arc([x, sill + 0.02], wheel * hub, wheel * hub), 'light'));
  }
  return parts.map((part) => ({ ...part, points: part.points.map(([x, y]): Point => [x, y + 0.05]) }));
}
