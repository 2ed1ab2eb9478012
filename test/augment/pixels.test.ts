import { describe, expect, it } from 'vitest';
import { Blur, gaussianKernel, kernelRadius } from '../../engine/augment/blur';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  scaleChannels,
  solarise,
  toGray,
} from '../../engine/augment/colour';
import { normalTable } from '../../engine/augment/normal-table';
import { fastPower } from '../../engine/augment/power';
import { applyTone } from '../../engine/augment/tone';
import { stream } from '../../engine/data/random';
import { expectNear, pattern } from './helpers';

// prettier-ignore
const colours = Float32Array.from([
  0.2, 0.4, 0.9,  0.9, 0.1, 0.3,  0.5, 0.7, 0.2,  0.33, 0.33, 0.33,  1, 1, 0,  0, 0.6, 0.6,
]);

/** The result of an operation on a copy that lies at an offset in a larger array, whose rest must not change. */
function applied(operation: (image: Float32Array, offset: number, pixels: number) => void, from = colours) {
  const padded = new Float32Array(from.length + 4).fill(7);
  padded.set(from, 2);
  operation(padded, 2, from.length / 3);
  expect([padded[0], padded[1], padded.at(-2), padded.at(-1)]).toEqual([7, 7, 7, 7]);
  return padded.slice(2, -2);
}

describe('colour', () => {
  it("turns hue as the HSV of Python's colorsys", () => {
    // prettier-ignore
    expectNear(applied((i, o, n) => adjustHue(i, o, n, 0.1)), [
      0.42, 0.2, 0.9, 0.9, 0.38, 0.1, 0.2, 0.7, 0.2, 0.33, 0.33, 0.33, 0.4, 1, 0, 0, 0.24, 0.6,
    ], 1e-6);
    // prettier-ignore
    expectNear(applied((i, o, n) => adjustHue(i, o, n, -0.23)), [
      0.2, 0.9, 0.434, 0.396, 0.1, 0.9, 0.7, 0.21, 0.2, 0.33, 0.33, 0.33, 1, 0, 0.38, 0.228, 0.6, 0,
    ], 1e-6);
  });

  it('permutes red, green and blue by a third of a turn', () => {
    const turned = applied((i, o, n) => adjustHue(i, o, n, 1 / 3));
    const permuted = colours.map((_, i) => colours[i - (i % 3) + ((i + 2) % 3)]!);
    expectNear(turned, permuted, 1e-6);
    expectNear(
      applied((i, o, n) => adjustHue(i, o, n, 0)),
      colours,
      1e-7,
    );
  });

  it('weighs gray by .2989, .587, .114', () => {
    const primaries = Float32Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    const gray = [0.2989, 0.587, 0.114].flatMap((w) => [w, w, w]);
    expectNear(
      applied((i, o, n) => toGray(i, o, n), primaries),
      gray,
      1e-7,
    );
    expectNear(
      applied((i, o, n) => adjustSaturation(i, o, n, 0), primaries),
      gray,
      1e-7,
    );
  });

  it('brightness, contrast and saturation are clamped blends', () => {
    expectNear(
      applied((i, o, n) => adjustBrightness(i, o, 3 * n, 1.4)),
      colours.map((v) => Math.min(1, 1.4 * v)),
      1e-6,
    );
    const gray = (p: number) => 0.2989 * colours[3 * p]! + 0.587 * colours[3 * p + 1]! + 0.114 * colours[3 * p + 2]!;
    const clamp = (v: number) => Math.min(1, Math.max(0, v));
    const mean = [0, 1, 2, 3, 4, 5].reduce((sum, p) => sum + gray(p) / 6, 0);
    expectNear(
      applied((i, o, n) => adjustContrast(i, o, n, 3, 1.4)),
      colours.map((v) => clamp(mean + 1.4 * (v - mean))),
      1e-6,
    );
    expectNear(
      applied((i, o, n) => adjustSaturation(i, o, n, 0.6)),
      colours.map((v, i) => clamp(0.6 * v + 0.4 * gray((i / 3) | 0))),
      1e-6,
    );
    const flat = pattern.slice();
    adjustContrast(flat, 0, 30, 1, 0);
    expectNear(flat, new Float32Array(30).fill(pattern.reduce((a, b) => a + b) / 30), 1e-6);
  });

  it('gains act by channel; solarise inverts from the threshold up', () => {
    expectNear(
      applied((i, o, n) => scaleChannels(i, o, n, [2, 1, 0.5])),
      colours.map((v, i) => Math.min(1, v * [2, 1, 0.5][i % 3]!)),
      1e-6,
    );
    expectNear(
      applied((i, o, n) => solarise(i, o, 3 * n, 0)),
      colours.map((v) => 1 - v),
      1e-7,
    );
    expectNear(
      applied((i, o, n) => solarise(i, o, 3 * n, 0.55)),
      colours.map((v) => (v >= 0.55 ? 1 - v : v)),
      1e-7,
    );
  });
});

describe('blur', () => {
  it('spreads an impulse into the separable Gaussian', () => {
    const image = new Float32Array(15 * 15);
    image[7 * 15 + 7] = 1;
    new Blur(15, 15, 1).apply(image, 0, 1.3, 4);
    const weight = (d: number) => (Math.abs(d) > 4 ? 0 : Math.exp((-d * d) / (2 * 1.3 ** 2)));
    const total = [-4, -3, -2, -1, 0, 1, 2, 3, 4].reduce((sum, d) => sum + weight(d), 0);
    const expected = image.map((_, i) => (weight((i % 15) - 7) * weight(Math.floor(i / 15) - 7)) / total ** 2);
    expectNear(image, expected, 1e-7);
  });

  // prettier-ignore
  const mirrored = [
    0.4226122, 0.4780672, 0.5227547, 0.4902445, 0.4736835, 0.4749956, 0.4669852, 0.503381, 0.5252255, 0.4969504,
    0.4779009, 0.4700576, 0.5529344, 0.5507953, 0.5268404, 0.499545, 0.4713272, 0.4498345, 0.6015792, 0.5778568,
    0.5356115, 0.5011249, 0.4486098, 0.4166056, 0.6060486, 0.5799947, 0.5429988, 0.5068532, 0.4391778, 0.4021269,
  ];

  it('agrees with scipy.ndimage.gaussian_filter(mode="mirror"), channel by channel', () => {
    const image = pattern.slice();
    new Blur(6, 5, 1).apply(image, 0, 1.1, 3);
    expectNear(image, mirrored, 1e-6);
    const colour = new Float32Array(3 + 90);
    pattern.forEach((v, i) => colour.set([0.5, v, 1 - v], 3 + 3 * i));
    new Blur(6, 5, 3).apply(colour, 3, 1.1, 3);
    expectNear(colour, [0, 0, 0, ...mirrored.flatMap((v) => [0.5, v, 1 - v])], 1e-6);
  });

  it('does nothing without reach or width, and cuts its reach at the image', () => {
    const image = pattern.slice();
    new Blur(6, 5, 1).apply(image, 0, 0, 3);
    new Blur(6, 5, 1).apply(image, 0, 1, 0);
    expect([...image]).toEqual([...pattern]);
    const single = Float32Array.from([0.25]);
    new Blur(1, 1, 1).apply(single, 0, 2, 6);
    expectNear(single, [0.25], 1e-7);
  });

  it('has odd kernels of about a tenth of the side: 23 at 224 as published', () => {
    expect([33, 64, 96, 224].map((side) => 2 * kernelRadius(side, 0.1) + 1)).toEqual([3, 7, 9, 23]);
    expect(gaussianKernel(2, 0.8).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });
});

describe('tone', () => {
  it('fastPower is Math.pow to a relative 2e-7', () => {
    const random = stream(1, 'power');
    const bases = [1, 1 / 255, 1e-30, 0.5, ...Array.from({ length: 5000 }, () => Math.fround(random.next() || 1))];
    for (const base of bases.map(Math.fround)) {
      const exponent = random.uniform(0.4, 2);
      expect(Math.abs(fastPower(base, exponent) / base ** exponent - 1)).toBeLessThan(2e-7);
    }
  });

  it('is gamma, then brightness, then the clamp', () => {
    const image = pattern.slice();
    applyTone(image, 0, 30, 0.7, 1.2, 0, stream(0));
    expectNear(
      image,
      pattern.map((v) => Math.min(1, 1.2 * v ** 0.7)),
      1e-6,
    );
  });

  it('adds normal noise of the given deviation, fresh for each value', () => {
    const count = 100_001;
    const image = new Float32Array(count).fill(0.5);
    applyTone(image, 0, count, 1, 1, 0.05, stream(2, 'noise'));
    const noise = Array.from(image, (v) => (v - 0.5) / 0.05);
    const moment = (k: number) => noise.reduce((sum, v) => sum + v ** k, 0) / count;
    expect(Math.abs(moment(1))).toBeLessThan(0.015);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.02);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.12);
    const lag = noise.reduce((sum, v, i) => sum + v * (noise[i + 1] ?? 0), 0) / count;
    expect(Math.abs(lag)).toBeLessThan(0.015);
  });

  it('takes its normal from quantiles that scipy.stats.norm.ppf confirms', () => {
    const table = normalTable();
    const quantiles = [0, 1, 100, 20_000, 32_767].map((i) => table[i]!);
    expectNear(quantiles, [-4.324919, -4.0762065, -2.96094, -0.5095499, -1.91e-5], 1e-6);
    expect(table[65_535]).toBe(-table[0]!);
  });
});
