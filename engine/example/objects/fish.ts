import type { Random } from '../../data/random';
import { arc, area, line, spline, type Part } from '../geometry';

export function fish(random: Random): Part[] {
  const u = (low: number, high: number): number => random.uniform(low, high);
  const back = u(0.32, 0.58);
  const belly = back * u(0.8, 1.1);
  const joint = u(0.42, 0.55);
  const flare = u(0.3, 0.5);
  const notch = u(0.65, 0.85);
  const parts: Part[] = [];
  parts.push(
    area(
      spline(
        [
          [joint - 0.08, -0.04],
          [0.72, -flare * 0.75],
          [0.97, -flare],
          [notch, 0],
          [0.97, flare],
          [0.72, flare * 0.75],
          [joint - 0.08, 0.04],
        ],
        true,
        4,
      ),
      'second',
    ),
  );
  const fin = u(0.16, 0.3);
  const finFrom = u(-0.35, -0.2);
  const finTo = u(0.1, 0.3);
  if (random.chance(0.85))
    parts.push(
      area(
        spline(
          [
            [finFrom, -back * 0.8],
            [finFrom + 0.2, -back - fin],
            [finTo + 0.1, -back - fin * 0.6],
            [finTo, -back * 0.55],
          ],
          true,
          4,
        ),
        'second',
      ),
    );
  if (random.chance(0.7))
    parts.push(
      area(
        [
          [-0.1, belly * 0.85],
          [0.12, belly + fin * 0.8],
          [0.22, belly * 0.7],
        ],
        'second',
      ),
    );
  parts.push(
    area(
      spline(
        [
          [-0.93, 0.02],
          [-0.7, -back * 0.62],
          [-0.28, -back],
          [0.18, -back * 0.72],
          [joint, -0.09],
          [joint, 0.09],
          [0.18, belly * 0.72],
          [-0.28, belly],
          [-0.7, belly * 0.62],
        ],
        true,
      ),
      'main',
    ),
  );
  const pattern = random.below(4);
  if (pattern === 1)
    for (const x of [-0.16, 0.1]) {
      const reach = (x < 0 ? 0.84 : 0.62) * Math.min(back, belly);
      parts.push(
        area(
          [
            [x - 0.06, -reach],
            [x + 0.06, -reach],
            [x + 0.08, 0],
            [x + 0.05, reach],
            [x - 0.06, reach],
            [x - 0.02, 0],
          ],
          'third',
        ),
      );
    }
  if (pattern === 2)
    for (const [x, y] of [[-0.2, -0.12], [0.02, 0.1], [0.16, -0.1]] as const)
      parts.push(line(arc([x, y], 0.1, 0.12, -1.2, 1.2), 'third', 0.05));
  parts.push(line(arc([-0.62, 0], 0.17, back * 0.6, -1, 1), 'third', 0.05));
  if (random.chance(0.6)) parts.push(line([[-0.9, 0.1], [-0.74, 0.12]], 'dark', 0.04));
  if (random.chance(0.6))
    parts.push(
      area(
        [
          [-0.22, 0.06],
          [0.05, 0.02],
          [0.02, 0.24],
        ],
        'second',
      ),
    );
  const eye = u(0.07, 0.1);
  parts.push(area(arc([-0.66, -back * 0.26], eye, eye), 'light'));
  parts.push(area(arc([-0.66, -back * 0.26], eye * 0.6, eye * 0.6), 'dark'));
  return parts;
}
