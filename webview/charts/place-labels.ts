export interface Place {
  /** Left end and middle height of the text. */
  readonly x: number;
  readonly y: number;
  /** It stands so far off that a line should lead to it. */
  readonly far: boolean;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Distances of a label from its point, in heights of its text; from the second on a line leads to it. */
const distances = [0, 1.2, 2.4, 3.6];

/**
 * Where the names of points are written so that they hide neither each other nor a point: the first free place out of
 * right, left, above, below and the corners, near before far. Where none is free it is the one that hides least.
 * Lengths are pixels.
 * @param radius of the points' marks
 * @param area that the text must not leave
 */
export function placeLabels(
  points: readonly { readonly x: number; readonly y: number; readonly width: number }[],
  { height, radius, area }: { height: number; radius: number; area: Box },
): Place[] {
  const marks = points.map(({ x, y }) => ({
    left: x - radius,
    right: x + radius,
    top: y - radius,
    bottom: y + radius,
  }));
  const taken: Box[] = [];
  return points.map(({ x, y, width }) => {
    let best: { place: Place; box: Box; hidden: number } | undefined;
    for (const [ring, distance] of distances.entries()) {
      const gap = radius + 4 + distance * height;
      for (const [across, up] of ring === 0 ? near : around) {
        const left = across > 0 ? x + gap : across < 0 ? x - gap - width : x - width / 2;
        const middle = y - up * (across === 0 || ring > 0 ? gap + height / 2 : 0);
        const box = { left, right: left + width, top: middle - height / 2, bottom: middle + height / 2 };
        const outside = overlap(box, box) - overlap(box, area);
        const hidden = [...marks, ...taken].reduce((sum, other) => sum + overlap(box, other), 2 * outside);
        if (!best || hidden < best.hidden) best = { place: { x: left, y: middle, far: ring > 0 }, box, hidden };
        if (best.hidden === 0) break;
      }
      if (best!.hidden === 0) break;
    }
    taken.push(best!.box);
    return best!.place;
  });
}

const near = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const;
const around = [
  [1, 1],
  [1, -1],
  [-1, 1],
  [-1, -1],
  [0, 1],
  [0, -1],
] as const;

/** Area that two boxes share. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}
