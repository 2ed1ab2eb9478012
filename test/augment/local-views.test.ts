import { describe, expect, it } from 'vitest';
import { createViewFiller } from '../../engine/augment/local-views';
import { shuffledBatches } from '../../engine/augment/batches';
import { createBatchSource } from '../../engine/augment/pool';

/** A ramp from left to right: a view's range tells how wide a window it shows. */
const side = 32;
const ramp = new Float32Array(2 * side * side).map((_, i) => ((i % side) + 0.5) / side);
const rows = Int32Array.of(0, 1);
const settings = { augmentation: 'none' as const, sampleShape: [side, side, 1], views: 2, seed: 5 };
const localViews = { count: 3, scale: [0.05, 0.14] as const };

describe('local views', () => {
  it('come after the others, which stay as they are without them', () => {
    const alone = createViewFiller({ ...settings, augmentation: 'strong' }).fill(ramp, rows, 0);
    const both = createViewFiller({ ...settings, augmentation: 'strong', localViews }).fill(ramp, rows, 0);
    expect(both.length).toBe((alone.length / 2) * 5);
    expect(both.subarray(0, alone.length)).toEqual(alone);
  });

  it('show between the smallest and the largest share of the area', () => {
    const size = side * side;
    const filled = createViewFiller({ ...settings, localViews }).fill(ramp, rows, 0);
    for (let view = 4; view < 10; view++) {
      const own = filled.subarray(view * size, (view + 1) * size);
      const width = Math.max(...own) - Math.min(...own) + 1 / side;
      // Area share times ratio is the squared width; a pixel is lost or won by rounding.
      expect(width).toBeGreaterThan(Math.sqrt((0.05 * 3) / 4) - 1.5 / side);
      expect(width).toBeLessThan(Math.sqrt((0.14 * 4) / 3) + 1.5 / side);
    }
  });

  it('reach a batch', async () => {
    const source = createBatchSource({
      ...{ ...settings, localViews, values: ramp, workers: 0 },
      plan: shuffledBatches(rows, 2, 1, 0),
    });
    expect((await source.next())!.views.length).toBe(5 * 2 * side * side);
    await source.close();
  });

  it('are refused for feature vectors', () => {
    const statistics = { mean: new Float32Array(4), deviation: new Float32Array(4).fill(1) };
    const make = () =>
      createViewFiller({ ...settings, augmentation: 'vector', sampleShape: [4], options: { statistics }, localViews });
    expect(make).toThrow(/Small crops are for images/);
  });
});
