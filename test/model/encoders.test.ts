import { describe, expect, it } from 'vitest';
import { elementCount } from '../../engine/data/array';
import { stream } from '../../engine/data/random';
import { openOnnxDevice } from '../../engine/compute/onnx-device';
import { createEncoder } from '../../engine/model/create';
import { newProjection, projection } from '../../engine/model/heads';
import { Pass } from '../../engine/model/layers';
import { isBuffer } from '../../engine/model/parameters';
import * as tf from '../../engine/compute/tensorflow';
import { spectralContrastiveLoss } from '../../engine/pretrain/spectral';
import { createdEncoderSchema, type CreatedEncoder } from '../../engine/study/schema';
import { createOptimizer } from '../../engine/train/optimizer';
import { trainingProgram } from '../../engine/train/training-step';
import { expectParity, normal } from '../compute/parity';

const gray = { mean: [0.3], std: [0.25] };
const rgb = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3] };

function block(changes: Partial<CreatedEncoder>): CreatedEncoder {
  return createdEncoderSchema.parse(changes);
}

describe('encoders', () => {
  it.each([
    ['mlp', [6], { mean: Array<number>(6).fill(0), std: Array<number>(6).fill(1) }, 256],
    ['mlp', [8, 8, 1], gray, 256],
    ['convnet', [17, 16, 1], gray, 256],
    ['resnet-small', [16, 16, 3], rgb, 256],
    ['resnet-small', [32, 33, 3], rgb, 256],
    ['resnet18', [16, 16, 3], rgb, 512],
    ['identity', [4, 4, 3], rgb, 48],
  ] as const)('%s of %j has features of the promised length', async (architecture, sampleShape, statistics, length) => {
    const encoder = createEncoder(block({ architecture }), { sampleShape, ...statistics });
    expect(encoder.features).toBe(length);
    const samples = normal([3, ...sampleShape], 1);
    const program = await openOnnxDevice().compile({
      state: encoder.initialize(stream(0)),
      frozen: true,
      batch: { samples: { shape: samples.shape, dtype: 'float32' } },
      step: (state, batch) => ({ outputs: { features: encoder.apply(new Pass(state, 'evaluate'), batch.samples!) } }),
    });
    const { features } = await program.run({ samples });
    expect(features!.shape).toEqual([3, length]);
    expect(features!.data.every(Number.isFinite)).toBe(true);
    await program.dispose();
  });

  it("names ResNet-18's parameters and buffers as torchvision does, in PyTorch's layouts", () => {
    const encoder = createEncoder(block({ architecture: 'resnet18' }), { sampleShape: [32, 32, 3], ...rgb });
    const parameters = encoder.initialize(stream(0));
    const batchNorm = (name: string): string[] =>
      ['weight', 'bias', 'running_mean', 'running_var'].map((part) => `${name}.${part}`);
    const expected = ['normalize.mean', 'normalize.std', 'conv1.weight', ...batchNorm('bn1')];
    for (const stage of [1, 2, 3, 4])
      for (const i of [0, 1]) {
        const name = `layer${stage}.${i}`;
        expected.push(
          `${name}.conv1.weight`,
          `${name}.conv2.weight`,
          ...batchNorm(`${name}.bn1`),
          ...batchNorm(`${name}.bn2`),
        );
        if (stage > 1 && i === 0) expected.push(`${name}.downsample.0.weight`, ...batchNorm(`${name}.downsample.1`));
      }
    expect(Object.keys(parameters).sort()).toEqual(expected.sort());
    expect(parameters['layer2.0.conv1.weight']!.shape).toEqual([128, 64, 3, 3]);
    expect(parameters['layer4.0.downsample.0.weight']!.shape).toEqual([512, 256, 1, 1]);
    // 11,689,512 of torchvision's ResNet-18, less its 1000-class head (513,000) and 7x7 stem, plus the 3x3 stem.
    const trained = Object.entries(parameters).filter(([name]) => !isBuffer(name));
    const count = trained.reduce((sum, [, { shape }]) => sum + elementCount(shape), 0);
    expect(count).toBe(11_689_512 - 513_000 - 64 * 3 * 49 + 64 * 3 * 9);
  });

  it('starts from the same numbers for the same seed, and from others for another', () => {
    const encoder = createEncoder(block({ architecture: 'convnet' }), { sampleShape: [16, 16, 1], ...gray });
    const first = encoder.initialize(stream(1, 'encoder'))['conv2.weight']!.data;
    expect(encoder.initialize(stream(1, 'encoder'))['conv2.weight']!.data).toEqual(first);
    expect(encoder.initialize(stream(2, 'encoder'))['conv2.weight']!.data).not.toEqual(first);
    // PyTorch's own start: uniform in ±1/√(32 · 9), variance 1 / (3 · 32 · 9).
    expect(Math.max(...first.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(32 * 9));
    expect(variance(first) / (1 / (3 * 32 * 9))).toBeCloseTo(1, 1);
  });

  it('starts a ResNet as torchvision does', () => {
    const encoder = createEncoder(block({ architecture: 'resnet18' }), { sampleShape: [32, 32, 3], ...rgb });
    const weight = encoder.initialize(stream(1, 'encoder'))['layer2.0.conv1.weight']!;
    // Kaiming normal, fan-out.
    expect(variance(weight.data) / (2 / (weight.shape[0]! * 9))).toBeCloseTo(1, 1);
  });

  it('is refused in a sentence where it does not fit the samples', () => {
    const vectors = { sampleShape: [10], mean: [0], std: [1] };
    expect(() => createEncoder(block({ architecture: 'convnet' }), vectors)).toThrow(
      'The encoder "convnet" is for images, but the samples are feature vectors; choose "mlp" or "identity".',
    );
    expect(() => createEncoder(block({ architecture: 'resnet18' }), { sampleShape: [7, 20, 1], ...gray })).toThrow(
      'needs images of 8 pixels or more, but these have 7 × 20; set data.image.size.',
    );
  });
});

function variance(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value * value, 0) / values.length;
}

describe('whole training steps agree with tfjs-cpu', () => {
  it.each([
    ['mlp', { width: 1, features: 6 }, [9], { mean: Array<number>(9).fill(0.1), std: Array<number>(9).fill(2) }],
    ['convnet', { width: 2, features: 6 }, [8, 9, 1], gray],
    ['resnet-small', { width: 3, features: 8 }, [8, 7, 3], rgb],
    ['resnet18', { width: 2 }, [8, 8, 3], rgb],
  ] as const)(
    '%s: loss, parameters, slots and running statistics after three steps',
    async (architecture, size, shape, statistics) => {
      const encoder = createEncoder(block({ architecture, ...size }), { sampleShape: shape, ...statistics });
      const parameters = {
        ...encoder.initialize(stream(3, 'encoder')),
        ...newProjection({ features: encoder.features, hidden: 8, output: 4 }, stream(3, 'projection')),
      };
      const optimizer = createOptimizer({ name: 'sgd', momentum: 0.9, weightDecay: 1e-3 });
      const batches = [1, 2, 3].map((seed) => ({
        views: normal([8, ...shape], seed),
        ...optimizer.scalars(seed - 1, 0.02),
      }));
      const { batch: _, ...definition } = trainingProgram({
        parameters,
        optimizer,
        batch: { views: { shape: batches[0]!.views.shape, dtype: 'float32' } },
        loss: (pass, batch) => {
          const [z1, z2] = tf.split(projection(pass, encoder.apply(pass, batch.views!)), 2) as [
            tf.Tensor2D,
            tf.Tensor2D,
          ];
          return spectralContrastiveLoss(z1, z2, 3);
        },
      });
      await expectParity(definition, batches, 1e-3);
    },
  );
});
