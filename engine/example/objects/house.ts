import type { Random } from '../../data/random';
import { area, box, line, spline, type Part } from '../geometry';

/** A house seen from its gable, with or without the long side beside it. */
export function house(random: Random): Part[] {
  const u = (low: number, high: number): number => random.uniform(low, high);
  const side = random.chance(0.4);
  const eaves = u(-0.15, 0.1);
  const ridge = u(-0.95, -0.65);
  const left = -u(0.72, 0.9);
  const right = side ? u(-0.05, 0.15) : u(0.72, 0.9);
  const far = u(0.78, 0.92);
  const over = u(0.06, 0.16);
  const middle = (left + right) / 2;
  const parts: Part[] = [];
  if (random.chance(0.55)) {
    const x = side ? u(0.3, 0.55) : u(0.25, 0.5) * (random.chance(0.5) ? 1 : -1);
    parts.push(area(box(x - 0.1, ridge - 0.02, x + 0.1, eaves), 'third'));
    if (random.chance(0.4))
      parts.push(
        line(
          spline(
            [
              [x, ridge - 0.05],
              [x + 0.08, ridge - 0.15],
              [x, ridge - 0.22],
              [x + 0.1, ridge - 0.32],
            ],
            false,
          ),
          'light',
          0.05,
        ),
      );
  }
  if (side) {
    parts.push(area(box(right, eaves, far, 0.9), 'main'));
    parts.push(
      area(
        [
          [middle, ridge],
          [far - (right - middle) * 0.6 + 0.1, ridge],
          [far + over, eaves],
          [right, eaves],
        ],
        'second',
      ),
    );
  }
  parts.push(
    area(
      [
        [left, 0.9],
        [left, eaves],
        [middle, ridge],
        [right, eaves],
        [right, 0.9],
      ],
      'main',
    ),
  );
  const slope = (eaves - ridge) / (right - middle);
  const roof = [
    [left - over, eaves + over * slope],
    [middle, ridge],
    [right + over, eaves + over * slope],
  ] as const;
  if (side) parts.push(line(roof, 'second', 0.12));
  else parts.push(area([roof[0], [middle, ridge - 0.06], roof[2]], 'second'));

  const windows = (x0: number, x1: number, y: number, size: number, count: number): void => {
    const cross = random.chance(0.6);
    for (let i = 0; i < count; i++) {
      const x = x0 + ((x1 - x0) * (i + 0.5)) / count;
      const pane = [x - size, y - size, x + size, y + size] as const;
      parts.push(area(box(...pane), random.chance(0.5) ? 'light' : 'dark'));
      if (!cross) continue;
      parts.push(line([[x, y - size], [x, y + size]], 'third', 0.03));
      parts.push(line([[x - size, y], [x + size, y]], 'third', 0.03));
    }
  };
  const door = u(0.11, 0.16);
  const doorX = side || random.chance(0.5) ? middle : middle + (random.chance(0.5) ? 1 : -1) * (right - middle) * 0.45;
  parts.push(area(box(doorX - door, u(0.3, 0.42), doorX + door, 0.9), random.chance(0.5) ? 'third' : 'dark'));
  if (side) {
    windows(right + 0.06, far - 0.06, (eaves + 0.75) / 2, u(0.1, 0.14), random.chance(0.6) ? 2 : 1);
    if (random.chance(0.6)) windows(left, right, eaves - 0.05, 0.1, 1);
  } else {
    const y = eaves + u(0.22, 0.32);
    const size = u(0.11, 0.16);
    if (doorX === middle) {
      windows(left + 0.05, middle - door, y, size, 1);
      windows(middle + door, right - 0.05, y, size, 1);
    } else if (doorX > middle) windows(left + 0.05, doorX - door, y + 0.05, size, random.chance(0.5) ? 2 : 1);
    else windows(doorX + door, right - 0.05, y + 0.05, size, random.chance(0.5) ? 2 : 1);
  }
  return parts;
}
