import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import { placeLabels } from '../../webview/charts/place-labels';

const setting = { height: 14, radius: 6, area: { left: 0, right: 600, top: 0, bottom: 300 } };

describe('names of points', () => {
  it('stand to the right where there is room', () => {
    const points = [
      { x: 50, y: 50, width: 60 },
      { x: 50, y: 200, width: 60 },
    ];
    expect(placeLabels(points, setting)).toEqual(points.map(({ y }) => ({ x: 60, y, far: false })));
  });

  it('stand within the area', () => {
    const [right] = placeLabels([{ x: 590, y: 50, width: 60 }], setting);
    expect(right).toEqual({ x: 590 - 10 - 60, y: 50, far: false });
  });

  it('hide neither each other nor a point, though points lie close', () => {
    const random = stream(3, 'labels');
    const points = Array.from({ length: 9 }, () => ({
      x: 300 + 25 * random.normal(),
      y: 150 + 15 * random.normal(),
      width: 40 + 40 * random.next(),
    }));
    const boxes = placeLabels(points, setting).map(({ x, y }, i) => ({
      ...{ left: x, right: x + points[i]!.width, top: y - 7, bottom: y + 7 },
    }));
    const marks = points.map(({ x, y }) => ({ left: x - 6, right: x + 6, top: y - 6, bottom: y + 6 }));
    type Box = (typeof boxes)[number];
    const apart = (a: Box, b: Box): boolean =>
      a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
    boxes.forEach((box, i) => {
      expect([...boxes.slice(0, i), ...marks].filter((other) => !apart(box, other))).toEqual([]);
    });
  });
});
