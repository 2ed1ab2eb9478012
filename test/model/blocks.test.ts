import { describe, expect, it } from 'vitest';
import { openOnnxDevice } from '../../engine/compute/onnx-device';
import type * as tf from '../../engine/compute/tensorflow';
import { stream } from '../../engine/data/random';
import { blocksOf } from '../../engine/model/blocks';
import { createEncoder } from '../../engine/model/create';
import { extract } from '../../engine/model/extract';
import { Pass } from '../../engine/model/layers';
import { createdEncoderSchema } from '../../engine/study/schema';

const rgb = { sampleShape: [16, 16, 3], mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3] };

function encoderOf(architecture: 'mlp' | 'convnet' | 'resnet-small' | 'resnet18' | 'identity') {
  return createEncoder(createdEncoderSchema.parse({ architecture, width: 4, features: 8 }), rgb);
}

describe('blocks of an encoder', () => {
  it.each([
    ['mlp', ['fc1', 'fc2', 'fc3']],
    ['convnet', ['conv1', 'conv2', 'conv3', 'conv4', 'features']],
    ['resnet-small', ['stem', 'layer1.0', 'layer2.0', 'layer3.0']],
    ['identity', ['features']],
  ] as const)('of %s stand from input to features and share out its parameters', (architecture, names) => {
    const encoder = encoderOf(architecture);
    const parameters = encoder.initialize(stream(0));
    const blocks = blocksOf(encoder, parameters);
    expect(blocks.map(({ name }) => name)).toEqual(names);
    expect(blocks.flatMap((block) => block.parameters).sort()).toEqual(Object.keys(parameters).sort());
  });

  it('are merged with their neighbours where there are too many', () => {
    const encoder = encoderOf('resnet18');
    const parameters = encoder.initialize(stream(0));
    expect(blocksOf(encoder, parameters)).toHaveLength(9);
    const merged = blocksOf(encoder, parameters, 4);
    expect(merged.map(({ name }) => name)).toEqual(['layer1.0', 'layer2.0', 'layer3.0', 'layer4.1']);
    expect(merged[0]!.parameters).toContain('conv1.weight');
    expect(merged.flatMap((block) => block.parameters).sort()).toEqual(Object.keys(parameters).sort());
  });

  it('give their activations, averaged over places, in the order of the samples', async () => {
    const encoder = encoderOf('resnet-small');
    const parameters = encoder.initialize(stream(0));
    const random = stream(1, 'images');
    const values = Uint8Array.from({ length: 5 * 768 }, () => random.below(256));
    const rows = Int32Array.of(4, 0, 2);
    const common = { device: openOnnxDevice(), encoder, parameters, rows, signal: new AbortController().signal };
    const dataset = { values, sampleShape: rgb.sampleShape };
    const { layers, features } = await extract({ ...common, dataset, layers: ['stem', 'layer3.0'] });
    expect(layers[1]).toEqual(features);

    // The stem by itself, eagerly.
    const eager = await import('../../engine/compute/eager-device');
    const program = await eager.openEagerDevice().compile({
      state: parameters,
      frozen: true,
      batch: { x: { shape: [3, 16, 16, 3], dtype: 'float32' } },
      step: (state, { x }) => {
        let stem: tf.Tensor = x!;
        encoder.apply(new Pass(state, 'evaluate', { passed: (name, h) => name === 'stem' && (stem = h) }), x!);
        return { outputs: { stem } };
      },
    });
    const data = Float32Array.from({ length: 3 * 768 }, (_, at) => {
      return values[rows[Math.floor(at / 768)]! * 768 + (at % 768)]! / 255;
    });
    const { stem } = await program.run({ x: { shape: [3, 16, 16, 3], data } });
    const [, height, width, channels] = stem!.shape as [number, number, number, number];
    for (let i = 0; i < 3; i++)
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let place = 0; place < height * width; place++)
          sum += stem!.data[(i * height * width + place) * channels + c]!;
        expect(layers[0]![i * channels + c]).toBeCloseTo(sum / (height * width), 4);
      }
  });
});
