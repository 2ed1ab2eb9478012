import { describe, expect, it } from 'vitest';
import type { HostArrays, ProgramDefinition, TensorMap } from '../../engine/compute/device';
import { reorder, inverse } from '../../engine/compute/host-layout';
import { openOnnxDevice } from '../../engine/compute/onnx-device';
import * as tf from '../../engine/compute/tensorflow';
import { expectParity, normal } from './parity';

/** Two steps of SGD with momentum on filters that lie as in a checkpoint, [out, in, h, w]. */
function convolutional(): ProgramDefinition & { batches: HostArrays[] } {
  const state = {
    stem: normal([16, 3, 3, 3], 1, 0.2),
    wide: normal([32, 16, 3, 3], 2, 0.1),
    'slot/stem': normal([16, 3, 3, 3], 3, 0.01),
    'slot/wide': normal([32, 16, 3, 3], 4, 0.01),
    untouched: normal([2, 3], 5),
  };
  return {
    state,
    batch: { x: { shape: [16, 6, 6, 3], dtype: 'float32' } },
    batches: [{ x: normal([16, 6, 6, 3], 6) }, { x: normal([16, 6, 6, 3], 7) }],
    step: (s, { x }) => {
      const filter = (t: tf.Tensor): tf.Tensor4D => tf.transpose(t, [2, 3, 1, 0]) as tf.Tensor4D;
      const { value, grads } = tf.valueAndGrads((stem: tf.Tensor, wide: tf.Tensor) => {
        const y = tf.relu(tf.conv2d(x as tf.Tensor4D, filter(stem), 1, 1));
        return tf.mean(tf.square(tf.conv2d(y, filter(wide), 2, 1)));
      })([s['stem']!, s['wide']!]);
      const next: TensorMap = {};
      ['stem', 'wide'].forEach((name, i) => {
        const velocity = tf.add(tf.mul(s[`slot/${name}`]!, 0.9), grads[i]!);
        next[`slot/${name}`] = velocity;
        next[name] = tf.sub(s[name]!, tf.mul(velocity, 0.1));
      });
      return { state: next, outputs: { loss: value } };
    },
  };
}

describe('compiled programs', () => {
  it('keep their state over steps as tfjs-cpu does, whatever order it lies in', async () => {
    const { batches, ...definition } = convolutional();
    await expectParity(definition, batches);
  });

  it('give the same bits for the same inputs', async () => {
    const { batches, ...definition } = convolutional();
    const device = openOnnxDevice();
    const run = async (): Promise<HostArrays> => {
      const program = await device.compile(definition);
      for (const batch of batches) await program.run(batch);
      const state = await program.state();
      await program.dispose();
      return state;
    };
    // The second run takes over the first one's session.
    expect(await run()).toEqual(await run());
    expect(await run()).toEqual(await run());
  });

  it('do not share their state with arrays that they were given or gave out', async () => {
    const { batches, ...definition } = convolutional();
    const before = structuredClone(definition.state);
    const program = await openOnnxDevice().compile(definition);
    await program.run(batches[0]!);
    expect(definition.state).toEqual(before);
    const first = await program.state();
    const kept = structuredClone(first);
    await program.run(batches[1]!);
    expect(first).toEqual(kept);
    expect(first['untouched']).toEqual(before['untouched']);
    await program.dispose();
  });

  it('run with constant weights', async () => {
    const { batches, state } = convolutional();
    const definition = {
      state,
      frozen: true,
      step: (s: TensorMap, { x }: TensorMap) => ({
        outputs: {
          y: tf.relu(tf.conv2d(x as tf.Tensor4D, tf.transpose(s['stem']!, [2, 3, 1, 0]) as tf.Tensor4D, 1, 1)),
        },
      }),
    };
    await expectParity(definition, batches);
  });

  it('refuse to run twice at once', async () => {
    const { batches, ...definition } = convolutional();
    const program = await openOnnxDevice().compile(definition);
    const first = program.run(batches[0]!);
    await expect(program.run(batches[1]!)).rejects.toThrow('twice at once');
    await first;
    await program.dispose();
  });

  it('refuse empty arrays in one sentence', async () => {
    await expect(
      openOnnxDevice().compile({
        state: {},
        batch: { x: { shape: [2, 5], dtype: 'float32' } },
        step: (_, { x }) => ({ outputs: { y: tf.slice(x!, [0, 2], [2, 0]) } }),
      }),
    ).rejects.toThrow('Slice has an empty result of shape [2, 0].');
  });
});

describe('the order of a host array', () => {
  it('is changed and restored', () => {
    const array = { data: Float32Array.from({ length: 24 }, (_, i) => i), shape: [2, 3, 4] };
    const moved = reorder(array, [2, 0, 1]);
    expect(moved.shape).toEqual([4, 2, 3]);
    // Element (k, i, j) of the moved array is element (i, j, k).
    for (let k = 0; k < 4; k++)
      for (let i = 0; i < 2; i++)
        for (let j = 0; j < 3; j++) expect(moved.data[k * 6 + i * 3 + j]).toBe(i * 12 + j * 4 + k);
    expect(reorder(moved, inverse([2, 0, 1]))).toEqual(array);
  });
});
