import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openOnnxDevice } from '../../../engine/compute/onnx-device';
import { bytesOf } from '../../../engine/data/array';
import { readNpy, writeNpy } from '../../../engine/data/npy';
import { importModel } from '../../../engine/model/import';
import { normal } from '../../compute/parity';
import { temporaryFolder } from '../../data/temporary';
import { largestDifference, runImported } from './support';
import { hasTorch, torch } from './torch';

const folder = temporaryFolder();

const weights: Record<string, { shape: number[]; scale?: number; offset?: number }> = {
  'stem/kernel': { shape: [3, 3, 3, 4], scale: 0.4 },
  'stem/bias': { shape: [4] },
  'norm/gamma': { shape: [4], scale: 0.1, offset: 1 },
  'norm/beta': { shape: [4], scale: 0.1 },
  'norm/moving_mean': { shape: [4], scale: 0.1 },
  'norm/moving_variance': { shape: [4], scale: 0.05, offset: 1 },
  'deep/depthwise_kernel': { shape: [3, 3, 4, 1], scale: 0.4 },
  'scores/kernel': { shape: [4, 5] },
  'scores/bias': { shape: [5] },
};

/** A residual network by Keras' functional description, as tensorflowjs_converter writes it. */
function write(name: string, change: (layers: Record<string, unknown>[]) => void = () => undefined): string {
  const place = join(folder, name);
  mkdirSync(place);
  const arrays = Object.entries(weights).map(([weight, { shape, scale = 1, offset = 0 }], seed) => {
    const data = normal(shape, seed, scale).data.map((value) => value + offset) as Float32Array;
    return { name: weight, shape, data };
  });
  writeFileSync(join(place, 'shard1'), Buffer.concat(arrays.map(({ data }) => bytesOf(data))));
  const layer = (class_name: string, own: string, config: object, ...inputs: string[]) => ({
    class_name,
    name: own,
    config: { name: own, ...config },
    inbound_nodes: inputs.length > 0 ? [inputs.map((from) => [from, 0, 0, {}])] : [],
  });
  const layers = [
    layer('InputLayer', 'in', { batch_input_shape: [null, 9, 9, 3] }),
    layer(
      'ZeroPadding2D',
      'pad',
      {
        padding: [
          [0, 1],
          [0, 1],
        ],
      },
      'in',
    ),
    layer(
      'Conv2D',
      'stem',
      { strides: [2, 2], padding: 'valid', dilation_rate: [1, 1], use_bias: true, activation: 'linear' },
      'pad',
    ),
    layer('BatchNormalization', 'norm', { epsilon: 1e-3, scale: true, center: true }, 'stem'),
    layer('ReLU', 'relu', { max_value: 6 }, 'norm'),
    layer('DepthwiseConv2D', 'deep', { strides: [1, 1], padding: 'same', use_bias: false, activation: 'relu' }, 'relu'),
    layer('Add', 'sum', {}, 'deep', 'relu'),
    layer('GlobalAveragePooling2D', 'mean', {}, 'sum'),
    layer('Dropout', 'drop', { rate: 0.5 }, 'mean'),
    layer('Dense', 'scores', { use_bias: true, activation: 'softmax' }, 'drop'),
  ];
  change(layers);
  const model = {
    format: 'layers-model',
    modelTopology: {
      model_config: {
        class_name: 'Functional',
        config: { layers, input_layers: [['in', 0, 0]], output_layers: [['scores', 0, 0]] },
      },
    },
    weightsManifest: [
      {
        paths: ['shard1'],
        weights: arrays.map(({ name: weight, shape }) => ({ name: weight, shape, dtype: 'float32' })),
      },
    ],
  };
  const file = join(place, 'model.json');
  writeFileSync(file, JSON.stringify(model));
  return file;
}

const inputShape = [9, 9, 3];

describe('a TensorFlow.js model.json with topology', () => {
  it.runIf(hasTorch())('equals the network written in PyTorch', async () => {
    const file = write('residual');
    const model = await importModel(file, { inputShape });
    expect(model.description).toBe('Keras model of 10 layers, 4 features');
    const x = normal([2, 9, 9, 3], 40);
    await writeNpy(join(folder, 'x.npy'), x);
    torch(
      `
import os
folder, model = sys.argv[1:]
w, at, data = {}, 0, open(os.path.join(os.path.dirname(model), 'shard1'), 'rb').read()
for e in json.load(open(model))['weightsManifest'][0]['weights']:
    count = int(np.prod(e['shape']))
    w[e['name']] = torch.from_numpy(np.frombuffer(data, '<f4', count, at).reshape(e['shape']).copy()); at += 4 * count
x = F.pad(torch.from_numpy(np.load(f'{folder}/x.npy')).permute(0, 3, 1, 2) * 2 - 1, (0, 1, 0, 1))
x = F.conv2d(x, w['stem/kernel'].permute(3, 2, 0, 1), w['stem/bias'], stride=2)
x = F.batch_norm(x, w['norm/moving_mean'], w['norm/moving_variance'], w['norm/gamma'], w['norm/beta'], eps=1e-3).clamp(0, 6)
x = F.relu(F.conv2d(x, w['deep/depthwise_kernel'].permute(2, 3, 0, 1), padding=1, groups=4)) + x
f = x.mean((2, 3))
np.save(f'{folder}/f.npy', f.numpy())
np.save(f'{folder}/y.npy', (f @ w['scores/kernel'] + w['scores/bias']).softmax(1).numpy())
`,
      folder,
      file,
    );
    const { features, scores } = await runImported(openOnnxDevice(), model, x);
    expect(largestDifference(features.data, (await readNpy(join(folder, 'f.npy'))).data)).toBeLessThan(1e-4);
    expect(largestDifference(scores!.data, (await readNpy(join(folder, 'y.npy'))).data)).toBeLessThan(1e-4);
    expect(Object.keys(model.classifier!.parameters).sort()).toEqual(['scores/bias', 'scores/kernel']);
  });

  it('names all layers that it cannot use', async () => {
    const file = write('strange', (layers) => {
      layers[4]!.class_name = 'PReLU';
      layers[6]!.class_name = 'Lambda';
    });
    await expect(importModel(file, { inputShape })).rejects.toThrow(
      'layers that are not supported: Lambda, PReLU; convert',
    );
  });

  it('says what is missing', async () => {
    const graph = join(folder, 'graph.json');
    writeFileSync(graph, JSON.stringify({ modelTopology: { node: [] }, weightsManifest: [] }));
    await expect(importModel(graph, { inputShape })).rejects.toThrow('format "graph-model"');
    const outside = join(folder, 'outside.json');
    writeFileSync(outside, JSON.stringify({ weightsManifest: [{ paths: ['../x'], weights: [] }] }));
    await expect(importModel(outside, { inputShape })).rejects.toThrow('leads out of its folder');
    const other = join(folder, 'other.json');
    writeFileSync(other, JSON.stringify({ modelTopology: null, weightsManifest: [] }));
    await expect(importModel(other, { inputShape })).rejects.toThrow('conv_dw_1/depthwise_kernel is missing');
  });
});
