import { describe, expect, it } from 'vitest';
import { openOnnxDevice } from '../../engine/compute/onnx-device';
import type * as tf from '../../engine/compute/tensorflow';
import { stream } from '../../engine/data/random';
import { mlp } from '../../engine/model/mlp';
import { trainableNames } from '../../engine/model/parameters';
import { targetPrefix } from '../../engine/pretrain/objective';
import { createObjective } from '../../engine/pretrain/objectives';
import { type ObjectiveName, objectiveNames, pretrainSchema } from '../../engine/study/schema';
import { createOptimizer } from '../../engine/train/optimizer';
import { trainingProgram } from '../../engine/train/training-step';

const n = 12;
const d = 6;
const classes = 3;
const prototypes = 'projection.prototypes.weight';

/** Noisy copies of three points, each sample with two or more views, under a small network. */
async function trainer(objective: ObjectiveName, localViews = 0) {
  const settings = pretrainSchema.parse({
    objective,
    swav: { prototypes: 5, localViews, frozenSteps: 3 },
    barlowTwins: { width: 8 },
    vicreg: { width: 8 },
    projection: { hidden: 8, output: 4 },
    byol: { momentum: 0.9 },
  });
  const encoder = mlp({
    ...{ inputShape: [d], hidden: 8, features: 8 },
    statistics: { mean: Array<number>(d).fill(0), std: Array<number>(d).fill(1) },
  });
  const made = createObjective(settings, encoder.features, classes);
  const initial = encoder.initialize(stream(1, 'encoder'));
  const parameters = { ...initial, ...made.initialize(initial, (part) => stream(1, part)) };
  const views = made.views + (made.localViews?.count ?? 0);
  const labelled = made.samples !== undefined;
  const shape = [views * n * (made.samples === 'source-and-target' ? 2 : 1), d];
  const optimizer = createOptimizer({ name: 'adamw', momentum: 0, weightDecay: 0 });
  const program = await openOnnxDevice().compile(
    trainingProgram({
      parameters,
      optimizer,
      trained: trainableNames(parameters).filter(
        (name) => !name.startsWith(targetPrefix) && (made.isTrained?.(name) ?? true),
      ),
      batch: {
        views: { shape, dtype: 'float32' },
        ...(labelled && { labels: { shape: [n], dtype: 'int32' as const } }),
        ...made.signature,
      },
      loss: (pass, batch) =>
        made.loss({ pass, batch, views, encode: (through) => encoder.apply(through, batch.views as tf.Tensor) }),
      follow: made.follow,
    }),
  );
  const random = stream(2, 'data');
  const centres = Array.from({ length: classes * d }, () => 2 * random.normal());
  const steps = 30;
  const step = async (at: number): Promise<number> => {
    const data = Float32Array.from({ length: shape[0]! * d }, (_, i) => {
      const sample = Math.floor(i / d) % n;
      return centres[(sample % classes) * d + (i % d)]! + 0.3 * random.normal();
    });
    const { loss } = await program.run({
      views: { shape, data },
      ...(labelled && { labels: { shape: [n], data: Int32Array.from({ length: n }, (_, i) => i % classes) } }),
      ...made.scalars?.({ step: at, steps, stepsPerEpoch: 1 }),
      ...optimizer.scalars(at, 0.005),
    });
    return loss!.data[0]!;
  };
  return { step, steps, state: () => program.state(), initial: parameters, dispose: () => program.dispose() };
}

describe('every objective', () => {
  it.each(objectiveNames)('%s trains as one compiled step', async (objective) => {
    const { step, steps, dispose } = await trainer(objective);
    const losses: number[] = [];
    for (let at = 0; at < steps; at++) losses.push(await step(at));
    await dispose();
    const [first, last] = [losses.slice(0, 5), losses.slice(-5)].map((part) => part.reduce((a, b) => a + b, 0) / 5);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(last).toBeLessThan(first!);
  });
});

describe('what moves without a gradient', () => {
  it("BYOL's target keeps its momentum's share of itself and takes the rest from the network", async () => {
    const { step, state, initial, dispose } = await trainer('byol');
    await step(0);
    const after = await state();
    await dispose();
    const targets = Object.keys(initial).filter((name) => name.startsWith(targetPrefix));
    expect(targets).toContain('target.fc1.weight');
    expect(targets).toContain('target.projection.3.weight');
    expect(targets.filter((name) => /running|predictor|normalize/.test(name))).toEqual([]);
    for (const name of targets)
      after[name]!.data.forEach((value, i) => {
        const online = after[name.slice(targetPrefix.length)]!.data[i]!;
        expect(value).toBeCloseTo(0.9 * initial[name]!.data[i]! + 0.1 * online, 5);
      });
  });

  it("SwAV's prototypes wait, then move, and keep the norm 1", async () => {
    const { step, state, initial, dispose } = await trainer('swav', 2);
    const moved = async (): Promise<number> => {
      const now = (await state())[prototypes]!;
      for (let row = 0; row < 5; row++)
        expect(Math.hypot(...now.data.subarray(4 * row, 4 * row + 4))).toBeCloseTo(1, 5);
      return Math.max(...Array.from(now.data, (value, i) => Math.abs(value - initial[prototypes]!.data[i]!)));
    };
    for (let at = 0; at < 3; at++) await step(at);
    expect(await moved()).toBeLessThan(1e-6);
    await step(3);
    expect(await moved()).toBeGreaterThan(1e-4);
    await dispose();
  });

  it("SimSiam leaves the scale and the offset of the projection's last norm", async () => {
    const { step, state, dispose } = await trainer('simsiam');
    for (let at = 0; at < 3; at++) await step(at);
    const after = await state();
    await dispose();
    expect([...after['projection.4.weight']!.data]).toEqual([1, 1, 1, 1]);
    expect([...after['projection.4.bias']!.data]).toEqual([0, 0, 0, 0]);
  });
});
