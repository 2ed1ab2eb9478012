import { describe, expect, it } from 'vitest';
import { openOnnxDevice } from '../../engine/compute/onnx-device';
import * as tf from '../../engine/compute/tensorflow';
import { createOptimizer, type OptimizerSettings } from '../../engine/train/optimizer';
import { cosineRate } from '../../engine/train/schedule';
import { type Pull, withPull } from '../../engine/train/pull';
import { trainingProgram } from '../../engine/train/training-step';

const start = [0.5, -1, 2];
const target = [1, 0.25, -0.5];
const rates = [0.1, 0.05, 0.2, 0.01];

/** Four steps on ½ Σ (i + 1)(p_i − t_i)², whose gradient is (i + 1)(p_i − t_i). */
async function optimized(settings: OptimizerSettings, pull?: Pull): Promise<number[]> {
  const plain = createOptimizer(settings);
  const optimizer = pull ? withPull(plain, (name) => (name === 'p' ? pull : undefined)) : plain;
  const program = await openOnnxDevice().compile(
    trainingProgram({
      parameters: { p: { shape: [3], data: Float32Array.from(start) } },
      batch: {},
      optimizer,
      loss: (pass) => tf.mul(0.5, tf.sum(tf.mul([1, 2, 3], tf.square(tf.sub(pass.get('p'), target))))),
    }),
  );
  for (const [step, rate] of rates.entries()) await program.run(optimizer.scalars(step, rate));
  return [...(await program.state()).p!.data];
}

describe('optimisers follow their published recurrences', () => {
  it('SGD with momentum and weight decay, as PyTorch has it', async () => {
    const [momentum, decay] = [0.9, 0.01];
    const expected = start.map((value, i) => {
      let p = value;
      let v = 0;
      for (const rate of rates) {
        v = momentum * v + (i + 1) * (p - target[i]!) + decay * p;
        p -= rate * v;
      }
      return p;
    });
    const actual = await optimized({ name: 'sgd', momentum, weightDecay: decay });
    actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });

  it('AdamW (Loshchilov & Hutter, algorithm 2)', async () => {
    const decay = 0.05;
    const expected = start.map((value, i) => {
      let [p, m, v] = [value, 0, 0];
      rates.forEach((rate, t) => {
        const gradient = (i + 1) * (p - target[i]!);
        m = 0.9 * m + 0.1 * gradient;
        v = 0.999 * v + 0.001 * gradient * gradient;
        const step = m / (1 - 0.9 ** (t + 1)) / (Math.sqrt(v / (1 - 0.999 ** (t + 1))) + 1e-8);
        p = p - rate * decay * p - rate * step;
      });
      return p;
    });
    const actual = await optimized({ name: 'adamw', momentum: 0, weightDecay: decay });
    actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });
});

describe('what methods of fine-tuning add to an optimiser', () => {
  it('a rate of its own for a parameter is that rate', async () => {
    for (const name of ['sgd', 'adamw'] as const) {
      const settings = { name, momentum: 0.9, weightDecay: 0.02 };
      const scaled = await optimized({ ...settings, rateFactor: (of) => (of === 'p' ? 0.25 : 1) });
      rates.forEach((rate, i) => (rates[i] = rate / 4));
      const expected = await optimized(settings);
      rates.forEach((rate, i) => (rates[i] = rate * 4));
      scaled.forEach((value, i) => expect(value, name).toBeCloseTo(expected[i]!, 6));
    }
  });

  it('a pull adds the gradient of strength/2 ‖w − w₀‖², w₀ the start or zero (L2-SP)', async () => {
    const strength = 0.7;
    for (const towards of ['start', 'zero'] as const) {
      const expected = start.map((value, i) => {
        let [p, v] = [value, 0];
        for (const rate of rates) {
          const away = towards === 'start' ? p - value : p;
          v = 0.9 * v + (i + 1) * (p - target[i]!) + strength * away;
          p -= rate * v;
        }
        return p;
      });
      const actual = await optimized({ name: 'sgd', momentum: 0.9, weightDecay: 0 }, { strength, towards });
      actual.forEach((value, i) => expect(value, towards).toBeCloseTo(expected[i]!, 5));
    }
  });

  it('a pull ends where the penalised loss is least', async () => {
    // ½ Σ (i+1)(p − t)² + s/2 ‖p − p₀‖² is least at p = ((i+1) t + s p₀) / (i + 1 + s).
    const strength = 2;
    const before = [...rates];
    rates.splice(0, rates.length, ...Array<number>(300).fill(0.1));
    const actual = await optimized({ name: 'sgd', momentum: 0, weightDecay: 0 }, { strength, towards: 'start' });
    rates.splice(0, rates.length, ...before);
    actual.forEach((value, i) =>
      expect(value).toBeCloseTo(((i + 1) * target[i]! + strength * start[i]!) / (i + 1 + strength), 5),
    );
  });
});

describe('cosineRate', () => {
  it('warms up linearly, then falls along half a cosine to zero', () => {
    expect([0, 1, 2, 3].map((step) => cosineRate(1, step, 100, 4))).toEqual([0.25, 0.5, 0.75, 1]);
    expect(cosineRate(1, 4, 100, 4)).toBe(1);
    expect(cosineRate(2, 52, 100, 4)).toBeCloseTo(1);
    expect(cosineRate(1, 99, 100, 4)).toBeCloseTo(0.5 * (1 + Math.cos((Math.PI * 95) / 96)));
  });
  it('never spends more than half of a short run on warming up', () => {
    expect(cosineRate(1, 4, 10, 30)).toBe(1);
    expect(cosineRate(1, 0, 1, 30)).toBe(1);
  });
});
