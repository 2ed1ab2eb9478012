import { visitCells, type Bounds, type Grid } from './grid';
import type { Points } from './model';

type Coordinates = Pick<Points, 'x' | 'y'>;
type Place = readonly [x: number, y: number];

/** The points inside a rectangle, its edge included, ascending. */
export function inRectangle(grid: Grid, { x, y }: Coordinates, area: Bounds): number[] {
  const found: number[] = [];
  visitCells(grid, area, (i) => {
    if (x[i]! >= area.left && x[i]! <= area.right && y[i]! >= area.bottom && y[i]! <= area.top) found.push(i);
  });
  return found.sort((a, b) => a - b);
}

/** The points inside a closed line, by the even–odd rule, ascending. */
export function inLasso(grid: Grid, { x, y }: Coordinates, line: readonly Place[]): number[] {
  if (line.length < 3) return [];
  const xs = line.map(([px]) => px);
  const ys = line.map(([, py]) => py);
  const area = {
    ...{ left: Math.min(...xs), right: Math.max(...xs) },
    ...{ bottom: Math.min(...ys), top: Math.max(...ys) },
  };
  const found: number[] = [];
  visitCells(grid, area, (i) => {
    if (isInside(line, x[i]!, y[i]!)) found.push(i);
  });
  return found.sort((a, b) => a - b);
}

function isInside(line: readonly Place[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = line.length - 1; i < line.length; j = i++) {
    const [[ax, ay], [bx, by]] = [line[i]!, line[j]!];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/**
 * The point that lies nearest in one direction, for walking with the arrow keys: among points ahead, within 45° of the
 * direction, the one with the smallest distance. −1 where there is none. Distances count as on the screen.
 */
export function nextInDirection(
  { x, y }: Coordinates,
  from: number,
  direction: readonly [dx: number, dy: number],
  scale: { scaleX: number; scaleY: number },
  accepts: (point: number) => boolean,
): number {
  let [best, nearest] = [-1, Infinity];
  for (let i = 0; i < x.length; i++) {
    const dx = (x[i]! - x[from]!) * scale.scaleX;
    const dy = (y[i]! - y[from]!) * scale.scaleY;
    const ahead = dx * direction[0] + dy * direction[1];
    const aside = Math.abs(dx * direction[1] - dy * direction[0]);
    if (!(ahead > 0) || aside > ahead) continue;
    const far = dx * dx + dy * dy;
    if (far < nearest && accepts(i)) [best, nearest] = [i, far];
  }
  return best;
}
