import type { Random } from '../data/random';
import { map, type Part, type Point } from './geometry';
import { objects, type ObjectName } from './objects';

/** One object placed in the [0, 100]² frame: rotated within ±20°, mirrored, stretched, sheared, scaled and shifted. */
export function placedObject(name: ObjectName, random: Random): Part[] {
  const parts = objects[name](random);
  const angle = (random.uniform(-20, 20) * Math.PI) / 180;
  const scale = random.uniform(33, 45);
  const stretch = Math.exp(random.uniform(-0.12, 0.12));
  const shear = random.uniform(-0.1, 0.1);
  const mirror = random.chance(0.5) ? -1 : 1;
  const room = 50 - scale + 5;
  const center: Point = [50 + random.uniform(-room, room), 50 + random.uniform(-room, room)];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const move = ([x, y]: Point): Point => {
    const u = mirror * x * scale * stretch + shear * y * scale;
    const v = (y * scale) / stretch;
    return [center[0] + cos * u - sin * v, center[1] + sin * u + cos * v];
  };
  return map(parts, move, scale);
}
