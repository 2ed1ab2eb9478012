import { describe, expect, it } from 'vitest';
import { createAugmenter, viewStream } from '../../engine/augment/augmenter';
import { type VectorPreset, vector } from '../../engine/augment/presets';
import { featureStatistics } from '../../engine/augment/vector-augmenter';
import { expectNear } from './helpers';

const statistics = { mean: Float32Array.from([10, -20, 0.5]), deviation: Float32Array.from([2, 0, 0.1]) };
const values = Float32Array.from([1, 2, 3, 101, 102, 103]);
const quiet: VectorPreset = { kind: 'vector', noise: 0, mask: 0, mix: 0, mixWeight: 0 };

function draw(preset: VectorPreset, count: number, mixRows?: Int32Array): Float32Array[] {
  const augmenter = createAugmenter('vector', [3], { preset, statistics, mixRows });
  return Array.from({ length: count }, (_, view) => {
    const out = new Float32Array(3);
    augmenter.apply(values, 0, viewStream(0, 0, 0, view), out, 0);
    return out;
  });
}

describe('vector augmentation', () => {
  it('is the identity without noise, masking and mixing', () => {
    expect([...draw(quiet, 1)[0]!]).toEqual([1, 2, 3]);
  });

  it("adds noise in proportion to each feature's deviation", () => {
    const drawn = draw({ ...quiet, noise: 0.5 }, 20_000);
    const deviation = [0, 1, 2].map((j) =>
      Math.sqrt(drawn.reduce((sum, v) => sum + (v[j]! - values[j]!) ** 2, 0) / drawn.length),
    );
    expectNear(deviation, [1, 0, 0.05], 0.02);
  });

  it('masks features apart from each other, by their mean', () => {
    const drawn = draw({ ...quiet, mask: 0.2 }, 20_000);
    const masked = (j: number) => (v: Float32Array) => v[j] === statistics.mean[j];
    for (let j = 0; j < 3; j++) {
      expect(Math.abs(drawn.filter(masked(j)).length / drawn.length - 0.2)).toBeLessThan(0.01);
      expect(drawn.every((v) => masked(j)(v) || v[j] === values[j])).toBe(true);
    }
    const both = drawn.filter((v) => masked(0)(v) && masked(1)(v)).length / drawn.length;
    expect(Math.abs(both - 0.04)).toBeLessThan(0.006);
  });

  it('mixes in another row by at most the weight, only where asked', () => {
    const drawn = draw({ ...quiet, mix: 0.5, mixWeight: 0.2 }, 5000, Int32Array.of(1));
    const weights = drawn.map((v) => (v[0]! - 1) / 100);
    expect(Math.max(...weights)).toBeLessThan(0.2);
    expect(Math.max(...weights)).toBeGreaterThan(0.19);
    expect(Math.abs(weights.filter((w) => w === 0).length / 5000 - 0.5)).toBeLessThan(0.03);
    expect(vector.mix).toBe(0);
    expect(() => draw({ ...quiet, mix: 0.5 }, 1)).toThrow(/rows that may be mixed in/);
  });

  it('needs statistics that fit', () => {
    expect(() => createAugmenter('vector', [3])).toThrow(/statistics/);
    expect(() => createAugmenter('vector', [4], { statistics })).toThrow(/4 values/);
  });

  it('has statistics over the given rows only, in population form', () => {
    const found = featureStatistics([1, 5, 3, 5, 999, 999], Int32Array.of(0, 1), 2);
    expectNear(found.mean, [2, 5], 1e-6);
    expectNear(found.deviation, [1, 0], 1e-6);
  });
});
