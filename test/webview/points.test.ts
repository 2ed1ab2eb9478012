import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import { boundsOf, gridOf, pick } from '../../webview/charts/points/grid';
import type { Camera, Points } from '../../webview/charts/points/model';
import { densityFrom, drawPoints, scatteredStep, type RasterStyle } from '../../webview/charts/points/raster';
import { inLasso, inRectangle, nextInDirection } from '../../webview/charts/points/select';
import { shapes } from '../../webview/charts/points/stamps';

const palette = [0x0072b2, 0xd55e00, 0x009e73];
const golden = join(import.meta.dirname, 'golden');

/** Three clouds, one a colour; every seventh point of the last has no place. */
function clouds(count: number, seed = 3): Points {
  const random = stream(seed, 'clouds');
  const colour = Uint16Array.from({ length: count }, (_, i) => i % 3);
  const place = (i: number, axis: number): number => Math.cos(colour[i]! * 2.1 + axis * 1.6) + 0.25 * random.normal();
  const x = Float32Array.from(colour, (_, i) => (i % 21 === 20 ? NaN : place(i, 0)));
  const y = Float32Array.from(colour, (_, i) => place(i, 1));
  return { x, y, colour, shape: Uint8Array.from(colour, (_, i) => i % shapes.length) };
}

const whole: Camera = { left: -2, right: 2, bottom: -2, top: 2 };

function draw(points: Points, style: Partial<RasterStyle> = {}, camera = whole, side = 160) {
  const pixels = new Uint8ClampedArray(side * side * 4);
  const result = drawPoints(pixels, side, side, points, camera, { palette, ...style });
  return { pixels, result, side };
}

/** Compares with a picture that was looked at. With EIGENPROBE_GOLDEN=write the picture is written anew. */
async function expectPicture(
  name: string,
  { pixels, side }: { pixels: Uint8ClampedArray; side: number },
): Promise<void> {
  const file = join(golden, `${name}.png`);
  if (process.env.EIGENPROBE_GOLDEN === 'write' || !existsSync(file))
    await sharp(Buffer.from(pixels.buffer), { raw: { width: side, height: side, channels: 4 } })
      .png()
      .toFile(file);
  const { data, info } = await sharp(file).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([side, side]);
  let differing = 0;
  for (let i = 0; i < data.length; i++) if (Math.abs(data[i]! - pixels[i]!) > 1) differing++;
  expect(differing, `bytes that differ from ${name}.png`).toBe(0);
}

describe('pictures of points', () => {
  it('a few, with shapes', async () => {
    const drawn = draw(clouds(240), { shapes });
    expect(drawn.result).toEqual({ mode: 'points', visible: 229 });
    await expectPicture('few', drawn);
  });

  it('a part of the plane, at two device pixels a CSS pixel', async () => {
    const camera = { left: 0.2, right: 1.4, bottom: -0.8, top: 0.6 };
    await expectPicture('camera', draw(clouds(600), { ratio: 2 }, camera));
  });

  it('with a colour hidden and some chosen', async () => {
    const points = clouds(900);
    const chosen = Uint8Array.from(points.x, (x) => (x > 0 ? 1 : 0));
    await expectPicture('chosen', draw(points, { hidden: new Set([1]), chosen }));
  });

  it('very many, as a density', async () => {
    const drawn = draw(clouds(densityFrom * 1.2));
    expect(drawn.result.mode).toBe('density');
    await expectPicture('density', drawn);
  });
});

describe('a picture of points', () => {
  const single = (x: number, y: number, colour = 0): Points => ({
    ...{ x: Float32Array.of(x), y: Float32Array.of(y), colour: Uint16Array.of(colour) },
  });

  it('has each point where the camera says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 149 }), fc.integer({ min: 10, max: 149 }), (column, row) => {
        const at = single(-2 + (4 * (column + 0.5)) / 160, 2 - (4 * (row + 0.5)) / 160);
        const { pixels } = draw(at, { size: 5 });
        const middle = 4 * (row * 160 + column);
        expect([...pixels.subarray(middle, middle + 3)]).toEqual([0x00, 0x72, 0xb2]);
        let [x, y, weight] = [0, 0, 0];
        for (let i = 0; i < 160 * 160; i++) {
          const alpha = pixels[4 * i + 3]!;
          [x, y, weight] = [x + alpha * (i % 160), y + alpha * Math.floor(i / 160), weight + alpha];
        }
        expect(x / weight).toBeCloseTo(column, 6);
        expect(y / weight).toBeCloseTo(row, 6);
      }),
      { numRuns: 40 },
    );
  });

  it('is empty without points, with none that has a place, and with a camera that sees nothing', () => {
    const none = draw({ x: new Float32Array(0), y: new Float32Array(0), colour: new Uint16Array(0) });
    expect(none.pixels.every((byte) => byte === 0)).toBe(true);
    for (const [x, y] of [
      [NaN, 0],
      [0, Infinity],
      [5, 5],
    ] as const) {
      const { pixels, result } = draw(single(x, y));
      expect(result.visible).toBe(0);
      expect(pixels.every((byte) => byte === 0)).toBe(true);
    }
    expect(draw(single(0, 0), {}, { left: 1, right: 1, bottom: 0, top: 1 }).result.visible).toBe(0);
  });

  it('draws a density whose pixels have the mean colour of their points', () => {
    const n = densityFrom + 10;
    const colour = Uint16Array.from({ length: n }, (_, i) => (i % 4 === 0 ? 1 : 0));
    const points = { x: new Float32Array(n), y: new Float32Array(n), colour };
    const { pixels, result } = draw(points, { palette: [0x000000, 0xff8040] });
    expect(result).toEqual({ mode: 'density', visible: n });
    const at = 4 * (80 * 160 + 80);
    [255 / 4, 128 / 4, 64 / 4, 255].forEach((value, i) => expect(Math.abs(pixels[at + i]! - value)).toBeLessThan(1.1));
  });

  it('visits every point once, whatever their number', () => {
    for (const n of [1, 2, 3, 10, 97, 1000, 4096]) {
      const step = scatteredStep(n);
      const seen = new Set<number>();
      for (let turn = 0, i = 0; turn < n; turn++, i = (i + step) % n) seen.add(i);
      expect(seen.size).toBe(n);
    }
  });
});

describe('finding points', () => {
  const coordinate = fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.constantFrom(0, 1, NaN, Infinity));
  const cloud = fc.array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 300 });
  const columns = (all: readonly (readonly [number, number])[]) => ({
    x: Float64Array.from(all, ([x]) => x),
    y: Float64Array.from(all, ([, y]) => y),
  });

  it('picks what a search through all of them picks', () => {
    fc.assert(
      fc.property(
        cloud,
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        (all, x, y) => {
          const points = columns(all);
          const scale = { scaleX: 40, scaleY: 25, radius: 12 };
          const distances = all.map(([px, py]) => ((px - x) * 40) ** 2 + ((py - y) * 25) ** 2);
          const nearest = distances.reduce((best, one) => (one < best ? one : best), Infinity);
          const found = pick(gridOf(points), points, { x, y, ...scale });
          if (nearest <= 144) expect(distances[found]).toBeCloseTo(nearest, 9);
          else expect(found).toBe(-1);
        },
      ),
    );
  });

  it('selects what lies in a rectangle and inside a line, and nothing else', () => {
    fc.assert(
      fc.property(cloud, (all) => {
        const points = columns(all);
        const grid = gridOf(points);
        const area = { left: -1.2, right: 1.7, bottom: -0.4, top: 2.1 };
        const inside = all.flatMap(([x, y], i) => (x >= -1.2 && x <= 1.7 && y >= -0.4 && y <= 2.1 ? [i] : []));
        expect(inRectangle(grid, points, area)).toEqual(inside);
        // A triangle, by half-planes.
        const triangle = all.flatMap(([x, y], i) => (y > -1 && y < 2 * x + 3 && y < 3 - 2 * x ? [i] : []));
        const found = inLasso(grid, points, [
          [-2, -1],
          [0, 3],
          [2, -1],
        ]);
        const onEdge = (i: number): boolean =>
          Math.min(
            Math.abs(all[i]![1] + 1),
            Math.abs(2 * all[i]![0] + 3 - all[i]![1]),
            Math.abs(3 - 2 * all[i]![0] - all[i]![1]),
          ) < 1e-9;
        expect(found.filter((i) => !onEdge(i))).toEqual(triangle.filter((i) => !onEdge(i)));
      }),
    );
  });

  it('walks to the nearest point in a direction', () => {
    const points = columns([
      [0, 0],
      [1, 0.2],
      [2, 0],
      [-1, 0],
      [0.1, 1],
    ]);
    const scale = { scaleX: 1, scaleY: 1 };
    expect(nextInDirection(points, 0, [1, 0], scale, () => true)).toBe(1);
    expect(nextInDirection(points, 0, [1, 0], scale, (i) => i !== 1)).toBe(2);
    expect(nextInDirection(points, 0, [-1, 0], scale, () => true)).toBe(3);
    expect(nextInDirection(points, 0, [0, 1], scale, () => true)).toBe(4);
    expect(nextInDirection(points, 0, [0, -1], scale, () => true)).toBe(-1);
  });

  it('knows the bounds of those that have a place', () => {
    expect(
      boundsOf(
        columns([
          [NaN, 1],
          [2, Infinity],
        ]),
      ),
    ).toBeUndefined();
    expect(
      boundsOf(
        columns([
          [NaN, 1],
          [2, 3],
          [-1, 4],
        ]),
      ),
    ).toEqual({ left: -1, right: 2, bottom: 3, top: 4 });
  });
});
