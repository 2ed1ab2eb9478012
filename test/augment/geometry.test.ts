import { describe, expect, it } from 'vitest';
import {
  affineMap,
  compose,
  cropMap,
  drawAffine,
  drawCrop,
  flipMap,
  identity,
  type Window,
} from '../../engine/augment/affine';
import { borderMedian, gather, gatherOnPaper } from '../../engine/augment/gather';
import { light, simclr, strong } from '../../engine/augment/presets';
import { stream } from '../../engine/data/random';
import { expectNear, pattern } from './helpers';

const width = 6;
const height = 5;
const frame: Window = { left: 0, top: 0, width, height };

function resample(map: Parameters<typeof gather>[1], window = frame, values = pattern, channels = 1): Float32Array {
  const out = new Float32Array(values.length);
  gather({ values, offset: 0, width, height, channels, scale: 1 }, map, window, out, 0);
  return out;
}

const still = { zoom: 1, aspect: 1, rotation: 0, shear: 0, shiftX: 0, shiftY: 0 };

describe('gather', () => {
  it('is exactly the identity under the identity', () => {
    expect([...resample(identity)]).toEqual([...pattern]);
    expect([...resample(affineMap(still, width, height))]).toEqual([...pattern]);
  });

  it('scales bytes and reads a row at its offset', () => {
    const values = Uint8Array.from({ length: 8 }, (_, i) => 30 * i);
    const out = new Float32Array(6);
    const source = { values, offset: 4, width: 2, height: 2, channels: 1, scale: 1 / 255 };
    gather(source, identity, { left: 0, top: 0, width: 2, height: 2 }, out, 1);
    expectNear(out, [0, 120 / 255, 150 / 255, 180 / 255, 210 / 255, 0], 1e-7);
  });

  it('turns by 90° clockwise', () => {
    const values = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const out = new Float32Array(9);
    const map = affineMap({ ...still, rotation: Math.PI / 2 }, 3, 3);
    const window = { left: 0, top: 0, width: 3, height: 3 };
    gather({ values, offset: 0, width: 3, height: 3, channels: 1, scale: 1 }, map, window, out, 0);
    expectNear(out, [7, 4, 1, 8, 5, 2, 9, 6, 3], 1e-6);
  });

  it('halves by zoom ½ about the centre, repeating the edge', () => {
    const values = Float32Array.from([1, 2, 3, 4]);
    const out = new Float32Array(4);
    const window = { left: 0, top: 0, width: 4, height: 1 };
    const map = affineMap({ ...still, zoom: 0.5 }, 4, 1);
    gather({ values, offset: 0, width: 4, height: 1, channels: 1, scale: 1 }, map, window, out, 0);
    // Output centres ½, 1½, 2½, 3½ look at −1, 1, 3, 5: the edge, between 1 and 2, between 3 and 4, the edge.
    expectNear(out, [1, 1.5, 3.5, 4], 1e-6);
  });

  it('shifts to the right and down by whole pixels', () => {
    const out = resample(affineMap({ ...still, shiftX: 2, shiftY: 1 }, width, height));
    for (let y = 1; y < height; y++)
      for (let x = 2; x < width; x++) expect(out[y * width + x]).toBeCloseTo(pattern[(y - 1) * width + x - 2]!, 6);
  });

  it('on paper agrees with torch.nn.functional.grid_sample(padding_mode="zeros") of the image minus the paper', () => {
    const map = affineMap(
      { zoom: 0.7, aspect: 1.2, rotation: (20 * Math.PI) / 180, shear: 0.2, shiftX: 0.7, shiftY: -0.4 },
      width,
      height,
    );
    const out = new Float32Array(30);
    const source = { values: pattern, offset: 0, width, height, channels: 1, scale: 1 };
    gatherOnPaper(source, map, frame, Float32Array.of(0.3), out, 0);
    // prettier-ignore
    expectNear(out, [
      0.3, 0.2613363, 0.2802174, 0.6082762, 0.2748622, 0.3, 0.3, 0.3774808, 0.6486735, 0.7098565,
      0.3974282, 0.6606112, 0.3, 0.6118207, 0.782162, 0.386507, 0.663717, 0.1890305, 0.3, 0.3,
      0.2806806, 0.6518621, 0.2929686, 0.4270506, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3933123,
    ], 1e-6);
  });

  it('takes the median of the border, channel by channel, for its paper', () => {
    // 3 × 3 pixels of two channels; the middle does not count.
    const values = Uint8Array.from([9, 0, 1, 0, 2, 5, 3, 5, 200, 200, 4, 5, 5, 5, 6, 7, 7, 7]);
    expect([...borderMedian({ values, offset: 0, width: 3, height: 3, channels: 2 })]).toEqual([5, 5]);
    expect([...borderMedian({ values: Uint8Array.of(7), offset: 0, width: 1, height: 1, channels: 1 })]).toEqual([7]);
  });

  it('agrees with scipy.ndimage.affine_transform(order=1, mode="nearest")', () => {
    const map = affineMap(
      { zoom: 1.3, aspect: 1.2, rotation: (20 * Math.PI) / 180, shear: 0.2, shiftX: 0.7, shiftY: -0.4 },
      width,
      height,
    );
    // prettier-ignore
    expectNear(resample(map), [
      0.3538646, 0.5581447, 0.7243742, 0.7795464, 0.2688537, 0.365265, 0.552264, 0.7565441, 0.4458093, 0.452987,
      0.3593844, 0.5636645, 0.6835573, 0.9549436, 0.4584794, 0.3535038, 0.5482457, 0.762064, 0.5528219, 0.3788398,
      0.4567284, 0.5519032, 0.5630497, 0.4090354, 0.4835756, 0.2348536, 0.4967744, 0.7503027, 0.6253339, 0.1488629,
    ], 1e-6);
  });

  it('enlarges a crop as scipy.ndimage.map_coordinates does on the cropped image', () => {
    const window = { left: 1, top: 1, width: 4, height: 3 };
    // prettier-ignore
    expectNear(resample(cropMap(window, width, height), window), [
      0.57, 0.755, 0.8333333, 0.4066667, 0.485, 0.67, 0.65, 0.633, 0.5766667, 0.4193333, 0.565, 0.75, 0.77, 0.45,
      0.1916667, 0.4383333, 0.685, 0.87, 0.89, 0.57, 0.3116667, 0.5583333, 0.502, 0.384, 0.97, 0.65, 0.3916667,
      0.6383333, 0.38, 0.06,
    ], 1e-6);
  });

  it('treats channels apart', () => {
    const colour = Float32Array.from({ length: 90 }, (_, i) => (i % 3 === 1 ? pattern[(i / 3) | 0]! : i % 3));
    const map = affineMap({ ...still, rotation: 0.3, zoom: 0.8 }, width, height);
    const out = resample(map, frame, colour, 3);
    expectNear(
      out.filter((_, i) => i % 3 === 1),
      resample(map),
      1e-6,
    );
    expectNear(
      out.filter((_, i) => i % 3 === 2),
      new Float32Array(30).fill(2),
      1e-6,
    );
  });

  it('composes maps: flip after crop is the mirrored crop', () => {
    const window = { left: 1, top: 0, width: 3, height: 4 };
    const crop = resample(cropMap(window, width, height), window);
    const both = resample(compose(cropMap(window, width, height), flipMap(width)), window);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) expect(both[y * width + x]).toBeCloseTo(crop[y * width + width - 1 - x]!, 6);
  });
});

describe('drawCrop', () => {
  const random = stream(3, 'crop');
  const crops = Array.from({ length: 20_000 }, () => drawCrop(simclr.crop!, 96, 96, random));

  it('stays inside the frame, within scale and ratio up to rounding', () => {
    for (const { left, top, width: w, height: h } of crops) {
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
      expect(Math.max(left + w, top + h)).toBeLessThanOrEqual(96);
      const share = (w * h) / 96 ** 2;
      expect(share).toBeGreaterThan(0.19);
      expect(share).toBeLessThanOrEqual(1);
      expect(w / h).toBeGreaterThan(0.72);
      expect(w / h).toBeLessThan(1.39);
    }
  });

  it('has the area uniform from .2 to 1, as far as windows of every ratio fit, and the log ratio centred', () => {
    // Below ¾ of the area every ratio fits, so there the accepted areas are uniform: quarters of equal size.
    const shares = crops.map((c) => (c.width * c.height) / 96 ** 2).filter((s) => s < 0.75);
    const quarter = (k: number) => 0.2 + (0.55 * k) / 4;
    for (let k = 0; k < 4; k++) {
      const found = shares.filter((s) => s >= quarter(k) && s < quarter(k + 1)).length / shares.length;
      expect(Math.abs(found - 0.25)).toBeLessThan(0.015);
    }
    const meanLog = crops.reduce((sum, c) => sum + Math.log(c.width / c.height), 0) / crops.length;
    expect(Math.abs(meanLog)).toBeLessThan(0.005);
  });

  it('falls back to the largest central window where no draw can fit', () => {
    const wide = drawCrop({ scale: [1, 1], ratio: [3 / 4, 4 / 3] }, 40, 12, random);
    expect(wide).toEqual({ left: 12, top: 0, width: 16, height: 12 });
    const tall = drawCrop({ scale: [1, 1], ratio: [3 / 4, 4 / 3] }, 12, 40, random);
    expect(tall).toEqual({ left: 0, top: 12, width: 12, height: 16 });
  });
});

describe('drawAffine', () => {
  it.each([
    ['strong', strong.affine!, 0.45, 1.6],
    ['light', light.affine!, 0.1, 1],
  ])("%s: area, and the centre's shift, fill their ranges at 16 px", (_name, parameters, zoom, shift) => {
    const random = stream(5, 'affine');
    const logZooms: number[] = [];
    const shifts: number[] = [];
    for (let i = 0; i < 5000; i++) {
      const map = drawAffine(parameters, 16, 16, random);
      const determinant = map.xx * map.yy - map.xy * map.yx;
      logZooms.push(-0.5 * Math.log(determinant));
      // The content's centre comes from where the map reads (8, 8).
      const dx = 8 - map.x0;
      const dy = 8 - map.y0;
      shifts.push((map.yy * dx - map.xy * dy) / determinant - 8, (map.xx * dy - map.yx * dx) / determinant - 8);
    }
    for (const [found, bound] of [[logZooms, zoom] as const, [shifts, shift] as const]) {
      expect(Math.max(...found)).toBeLessThanOrEqual(bound + 1e-9);
      expect(Math.max(...found)).toBeGreaterThan(bound * 0.99);
      expect(Math.min(...found)).toBeGreaterThanOrEqual(-bound - 1e-9);
      expect(Math.min(...found)).toBeLessThan(-bound * 0.99);
    }
  });
});
