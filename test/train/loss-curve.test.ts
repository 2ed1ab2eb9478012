import { describe, expect, it } from 'vitest';
import { lossCurve } from '../../engine/train/loss-curve';

/** The points that a run of so many steps shows, the loss of step i being i. */
function curveOf(steps: number): { step: number; value: number }[] {
  const shown: { step: number; value: number }[] = [];
  const onStep = lossCurve(
    {
      progress: () => undefined,
      log: () => undefined,
      metric: (_name, step, value) => void shown.push({ step, value }),
    },
    { steps, label: 'training', metric: 'loss' },
  );
  for (let step = 1; step <= steps; step++) onStep(step, step);
  return shown;
}

describe('the curve of a loss', () => {
  it('has every step of a short run', () => {
    expect(curveOf(400)).toEqual(Array.from({ length: 400 }, (_, i) => ({ step: i + 1, value: i + 1 })));
  });

  it('of a long run begins at its first steps, and then has means of windows', () => {
    const curve = curveOf(10_010);
    // Windows of 26 steps; points before the first of them at powers of two.
    expect(curve.slice(0, 7).map(({ step }) => step)).toEqual([1, 2, 4, 8, 16, 26, 52]);
    expect(curve[2]).toEqual({ step: 4, value: 3.5 });
    expect(curve[6]).toEqual({ step: 52, value: (27 + 52) / 2 });
    expect(curve.at(-1)!.step).toBe(10_010);
    expect(curve.length).toBeLessThanOrEqual(400 + 5);
  });
});
