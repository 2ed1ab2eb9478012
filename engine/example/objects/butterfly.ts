import type { Random } from '../../data/random';
import { arc, area, centroid, line, mirrored, scaled, spline, type Part, type Point } from '../geometry';

export function butterfly(random: Random): Part[] {
  const u = (low: number, high: number): number => random.uniform(low, high);
  const span = u(0.85, 1.05);
  const rise = u(0.75, 1);
  const drop = u(0.65, 1);
  const tail = random.chance(0.35) ? u(0.08, 0.2) : 0;
  const upper = spline(
    [
      [0.04, 0.02],
      [0.22, -0.5 * rise],
      [0.62 * span, -0.9 * rise],
      [0.95 * span, -0.82 * rise],
      [0.9 * span, -0.36 * rise],
      [0.6 * span, 0.02],
    ],
    true,
  );
  const lower = spline(
    [
      [0.04, 0.0],
      [0.5 * span, -0.02],
      [0.74 * span, 0.3 * drop],
      [0.58 * span, (0.72 + tail) * drop],
      [0.3, (0.74 + tail) * drop],
      [0.1, 0.4 * drop],
    ],
    true,
  );
  const squeeze = random.chance(0.5) ? u(0.6, 1) : 1;
  const pattern = random.below(4);
  const spot = u(0.1, 0.17);
  const two = random.chance(0.5);
  const wing = (points: readonly Point[], isUpper: boolean): Part[] => {
    const center = centroid(points);
    const parts = [area(points, isUpper || !two ? 'main' : 'third')];
    if (pattern === 1 || (pattern === 3 && isUpper)) parts.push(area(scaled(points, center, 0.55), 'second'));
    if (pattern === 2 || (pattern === 3 && !isUpper)) parts.push(area(arc(center, spot, spot), 'second'));
    return parts;
  };
  const parts = [lower, upper].flatMap((points, i) => [
    ...wing(points, i === 1),
    ...wing(mirrored(points, squeeze), i === 1),
  ]);
  const thick = u(0.07, 0.11);
  const reach = u(0.15, 0.32);
  for (const side of [1, -squeeze])
    parts.push(
      line(
        spline(
          [
            [0, -0.35],
            [side * reach * 0.4, -0.65],
            [side * reach, -0.85],
          ],
          false,
        ),
        'dark',
        0.04,
      ),
    );
  parts.push(area(arc([0, 0.06], thick, 0.46), 'dark'), area(arc([0, -0.42], thick * 1.05, thick * 1.05), 'dark'));
  return parts;
}
