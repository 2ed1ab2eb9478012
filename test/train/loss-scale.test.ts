import { describe, expect, it } from 'vitest';
import { openOnnxDevice } from '../../engine/compute/onnx-device';
import * as tf from '../../engine/compute/tensorflow';
import { createOptimizer, type OptimizerSettings } from '../../engine/train/optimizer';
import { trainingProgram } from '../../engine/train/training-step';

const sgd: OptimizerSettings = { name: 'sgd', momentum: 0.9, weightDecay: 0.01 };

/** Steps on slope · Σ p, whose gradient is the slope, from p = (1, −2). */
async function descend(slope: number, rate: number, steps: number, precision: 'float32' | 'mixed', settings = sgd) {
  const optimizer = createOptimizer(settings);
  const program = await openOnnxDevice().compile(
    trainingProgram(
      {
        parameters: { p: { shape: [2], data: Float32Array.of(1, -2) } },
        batch: {},
        optimizer,
        loss: (pass) => tf.sum(tf.mul(pass.get('p'), slope)),
      },
      precision,
    ),
  );
  const losses: number[] = [];
  for (let step = 0; step < steps; step++)
    losses.push((await program.run(optimizer.scalars(step, rate))).loss!.data[0]!);
  const state = await program.state();
  return { losses, p: [...state.p!.data], scale: state['optimizer/loss-scale']?.data[0], state };
}

describe('the loss scale of mixed precision', () => {
  it.each<OptimizerSettings['name']>(['sgd', 'adamw'])(
    'changes nothing of %s but what float32 rounds',
    async (name) => {
      const settings = { ...sgd, name };
      const [plain, mixed] = [
        await descend(0.5, 0.1, 5, 'float32', settings),
        await descend(0.5, 0.1, 5, 'mixed', settings),
      ];
      mixed.p.forEach((value, i) => expect(value).toBeCloseTo(plain.p[i]!, 6));
      mixed.losses.forEach((value, i) => expect(value).toBeCloseTo(plain.losses[i]!, 6));
      expect(mixed.scale).toBe(65_536);
    },
  );

  it('skips the steps whose gradients overflow, halving until they do not', async () => {
    // 2e26 · 65,536 is beyond 1e30; after four halvings it is not.
    const four = await descend(2e26, 1e-27, 4, 'mixed');
    expect(four.p).toEqual([1, -2]);
    expect(four.scale).toBe(4096);
    expect([...four.state['optimizer/momentum/p']!.data]).toEqual([0, 0]);
    const five = await descend(2e26, 1e-27, 5, 'mixed', { ...sgd, weightDecay: 0 });
    expect(five.scale).toBe(4096);
    expect(five.p[0]).toBeCloseTo(0.8, 5);
  });

  it('skips what is no number', async () => {
    const { p, scale } = await descend(Infinity, 0.1, 2, 'mixed');
    expect(p).toEqual([1, -2]);
    expect(scale).toBe(16_384);
  });
});
