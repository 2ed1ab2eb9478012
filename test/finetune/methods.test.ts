import { describe, expect, it } from 'vitest';
import { interpolate, sharesStatistics } from '../../engine/finetune/methods/interpolate';
import { planOf, type TrainedMethod } from '../../engine/finetune/methods';
import { evenly, finiteMean } from '../../engine/finetune/setting';
import { measuredSteps } from '../../engine/finetune/trajectory';
import { finetuneSchema } from '../../engine/study/schema';

const blocks = ['a', 'b', 'c', 'd'].map((name) => ({
  name,
  parameters: [`${name}.weight`, `${name}.running_mean`],
}));
const plan = (method: TrainedMethod, settings: Parameters<typeof finetuneSchema.parse>[0] = {}) =>
  planOf(method, { settings: finetuneSchema.parse(settings), blocks });

describe('methods of fine-tuning', () => {
  it('differ in their head alone where they are FT and LP-FT', () => {
    expect(plan('FT')).toEqual({ start: 'random', variants: [{}] });
    expect(plan('LP-FT')).toEqual({ start: 'probe', variants: [{}] });
  });

  it('L2-SP pulls the encoder to its start and a new head to zero, the strongest first', () => {
    const { start, variants } = plan('L2-SP', { l2sp: { strengths: [0.1, 1], head: 0.5 } });
    expect(start).toBe('random');
    expect(variants.map(({ strength }) => strength)).toEqual([1, 0.1]);
    expect(variants[0]!.pull!('a.weight')).toEqual({ strength: 1, towards: 'start' });
    expect(variants[1]!.pull!('head.bias')).toEqual({ strength: 0.5, towards: 'zero' });
    const fromProbe = plan('L2-SP', { l2sp: { start: 'probe' } });
    expect(fromProbe.variants[0]!.pull!('head.weight')!.towards).toBe('start');
  });

  it('surgical fine-tuning trains the first or last blocks and the head, never statistics', () => {
    const head = ['head.weight', 'head.bias'];
    expect(plan('first-blocks').variants[0]!.trained).toEqual(['a.weight', ...head]);
    expect(plan('last-blocks', { partial: { share: 0.5 } }).variants[0]!.trained).toEqual([
      'c.weight',
      'd.weight',
      ...head,
    ]);
    // At least one block changes, and at least one stays.
    expect(plan('last-blocks', { partial: { share: 0.01 } }).variants[0]!.trained).toEqual(['d.weight', ...head]);
    expect(plan('first-blocks', { partial: { share: 0.99 } }).variants[0]!.trained).not.toContain('d.weight');
  });

  it('layer decay multiplies the rate once for each block that lies above', () => {
    const { variants } = plan('layer-decay', { layerDecay: { factor: 0.5 } });
    const factor = variants[0]!.rateFactor!;
    expect(['a', 'b', 'c', 'd', 'head'].map((name) => factor(`${name}.weight`))).toEqual([0.0625, 0.125, 0.25, 0.5, 1]);
  });
});

describe('weights between two networks', () => {
  const array = (...values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) });
  const from = { w: array(1, 2), 'bn.running_var': array(4) };
  const to = { w: array(3, -2), 'bn.running_var': array(4) };

  it('lie on the line', () => {
    expect([...interpolate(from, to, 0.25).w!.data]).toEqual([1.5, 1]);
    expect(interpolate(from, to, 0)).toEqual(from);
    expect(interpolate(from, to, 1)).toEqual(to);
    expect(() => interpolate(from, { w: to.w }, 0.5)).toThrow(RangeError);
    expect(() => interpolate(from, { ...to, w: array(1) }, 0.5)).toThrow(/w is not of one shape/);
  });

  it('share statistics only where these are the same numbers', () => {
    expect(sharesStatistics(from, to)).toBe(true);
    expect(sharesStatistics(from, { ...to, 'bn.running_var': array(5) })).toBe(false);
  });
});

describe('what is measured on the way', () => {
  it('comes at quadratically spaced steps, start and end among them', () => {
    expect(measuredSteps(100, 4)).toEqual([0, 6, 25, 56, 100]);
    expect(measuredSteps(2, 8)).toEqual([0, 1, 2]);
    expect(measuredSteps(100, 0)).toEqual([]);
  });

  it('is measured on evenly spaced samples, and means are over what is a number', () => {
    expect([...evenly(Int32Array.of(5, 6, 7, 8), 2)]).toEqual([5, 7]);
    expect([...evenly(Int32Array.of(5, 6), 4)]).toEqual([5, 6]);
    expect(finiteMean([1, NaN, 3])).toBe(2);
    expect(finiteMean([NaN])).toBeNaN();
  });
});
