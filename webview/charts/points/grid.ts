import type { Points } from './model';

type Coordinates = Pick<Points, 'x' | 'y'>;

/** Points by the cell of a regular grid that they lie in, for looking them up by place. */
export interface Grid {
  readonly side: number;
  readonly left: number;
  readonly bottom: number;
  /** Cells along each axis for one unit of length. */
  readonly perX: number;
  readonly perY: number;
  /** side² + 1 offsets into `order`. */
  readonly starts: Uint32Array;
  /** Indices of the points, cell by cell. */
  readonly order: Uint32Array;
}

export interface Bounds {
  left: number;
  right: number;
  bottom: number;
  top: number;
}

/** The smallest rectangle around all points with coordinates; undefined where there is none. */
export function boundsOf({ x, y }: Coordinates): Bounds | undefined {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < x.length; i++) {
    const [px, py] = [x[i]!, y[i]!];
    if (!Number.isFinite(px) || !Number.isFinite(py)) continue;
    if (px < left) left = px;
    if (px > right) right = px;
    if (py < bottom) bottom = py;
    if (py > top) top = py;
  }
  return left <= right ? { left, right, bottom, top } : undefined;
}

/** Sorts the points into cells, a few to each, by counting. Points without coordinates are left out. */
export function gridOf(points: Coordinates): Grid {
  const { x, y } = points;
  const n = x.length;
  const side = Math.max(1, Math.min(1024, Math.round(Math.sqrt(n / 2))));
  const { left, right, bottom, top } = boundsOf(points) ?? { left: 0, right: 1, bottom: 0, top: 1 };
  const [perX, perY] = [cellsFor(side, right - left), cellsFor(side, top - bottom)];
  const cells = new Int32Array(n);
  const starts = new Uint32Array(side * side + 1);
  for (let i = 0; i < n; i++) {
    const [px, py] = [x[i]!, y[i]!];
    if (!Number.isFinite(px) || !Number.isFinite(py)) {
      cells[i] = -1;
      continue;
    }
    const cell = clamp((py - bottom) * perY, side) * side + clamp((px - left) * perX, side);
    cells[i] = cell;
    starts[cell + 1]!++;
  }
  for (let cell = 0; cell < side * side; cell++) starts[cell + 1]! += starts[cell]!;
  const next = starts.slice();
  const order = new Uint32Array(starts[side * side]!);
  for (let i = 0; i < n; i++) if (cells[i]! >= 0) order[next[cells[i]!]!++] = i;
  return { side, left, bottom, perX, perY, starts, order };
}

/** Cells for one unit of length; an extent too small to be divided lies in one cell. */
function cellsFor(side: number, extent: number): number {
  const cells = side / extent;
  return Number.isFinite(cells) ? cells : 0;
}

function clamp(value: number, side: number): number {
  return value < 0 ? 0 : value >= side ? side - 1 : Math.floor(value);
}

/** Calls back with every point in the cells that meet a rectangle; some of them may lie outside it. */
export function visitCells(grid: Grid, area: Bounds, visit: (point: number) => void): void {
  const { side, left, bottom, perX, perY, starts, order } = grid;
  if (!(area.right >= area.left) || !(area.top >= area.bottom)) return;
  if ((area.right - left) * perX < 0 || (area.left - left) * perX > side) return;
  if ((area.top - bottom) * perY < 0 || (area.bottom - bottom) * perY > side) return;
  const [c0, c1] = [clamp((area.left - left) * perX, side), clamp((area.right - left) * perX, side)];
  const [r0, r1] = [clamp((area.bottom - bottom) * perY, side), clamp((area.top - bottom) * perY, side)];
  for (let row = r0; row <= r1; row++) {
    const end = starts[row * side + c1 + 1]!;
    for (let k = starts[row * side + c0]!; k < end; k++) visit(order[k]!);
  }
}

/**
 * The point nearest to (x, y), at most `radius` away where one unit of length counts `scaleX` across and `scaleY` up;
 * −1 where there is none. Of points at one place the last wins. `accepts` leaves points out.
 */
export function pick(
  grid: Grid,
  points: Coordinates,
  at: { x: number; y: number; scaleX: number; scaleY: number; radius: number },
  accepts: (point: number) => boolean = () => true,
): number {
  const { x, y, scaleX, scaleY, radius } = at;
  let [best, nearest] = [-1, radius * radius];
  const area = {
    ...{ left: x - radius / scaleX, right: x + radius / scaleX },
    ...{ bottom: y - radius / scaleY, top: y + radius / scaleY },
  };
  visitCells(grid, area, (point) => {
    const far = ((points.x[point]! - x) * scaleX) ** 2 + ((points.y[point]! - y) * scaleY) ** 2;
    if (far < nearest || (far === nearest && (best < 0 || point > best))) {
      if (accepts(point)) [best, nearest] = [point, far];
    }
  });
  return best;
}
