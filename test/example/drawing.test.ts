import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import { hex, rgb } from '../../engine/example/color';
import { area, band, spline, subdivided, type Point } from '../../engine/example/geometry';
import { objectNames, objects } from '../../engine/example/objects';
import { drawPalette } from '../../engine/example/styles/palette';
import { blur, smoothNoise } from '../../engine/example/styles/pixels';

describe('color', () => {
  it('agrees with the sRGB primaries given in CSS Color 4', () => {
    const radians = Math.PI / 180;
    expect(hex({ lightness: 0.62796, chroma: 0.25768, hue: 29.23388 * radians })).toBe('#ff0000');
    expect(hex({ lightness: 0.86644, chroma: 0.29483, hue: 142.49535 * radians })).toBe('#00ff00');
    expect(hex({ lightness: 0.45201, chroma: 0.31321, hue: 264.05202 * radians })).toBe('#0000ff');
    expect(rgb({ lightness: 1, chroma: 0, hue: 0 })).toEqual([255, 255, 255]);
  });

  it('keeps an object apart from its background in lightness', () => {
    for (let i = 0; i < 200; i++) {
      const random = stream(1, i);
      const ground = random.uniform(0.3, 0.92);
      const { main } = drawPalette(random, ground, 0.2);
      expect(Math.abs(main.lightness - ground)).toBeGreaterThan(0.2 - 1e-9);
    }
  });
});

describe('geometry', () => {
  it('a spline goes through its points', () => {
    const points: Point[] = [
      [0, 0],
      [1, 2],
      [3, 1],
      [2, -1],
    ];
    const curve = spline(points, true, 5);
    points.forEach((point, i) => expect(curve[5 * i]).toEqual(point));
    expect(spline(points, false, 5).at(-1)).toEqual(points[3]);
  });

  it('a band around a straight line has the asked width on both sides', () => {
    const outline = band(
      [
        [0, 0],
        [0, 1],
      ],
      (t) => 0.4 - 0.2 * t,
    );
    expect(outline.map(([x, y]) => [Math.abs(x), y])).toEqual([
      [0.2, 0],
      [0.1, 1],
      [0.1, 1],
      [0.2, 0],
    ]);
  });

  it('subdividing keeps corners, closes the way and bounds the segments', () => {
    const square = area([
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ]);
    const fine = subdivided(square.points, true, 0.3);
    expect(fine).toHaveLength(17);
    for (const corner of square.points) expect(fine).toContainEqual(corner);
    expect(fine.at(-1)).toEqual(fine[0]);
  });
});

describe('objects', () => {
  it.each(objectNames)('%s stays about within its frame and varies', (name) => {
    const drawn = Array.from({ length: 100 }, (_, i) => objects[name](stream(7, i)));
    for (const parts of drawn) {
      expect(parts.some((part) => part.closed)).toBe(true);
      for (const [x, y] of parts.flatMap((part) => part.points)) {
        expect(Math.abs(x)).toBeLessThan(1.3);
        expect(Math.abs(y)).toBeLessThan(1.3);
      }
    }
    expect(new Set(drawn.map((parts) => JSON.stringify(parts))).size).toBe(100);
    // Parts come and go: not every drawing of a class has as many.
    expect(new Set(drawn.map((parts) => parts.length)).size).toBeGreaterThan(1);
  });
});

describe('pixels', () => {
  it('blur spreads a point as a Gaussian and keeps its mass', () => {
    const size = 21;
    const pixels = new Float32Array(size * size * 3);
    pixels[3 * (10 * size + 10) + 1] = 100;
    blur(pixels, size, 1.2);
    const at = (x: number, y: number, c: number): number => pixels[3 * (y * size + x) + c]!;
    expect(at(10, 10, 0)).toBe(0);
    expect(pixels.reduce((a, b) => a + b, 0)).toBeCloseTo(100, 3);
    expect(at(12, 10, 1) / at(10, 10, 1)).toBeCloseTo(Math.exp(-4 / (2 * 1.44)), 5);
    expect(at(11, 9, 1)).toBeCloseTo(at(9, 11, 1), 6);
  });

  it('smooth noise stays in range and has neighbours alike', () => {
    const noise = smoothNoise(32, 3, stream(1, 'noise'));
    expect(Math.max(...noise.map(Math.abs))).toBeLessThanOrEqual(1);
    for (let i = 0; i < 31; i++) expect(Math.abs(noise[i + 1]! - noise[i]!)).toBeLessThan(0.3);
  });
});
