import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import { describe, expect, it } from 'vitest';
import { batchNorm } from '../../engine/compute/batch-norm';
import type { HostArray, TensorMap } from '../../engine/compute/device';
import { openEagerDevice } from '../../engine/compute/eager-device';
import { lossAndGradients } from '../../engine/compute/gradients';
import * as tf from '../../engine/compute/tensorflow';
import { expectParity, normal, relativeError, signatureOf } from './parity';

const epsilon = 1e-3;

/** The textbook formula, differentiated by the chain rule. */
function plain(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(x, x.shape.map((_, i) => i).slice(0, -1));
  return x.sub(mean).div(variance.add(epsilon).sqrt()).mul(gamma).add(beta);
}

function step(norm: (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => tf.Tensor) {
  return (_: TensorMap, batch: TensorMap): { outputs: TensorMap } => {
    const { loss, gradients } = lossAndGradients(
      { x: batch['x']!, gamma: batch['gamma']!, beta: batch['beta']! },
      (p) => ({
        loss: norm(p['x']!, p['gamma']!, p['beta']!).relu().mul(batch['weights']!).square().sum().asScalar(),
      }),
    );
    return { outputs: { loss, ...gradients } };
  };
}

const closed = step((x, gamma, beta) => batchNorm(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, epsilon).y);

function inputs(shape: number[], offset = 0): Record<string, HostArray> {
  const channels = shape[shape.length - 1]!;
  const x = normal(shape, 1, 1.7);
  return {
    x: { ...x, data: x.data.map((v) => v + offset) },
    weights: normal(shape, 2),
    gamma: normal([channels], 3),
    beta: normal([channels], 4),
  };
}

describe('batch norm', () => {
  it.each([[[6, 5]], [[4, 3, 5, 7]], [[2, 1, 1, 3]]])(
    'has the value and the gradient of the textbook formula, %j',
    async (shape) => {
      const batch = inputs(shape);
      const run = (f: ReturnType<typeof step>) =>
        openEagerDevice()
          .compile({ state: {}, batch: signatureOf(batch), step: f })
          .then((program) => program.run(batch));
      const [actual, expected] = [await run(closed), await run(step(plain))];
      for (const name of Object.keys(expected)) {
        expect(relativeError(actual[name]!, expected[name]!), name).toBeLessThan(1e-4);
      }
    },
  );

  it.each([[[6, 5]], [[4, 3, 5, 7]], [[3, 4, 4, 16]]])('compiles, %j', async (shape) => {
    await expectParity({ state: {}, step: closed }, [inputs(shape)]);
  });

  it('does not lose digits where the mean is far larger than the deviation', async () => {
    await expectParity({ state: {}, step: closed }, [inputs([4, 3, 5, 7], 300)], 1e-3);
  });

  it('returns the mean and the biased variance, also from inside a differentiated function', async () => {
    const x: HostArray = { data: Float32Array.of(1, 10, 2, 20, 6, 60), shape: [3, 2] };
    const program = await openEagerDevice().compile({
      state: {},
      batch: { x: { shape: [3, 2], dtype: 'float32' } },
      step: (_, { x: input }) => {
        const { others } = lossAndGradients({ x: input! }, (p) => {
          const { y, mean, variance } = batchNorm(p['x']!, tf.ones([2]), tf.zeros([2]), epsilon);
          return { loss: y.sum().asScalar(), others: { mean, variance } };
        });
        return { outputs: others };
      },
    });
    const before = tf.memory().numTensors;
    const { mean, variance } = await program.run({ x });
    expect([...mean!.data]).toEqual([3, 30]);
    expect(variance!.data[0]).toBeCloseTo(14 / 3, 5);
    expect(variance!.data[1]).toBeCloseTo(1400 / 3, 3);
    await program.run({ x });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a channel with a single element', async () => {
    const batch = inputs([1, 5]);
    const program = await openEagerDevice().compile({ state: {}, batch: signatureOf(batch), step: closed });
    await expect(program.run(batch)).rejects.toThrow('at least two elements a channel');
  });
});
