import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { lossAndGradients } from '../../../engine/compute/gradients';
import { OnnxGraph } from '../../../engine/compute/onnx/graph';
import { openOnnxDevice } from '../../../engine/compute/onnx-device';
import { parseSafetensors } from '../../../engine/data/safetensors';
import { stream } from '../../../engine/data/random';
import { blocksOf } from '../../../engine/model/blocks';
import { exportOnnx, exportSafetensors } from '../../../engine/model/export';
import { extract } from '../../../engine/model/extract';
import { head, newHead } from '../../../engine/model/heads';
import { importModel, type ImportedModel } from '../../../engine/model/import';
import { readOnnx } from '../../../engine/model/import/onnx/model';
import { exportedName, importedName, isBuffer, trainableNames } from '../../../engine/model/parameters';
import { trainClassifier } from '../../../engine/train/classify';
import { expectParity, normal } from '../../compute/parity';
import { temporaryFolder } from '../../data/temporary';
import { channelsFirst, channelsLast, largestDifference, runImported } from './support';
import { hasTorch, torch } from './torch';
import { Pass } from '../../../engine/model/layers';
import * as tf from '../../../engine/compute/tensorflow';

const folder = temporaryFolder();
const device = openOnnxDevice();

const constantIn =
  (g: OnnxGraph) =>
  (size: number[], seed: number, scale = 0.4) =>
    g.constant(normal(size, seed, scale).data as Float32Array, size, 'float32');

/** Two convolutions with a residual sum around the second. */
function residual(): string {
  const g = new OnnxGraph();
  const constant = constantIn(g);
  const convolution = (x: string, channels: number, seed: number) =>
    g.add('Conv', [x, constant([4, channels, 3, 3], seed)], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  const first = g.add('Relu', [convolution(g.input('x', 'float32', [1, 3, 8, 8]), 3, 1)]);
  const biased = g.add('Add', [convolution(first, 4, 2), constant([1, 4, 1, 1], 3)]);
  const h = g.add('Relu', [g.add('Add', [biased, first])]);
  g.output('y', g.add('Flatten', [g.add('GlobalAveragePool', [h])]), 'float32', [1, 4]);
  const file = join(folder, 'residual.onnx');
  writeFileSync(file, g.finish());
  return file;
}

/** A convolutional network with batch norm, as another tool would write it. */
function convolutional(): string {
  const g = new OnnxGraph();
  const constant = constantIn(g);
  const positive = (n: number) =>
    g.constant(
      new Float32Array(n).map((_, i) => 1 + i / n),
      [n],
      'float32',
    );
  const x = g.input('x', 'float32', [1, 3, 8, 8]);
  let h = g.add('Conv', [x, constant([4, 3, 3, 3], 1)], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  h = g.add('BatchNormalization', [h, positive(4), constant([4], 2), constant([4], 3), positive(4)]);
  h = g.add('GlobalAveragePool', [g.add('Relu', [h])]);
  const y = g.add('Gemm', [g.add('Flatten', [h]), constant([5, 4], 4), constant([5], 5)], { transB: 1 });
  g.output('y', y, 'float32', [1, 5]);
  const file = join(folder, 'convolutional.onnx');
  writeFileSync(file, g.finish());
  return file;
}

const options = { inputShape: [8, 8, 3], pixels: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } };

/** Training on eight images of two classes, one brighter: the loss at each step, and what was learned. */
async function fineTune({ encoder, parameters }: ImportedModel, side: number) {
  const n = 8;
  const size = side * side * 3;
  const random = stream(3, 'images');
  const labels = Int32Array.from({ length: n }, (_, i) => i % 2);
  const values = Uint8Array.from({ length: n * size }, (_, at) => 100 * ((at / size) & 1) + 100 * random.next());
  const losses: number[] = [];
  const { parameters: tuned } = await trainClassifier({
    ...{ device, encoder, parameters: { ...parameters, ...newHead(encoder.features, 2, random) } },
    dataset: { values, labels, sampleShape: [side, side, 3], classNames: ['dark', 'bright'] },
    rows: Int32Array.from({ length: n }, (_, i) => i),
    optimizer: { name: 'sgd', learningRate: 0.05, momentum: 0.9, weightDecay: 0, warmupSteps: 0 },
    ...{ epochs: 12, batchSize: n, augmentation: 'none', mode: 'evaluate', seed: 1, label: 'test' },
    signal: new AbortController().signal,
    onStep: (_step, loss) => losses.push(loss),
  });
  return { losses, tuned };
}

describe('an imported model', () => {
  it('has blocks that share out its parameters', async () => {
    const { encoder, parameters } = await importModel(convolutional(), options);
    const blocks = blocksOf(encoder, parameters);
    expect(blocks).toHaveLength(1);
    expect([...blocks[0]!.parameters].sort()).toEqual(Object.keys(parameters).sort());
    // One ends after the first activation, the other after that of the sum; the bias between is no end.
    const other = await importModel(residual(), options);
    const [first, second, ...more] = blocksOf(other.encoder, other.parameters);
    expect(more).toEqual([]);
    expect(first!.parameters).toHaveLength(3);
    expect(second!.parameters).toHaveLength(2);
    const signal = new AbortController().signal;
    const values = Uint8Array.from({ length: 2 * 192 }, (_, i) => i % 256);
    const { layers, features } = await extract({
      ...{ device, encoder: other.encoder, parameters: other.parameters, signal, layers: [second!.name] },
      ...{ dataset: { values, sampleShape: [8, 8, 3] }, rows: Int32Array.of(0, 1) },
    });
    // What its last block ends with, averaged over places, is its features.
    features.forEach((value, i) => expect(layers[0]![i]).toBeCloseTo(value, 5));
  });

  it('has the gradients of tfjs-cpu when it is compiled, in both modes of batch norm', async () => {
    const { encoder, parameters } = await importModel(convolutional(), options);
    for (const mode of ['train', 'evaluate'] as const) {
      await expectParity(
        {
          state: parameters,
          step(state, { images }) {
            const trainable = Object.fromEntries(trainableNames(parameters).map((name) => [name, state[name]!]));
            const { loss, gradients } = lossAndGradients(trainable, (tensors) => {
              const features = encoder.apply(new Pass({ ...state, ...tensors }, mode), images!);
              return { loss: tf.mean(tf.square(features)) as tf.Scalar };
            });
            return { outputs: { loss, ...gradients } };
          },
        },
        [{ images: { shape: [4, 8, 8, 3], data: normal([4, 8, 8, 3], 9).data } }],
      );
    }
  });

  it('is fine-tuned, and exported with what it has learned', async () => {
    const model = await importModel(convolutional(), options);
    const { losses, tuned } = await fineTune(model, 8);
    expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]!);
    const names = Object.keys(tuned);
    const file = join(folder, 'tuned.onnx');
    writeFileSync(file, exportOnnx({ encoder: model.encoder, parameters: tuned, head }, 2));
    expect((await readOnnx(file)).nodes.every(({ domain }) => domain === '')).toBe(true);
    const images = normal([2, 8, 8, 3], 11);
    const expected = await runImported(
      device,
      { ...model, parameters: tuned, classifier: { parameters: {}, apply: head } },
      images,
    );
    const session = await ort.InferenceSession.create(file);
    const out = await session.run({ images: new ort.Tensor('float32', channelsFirst(images), [2, 3, 8, 8]) });
    await session.release();
    expect(largestDifference(out.features!.data as Float32Array, expected.features.data)).toBeLessThan(1e-5);
    expect(largestDifference(out.scores!.data as Float32Array, expected.scores!.data)).toBeLessThan(1e-5);
    const { initializers } = await readOnnx(file);
    for (const [name, { shape, data }] of Object.entries(tuned)) {
      expect(initializers.get(name)?.shape, name).toEqual(shape);
      expect(initializers.get(name)?.data, name).toEqual(data);
    }

    const { tensors, metadata } = parseSafetensors(exportSafetensors(tuned), 'tuned');
    expect([...tensors.keys()].sort()).toEqual(names.filter((name) => !name.startsWith('normalize.')).sort());
    expect(metadata).toMatchObject({ 'pixel-mean': '0.5 0.5 0.5', 'pixel-std': '0.25 0.25 0.25' });
  });

  it('keeps its own parameters where they are called what the study calls its head', () => {
    expect(importedName('head.weight')).toBe('model.head.weight');
    expect(exportedName(importedName('head.weight'))).toBe('head.weight');
    expect(isBuffer(importedName('normalize.scale'))).toBe(false);
    expect(importedName('blocks.0.weight')).toBe('blocks.0.weight');
    expect(exportedName('model.layer1.weight')).toBe('model.layer1.weight');
  });

  it.runIf(hasTorch())('may be a ViT or a ResNet that PyTorch exported; ResNets go back by their names', async () => {
    torch(
      `
folder, = sys.argv[1:]
for name, model in dict(vit=ViT(side=16, d=24, depth=2), resnet=unsettle(ResNet(Basic, [1, 1], 8))).items():
    torch.onnx.export(model.eval(), images(1, 16), f'{folder}/{name}.onnx', opset_version=14, dynamic_axes={'x': {0: 'n'}}, input_names=['x'])
save(f'{folder}/resnet.safetensors', model.state_dict())
`,
      folder,
    );
    const inputShape = [16, 16, 3];
    for (const name of ['vit.onnx', 'resnet.onnx', 'resnet.safetensors']) {
      const model = await importModel(join(folder, name), { inputShape });
      const { losses, tuned } = await fineTune(model, 16);
      expect(losses.at(-1), name).toBeLessThan(0.5 * losses[0]!);
      const blocks = blocksOf(model.encoder, model.parameters);
      expect(blocks.length, name).toBeGreaterThan(1);
      const shared = blocks.flatMap(({ parameters }) => parameters);
      expect([...shared].sort(), name).toEqual(Object.keys(model.parameters).sort());
      if (!name.endsWith('safetensors')) continue;
      const back = join(folder, 'back.safetensors');
      writeFileSync(back, exportSafetensors(tuned));
      const again = await importModel(back, { inputShape });
      const x = channelsLast(normal([2, 3, 16, 16], 5));
      const [a, b] = [
        await runImported(device, { ...again, classifier: undefined }, x),
        await runImported(device, { ...model, parameters: tuned, classifier: undefined }, x),
      ];
      expect(largestDifference(a.features.data, b.features.data)).toBe(0);
    }
  });
});
