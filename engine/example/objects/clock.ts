import type { Random } from '../../data/random';
import { arc, area, line, type Part, type Point } from '../geometry';

/** A wall clock, or an alarm clock with bells and feet. */
export function clock(random: Random): Part[] {
  const u = (low: number, high: number): number => random.uniform(low, high);
  const alarm = random.chance(0.45);
  const center: Point = [0, alarm ? 0.12 : 0];
  const radius = alarm ? u(0.66, 0.76) : u(0.76, 0.92);
  const oval = u(0.88, 1.08);
  const square = !alarm && random.chance(0.25);
  const at = (angle: number, share: number): Point => [
    center[0] + Math.sin(angle) * radius * oval * share,
    center[1] - Math.cos(angle) * radius * share,
  ];
  const parts: Part[] = [];
  if (alarm) {
    for (const side of [-1, 1]) {
      const foot = side * u(0.42, 0.55);
      parts.push(line([[foot * 0.8, center[1] + radius * 0.75], [foot * 1.25, 0.98]], 'dark', 0.11));
      parts.push(area(arc(at(side * u(0.62, 0.75), 1.18), 0.25, 0.2), 'second'));
    }
    parts.push(line([at(0, 1), at(0, 1.35)], 'dark', 0.09));
  }
  const rim = square
    ? arc(center, 1, 1, 0, 2 * Math.PI, 40).map(([x, y]): Point => {
        // A superellipse of exponent 6: a square with rounded corners.
        const norm = (x ** 6 + y ** 6) ** (1 / 6);
        return [(x / norm) * radius * oval, (y / norm) * radius];
      })
    : arc(center, radius * oval, radius);
  parts.push(area(rim, 'main'));
  const face = u(0.76, 0.86);
  parts.push(area(arc(center, radius * oval * face, radius * face), random.chance(0.8) ? 'light' : 'second'));
  const ticks = random.chance(0.55) ? 4 : 12;
  for (let i = 0; i < ticks; i++) {
    const angle = (2 * Math.PI * i) / ticks;
    parts.push(line([at(angle, face * (ticks === 4 ? 0.72 : 0.8)), at(angle, face * 0.93)], 'dark', 0.05));
  }
  const minute = u(0, 2 * Math.PI);
  const hour = minute + u(0.5, 2 * Math.PI - 0.5);
  parts.push(line([center, at(minute, face * u(0.68, 0.82))], 'dark', u(0.06, 0.09)));
  parts.push(line([center, at(hour, face * u(0.42, 0.55))], 'dark', u(0.08, 0.12)));
  parts.push(area(arc(center, 0.06, 0.06), 'dark'));
  return parts;
}
