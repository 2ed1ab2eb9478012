import type { Random } from '../../data/random';
import { arc, area, band, box, line, mirrored, spline, type Part, type Point } from '../geometry';

/** An acoustic guitar, or an electric one with two horns. */
export function guitar(random: Random): Part[] {
  const u = (low: number, high: number): number => random.uniform(low, high);
  const electric = random.chance(0.3);
  const wide = u(0.85, 1.15);
  const waist = u(0.26, 0.36);
  const top = u(-0.2, -0.05);
  const half: Point[] = electric
    ? [
        [0.12, 0.98],
        [0.44 * wide, 0.88],
        [0.5 * wide, 0.58],
        [waist * wide * 0.95, 0.34],
        [0.38 * wide, top + 0.12],
        [0.3 * wide, top - 0.1],
        [0.12, top + 0.14],
      ]
    : [
        [0.14, 0.99],
        [0.46 * wide, 0.86],
        [0.54 * wide, 0.58],
        [waist * wide, 0.32],
        [0.4 * wide, top + 0.16],
        [0.27 * wide, top - 0.02],
        [0.08, top - 0.04],
      ];
  const body = spline([...half, ...mirrored(half, electric ? u(0.85, 1) : 1).reverse()], true);
  const neckTop = u(-0.82, -0.7);
  const neck = u(0.1, 0.15);
  const head = u(0.2, 0.28);
  const bridge = u(0.6, 0.74);
  const parts: Part[] = [area(body, 'main')];
  if (electric) {
    const guard = body.map(([x, y]): Point => [x * 0.62 + 0.04, y * 0.62 + 0.22]);
    if (random.chance(0.6)) parts.push(area(guard, 'second'));
    parts.push(area(box(-0.14, 0.3, 0.14, 0.38), 'dark'));
  } else {
    const hole = u(0.13, 0.19);
    if (random.chance(0.5)) parts.push(area(arc([0, 0.24], hole + 0.05, hole + 0.05), 'second'));
    parts.push(area(arc([0, 0.24], hole, hole), 'dark'));
  }
  parts.push(area(box(-0.19, bridge, 0.19, bridge + 0.08), 'dark'));
  parts.push(area(band([[0, 0.08], [0, neckTop]], (t) => neck * (1 - 0.15 * t)), random.chance(0.6) ? 'third' : 'dark'));
  parts.push(
    area(
      [
        [-neck * 0.45, neckTop],
        [-head / 2, neckTop - 0.06],
        [-head * 0.42, -1],
        [head * 0.42, -1],
        [head / 2, neckTop - 0.06],
        [neck * 0.45, neckTop],
      ],
      random.chance(0.5) ? 'second' : 'dark',
    ),
  );
  const strings = random.chance(0.6) ? 2 : 1;
  for (let i = 0; i < strings; i++) {
    const x = strings === 1 ? 0 : (i - 0.5) * neck * 0.5;
    parts.push(line([[x, neckTop], [x, bridge]], 'light', 0.025));
  }
  return parts;
}
