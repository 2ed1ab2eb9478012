import { describe, expect, it } from 'vitest';
import { createAugmenter, fillViews, viewStream } from '../../engine/augment/augmenter';
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation } from '../../engine/augment/colour';
import { type ImagePreset, simclr, strong } from '../../engine/augment/presets';
import { stream } from '../../engine/data/random';
import { UserError } from '../../engine/errors';
import { expectNear } from './helpers';

const bytes = (count: number) => {
  const random = stream(9, 'bytes');
  return Uint8Array.from({ length: count }, () => random.below(256));
};

/** Views of row 0 under `preset`, one per key. */
function views(shape: readonly number[], values: Uint8Array | Float32Array, preset: ImagePreset, count: number) {
  const augmenter = createAugmenter('strong', shape, { preset });
  return Array.from({ length: count }, (_, view) => {
    const out = new Float32Array(augmenter.size);
    augmenter.apply(values, 0, viewStream(1, 0, 0, view), out, 0);
    return out;
  });
}

const share = <T>(items: readonly T[], holds: (item: T) => boolean) => items.filter(holds).length / items.length;

describe('createAugmenter', () => {
  it('"none" only scales, for images and vectors', () => {
    const values = bytes(2 * 12);
    const out = new Float32Array(12);
    createAugmenter('none', [2, 2, 3]).apply(values, 1, stream(0), out, 0);
    expectNear(
      out,
      Float32Array.from(values.subarray(12), (v) => v / 255),
      1e-7,
    );
    const features = Float32Array.from([5, -3, 700, 2]);
    const vector = new Float32Array(3);
    createAugmenter('none', [2]).apply(features, 1, stream(0), vector, 1);
    expect([...vector]).toEqual([0, 700, 2]);
  });

  it.each([
    { name: 'ranges of width 0 about the identity', preset: neutral() },
    { name: 'no part at all', preset: { kind: 'image' } as ImagePreset },
  ])('is the identity with $name', ({ preset }) => {
    const values = bytes(8 * 8 * 3);
    expectNear(
      views([8, 8, 3], values, preset, 1)[0]!,
      Float32Array.from(values, (v) => v / 255),
      2e-6,
    );
  });

  it('reads float images as 0…1 already', () => {
    const values = Float32Array.from(bytes(48), (v) => v / 255);
    expectNear(views([4, 4, 3], values, neutral(), 1)[0]!, values, 2e-6);
  });

  it('flips half of the views, exactly', () => {
    const values = bytes(6 * 5);
    const mirrored = values.map((_, i) => values[i - (i % 5) + 4 - (i % 5)]!);
    const drawn = views([6, 5, 1], values, { kind: 'image', flip: 0.5 }, 4000);
    const is = (expected: Uint8Array) => (view: Float32Array) =>
      view.every((v, i) => Math.abs(v - expected[i]! / 255) < 1e-6);
    expect(Math.abs(share(drawn, is(mirrored)) - 0.5)).toBeLessThan(0.025);
    expect(share(drawn, is(mirrored)) + share(drawn, is(values))).toBe(1);
  });

  it('jitters brightness in .6–1.4 with probability .8', () => {
    const jitter = { ...simclr.jitter!, contrast: 0, saturation: 0, hue: 0 };
    const drawn = views([4, 4, 3], new Uint8Array(48).fill(102), { kind: 'image', jitter }, 5000);
    const factors = drawn.map((view) => view[0]! / 0.4);
    const changed = factors.filter((f) => Math.abs(f - 1) > 1e-5);
    expect(Math.abs(changed.length / 5000 - 0.8)).toBeLessThan(0.02);
    expect(Math.min(...changed)).toBeGreaterThan(0.6 - 1e-5);
    expect(Math.max(...changed)).toBeLessThan(1.4 + 1e-5);
    for (const low of [0.6, 0.8, 1, 1.2])
      expect(Math.abs(share(changed, (f) => f >= low && f < low + 0.2) - 0.25)).toBeLessThan(0.025);
  });

  it('applies the four jitter operations in the order drawn, every order alike often', () => {
    const values = bytes(48);
    const jitter = { ...simclr.jitter!, probability: 1 };
    const orders = new Map<string, number>();
    views([4, 4, 3], values, { kind: 'image', jitter }, 4800).forEach((view, key) => {
      const random = viewStream(1, 0, 0, key);
      random.next();
      const order = random.shuffle([0, 1, 2, 3]);
      const [brightness, contrast, saturation] = [0, 1, 2].map(() => random.uniform(0.6, 1.4));
      const hue = random.uniform(-0.1, 0.1);
      const image = Float32Array.from(values, (v) => v / 255);
      const operations = [
        () => adjustBrightness(image, 0, 48, brightness!),
        () => adjustContrast(image, 0, 16, 3, contrast!),
        () => adjustSaturation(image, 0, 16, saturation!),
        () => adjustHue(image, 0, 16, hue),
      ];
      for (const operation of order) operations[operation]!();
      expectNear(view, image, 1e-6);
      orders.set(order.join(''), (orders.get(order.join('')) ?? 0) + 1);
    });
    expect(orders.size).toBe(24);
    for (const count of orders.values()) expect(Math.abs(count - 200)).toBeLessThan(60);
  });

  it('grays a fifth of the views', () => {
    const drawn = views([4, 4, 3], bytes(48), { kind: 'image', grayscale: 0.2 }, 5000);
    const gray = (view: Float32Array) => view.every((v, i) => v === view[i - (i % 3)]);
    expect(Math.abs(share(drawn, gray) - 0.2)).toBeLessThan(0.02);
  });

  it('blurs half of the views, and none up to 32 px', () => {
    const preset: ImagePreset = { kind: 'image', blur: { ...simclr.blur!, sigma: [1, 1] } };
    const blurred = (side: number) => {
      const values = new Uint8Array(side * side);
      values[side * 16 + 16] = 255;
      return share(views([side, side, 1], values, preset, 400), (view) => view[side * 16 + 16]! < 0.99);
    };
    expect(Math.abs(blurred(33) - 0.5)).toBeLessThan(0.08);
    expect(blurred(32)).toBe(0);
  });

  it('"strong" stays in 0…1, brings domains together on three channels only', () => {
    for (const shape of [
      [16, 16, 1],
      [16, 16, 3],
    ] as const) {
      const augmenter = createAugmenter('strong', shape);
      const values = bytes(augmenter.size);
      const out = new Float32Array(augmenter.size);
      for (let view = 0; view < 300; view++) {
        augmenter.apply(values, 0, viewStream(0, 0, 0, view), out, 0);
        expect(out.every((v) => v >= 0 && v <= 1)).toBe(true);
      }
    }
    // A black image stays black up to noise, unless it is solarised: one in eight is inverted as a whole.
    const black = (channels: number) => {
      const augmenter = createAugmenter('strong', [8, 8, channels]);
      const out = new Float32Array(augmenter.size);
      return Array.from({ length: 2000 }, (_, view) => {
        augmenter.apply(new Uint8Array(augmenter.size), 0, viewStream(0, 0, 0, view), out, 0);
        return out.reduce((a, b) => a + b) / out.length;
      });
    };
    expect(share(black(1), (mean) => mean > 0.5)).toBe(0);
    expect(Math.abs(share(black(3), (mean) => mean > 0.5) - 0.125)).toBeLessThan(0.025);
  });

  it('"strong" on gray images has the calibrated tone: brightness .6–1.3 of a flat image after gamma', () => {
    const flat = { ...strong, tone: { ...strong.tone!, noise: 0 } };
    const level = 128 / 255;
    const means = views([16, 16, 1], new Uint8Array(256).fill(128), flat, 4000).map((view) => view[100]!);
    const low = 0.6 * level ** Math.exp(0.5);
    const high = 1.3 * level ** Math.exp(-0.7);
    expect(Math.min(...means)).toBeGreaterThan(low - 1e-5);
    expect(Math.min(...means)).toBeLessThan(low + 0.02);
    expect(Math.max(...means)).toBeLessThan(high + 1e-5);
    expect(Math.max(...means)).toBeGreaterThan(high - 0.04);
  });

  it('refuses sets that do not suit the samples', () => {
    expect(() => createAugmenter('simclr', [256])).toThrow(UserError);
    expect(() => createAugmenter('simclr', [256])).toThrow(/for images, but the samples are feature vectors/);
    expect(() => createAugmenter('vector', [8, 8, 3])).toThrow(/for feature vectors, but the samples are images/);
    expect(() => createAugmenter('light', [8, 8, 4])).toThrow(/1 or 3 channels, but the images have 4/);
  });
});

describe('fillViews', () => {
  const augmenter = createAugmenter('simclr', [8, 8, 3]);
  const values = bytes(5 * 192);
  const fill = (rows: number[], count: number, seed = 1, epoch = 0) => {
    const out = new Float32Array(rows.length * count * 192);
    fillViews(augmenter, values, Int32Array.from(rows), count, out, (row, view) => viewStream(seed, epoch, row, view));
    return out;
  };

  it('puts the views of the batch one after the other, whatever the order of the rows', () => {
    const forward = fill([0, 3, 4], 2);
    const backward = fill([4, 3, 0], 2);
    for (let view = 0; view < 2; view++)
      for (let i = 0; i < 3; i++) {
        const block = (all: Float32Array, at: number) => all.subarray((3 * view + at) * 192, (3 * view + at + 1) * 192);
        expect([...block(forward, i)]).toEqual([...block(backward, 2 - i)]);
      }
  });

  it('differs by view, row, epoch and seed, and not otherwise', () => {
    const [first, second] = [fill([2], 2).subarray(0, 192), fill([2], 2).subarray(192)];
    expect([...first]).toEqual([...fill([2], 1)]);
    expect([...first]).not.toEqual([...second]);
    expect([...first]).not.toEqual([...fill([2], 1, 1, 1)]);
    expect([...first]).not.toEqual([...fill([2], 1, 2, 0)]);
    const same = new Uint8Array(values);
    same.copyWithin(3 * 192, 2 * 192, 3 * 192);
    const out = new Float32Array(2 * 192);
    fillViews(augmenter, same, Int32Array.from([2, 3]), 1, out, (row, view) => viewStream(1, 0, row, view));
    expect([...out.subarray(0, 192)]).not.toEqual([...out.subarray(192)]);
  });

  it('refuses rows and outputs of the wrong extent', () => {
    expect(() => fill([5], 1)).toThrow(/Row 5 is not in 0…4/);
    expect(() => fill([-1], 1)).toThrow(RangeError);
    expect(() => fillViews(augmenter, values, Int32Array.of(0), 2, new Float32Array(192), () => stream(0))).toThrow(
      RangeError,
    );
  });
});

function neutral(): ImagePreset {
  return {
    kind: 'image',
    crop: { scale: [1, 1], ratio: [1, 1] },
    flip: 0,
    affine: { logZoom: [0, 0], logAspect: [0, 0], rotation: [0, 0], shear: [0, 0], shift: [0, 0], outside: 'paper' },
    jitter: { probability: 1, brightness: 0, contrast: 0, saturation: 0, hue: 0 },
    grayscale: 0,
    blur: { probability: 1, sigma: [0, 0], aboveSide: 0 },
    colour: {
      channelGain: [1, 1],
      hue: [0, 0],
      saturation: [1, 1],
      contrast: [1, 1],
      grayscale: 0,
      solarise: 0,
      invertShare: 0,
      threshold: [0, 0],
    },
    tone: { logGamma: [0, 0], brightness: [1, 1], noise: 0 },
  };
}
