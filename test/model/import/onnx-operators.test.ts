import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { openEagerDevice } from '../../../engine/compute/eager-device';
import { openOnnxDevice } from '../../../engine/compute/onnx-device';
import { OnnxGraph } from '../../../engine/compute/onnx/graph';
import { importModel } from '../../../engine/model/import';
import { temporaryFolder } from '../../data/temporary';
import { normal } from '../../compute/parity';
import { channelsLast, largestDifference, runImported } from './support';

const folder = temporaryFolder();
const plainPixels = { mean: [0], std: [1] };
const shape = [2, 3, 9, 10];
type Build = (graph: OnnxGraph, x: string) => string;

function constant(graph: OnnxGraph, size: number[], seed = 1): string {
  return graph.constant(normal(size, seed, 0.5).data as Float32Array, size, 'float32');
}
const one = { float: 1 };

/** Each takes images [2, 3, 9, 10] and gives anything with the batch first. */
const cases: Record<string, Build> = {
  'Conv with bias, stride and uneven padding': (g, x) =>
    g.add('Conv', [x, constant(g, [4, 3, 3, 2]), constant(g, [4])], {
      kernel_shape: [3, 2],
      strides: [2, 1],
      pads: [1, 0, 2, 1],
    }),
  'Conv dilated': (g, x) =>
    g.add('Conv', [x, constant(g, [4, 3, 3, 3])], { kernel_shape: [3, 3], dilations: [2, 2], pads: [2, 2, 2, 2] }),
  'Conv of groups': (g, x) => {
    const wide = g.add('Conv', [x, constant(g, [6, 3, 1, 1])], { kernel_shape: [1, 1] });
    return g.add('Conv', [wide, constant(g, [4, 3, 3, 3])], { kernel_shape: [3, 3], group: 2 });
  },
  'Conv depthwise with two outputs each': (g, x) =>
    g.add('Conv', [x, constant(g, [6, 1, 3, 3])], { kernel_shape: [3, 3], group: 3, pads: [1, 1, 1, 1] }),
  'Conv SAME_UPPER': (g, x) =>
    g.add('Conv', [x, constant(g, [4, 3, 4, 4])], { kernel_shape: [4, 4], strides: [2, 2], auto_pad: 'SAME_UPPER' }),
  'Conv SAME_LOWER': (g, x) =>
    g.add('Conv', [x, constant(g, [4, 3, 4, 4])], { kernel_shape: [4, 4], strides: [2, 2], auto_pad: 'SAME_LOWER' }),
  'MaxPool padded': (g, x) => g.add('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  'MaxPool rounding up': (g, x) => g.add('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  AveragePool: (g, x) => g.add('AveragePool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  'AveragePool counting padding': (g, x) =>
    g.add('AveragePool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 0, 1, 1], count_include_pad: 1 }),
  'GlobalAveragePool and GlobalMaxPool': (g, x) =>
    g.add('Concat', [g.add('GlobalAveragePool', [x]), g.add('GlobalMaxPool', [x])], { axis: 1 }),
  BatchNormalization: (g, x) =>
    g.add(
      'BatchNormalization',
      [
        x,
        constant(g, [3]),
        constant(g, [3], 2),
        constant(g, [3], 3),
        g.constant(Float32Array.of(0.5, 1, 2), [3], 'float32'),
      ],
      { epsilon: { float: 1e-3 } },
    ),
  InstanceNormalization: (g, x) => g.add('InstanceNormalization', [x, constant(g, [3]), constant(g, [3], 2)]),
  'LayerNormalization over the last axis': (g, x) =>
    g.add('LayerNormalization', [x, constant(g, [10]), constant(g, [10], 2)]),
  'Gemm after Flatten': (g, x) =>
    g.add('Gemm', [g.add('Flatten', [x]), constant(g, [5, 270]), constant(g, [5])], {
      transB: 1,
      alpha: { float: 0.5 },
      beta: { float: 2 },
    }),
  'MatMul by a matrix and Softmax': (g, x) =>
    g.add('Softmax', [g.add('MatMul', [x, constant(g, [10, 4])])], { axis: -1 }),
  'MatMul of batches': (g, x) => g.add('MatMul', [x, g.add('Transpose', [x], { perm: [0, 1, 3, 2] })]),
  'Softmax and LogSoftmax along channels': (g, x) =>
    g.add('Add', [g.add('Softmax', [x], { axis: 1 }), g.add('LogSoftmax', [x], { axis: 1 })]),
  activations: (g, x) => {
    const names = [
      'Relu',
      'Sigmoid',
      'Tanh',
      'Softplus',
      'Softsign',
      'Erf',
      'Exp',
      'Neg',
      'Abs',
      'Floor',
      'HardSwish',
      'Mish',
      'Gelu',
      'Selu',
      'Elu',
      'LeakyRelu',
      'HardSigmoid',
    ];
    return g.add(
      'Concat',
      names.map((op) => g.add(op, [x])),
      { axis: 1 },
    );
  },
  'parametrised activations': (g, x) =>
    g.add(
      'Concat',
      [
        g.add('Elu', [x], { alpha: { float: 0.3 } }),
        g.add('LeakyRelu', [x], { alpha: { float: 0.2 } }),
        g.add('HardSigmoid', [x], { alpha: { float: 0.25 }, beta: { float: 0.4 } }),
        g.add('PRelu', [x, constant(g, [3, 1, 1])]),
        g.add('Clip', [x, g.scalar(-0.5), g.scalar(0.7)]),
        g.add('Clip', [x, '', g.scalar(0.1)]),
        g.add('Gelu', [x], { approximate: 'tanh' }),
      ],
      { axis: 1 },
    ),
  'arithmetic that broadcasts over channels': (g, x) => {
    const scaled = g.add('Mul', [x, constant(g, [3, 1, 1])]);
    const moved = g.add('Sub', [g.add('Add', [constant(g, [10]), scaled]), constant(g, [1, 3, 9, 1])]);
    const positive = g.add('Sqrt', [g.add('Abs', [g.add('Div', [moved, g.scalar(2)])])]);
    return g.add('Max', [g.add('Pow', [positive, g.scalar(2)]), g.add('Min', [x, g.scalar(0.2), positive])]);
  },
  'Where on comparisons': (g, x) =>
    g.add('Where', [g.add('Greater', [x, g.scalar(0)]), x, g.add('Mul', [x, constant(g, [10])])]),
  reductions: (g, x) => {
    const mean = g.add('ReduceMean', [x, g.integers([2, 3])], { keepdims: 0 });
    const max = g.add('ReduceMax', [x, g.integers([-1])], { keepdims: 0 });
    const norm = g.add('ReduceL2', [x, g.integers([1, 2])], { keepdims: 0 });
    return g.add(
      'Concat',
      [mean, g.add('Flatten', [max]), norm, g.add('ReduceSum', [g.add('Flatten', [x]), g.integers([1])])],
      { axis: 1 },
    );
  },
  'shape plumbing through Shape, Gather, Unsqueeze and Concat': (g, x) => {
    const size = g.add('Shape', [x]);
    const batch = g.add('Unsqueeze', [g.add('Gather', [size, g.scalar(0, 'int64')], { axis: 0 }), g.integers([0])]);
    const channels = g.add('Slice', [size, g.integers([1]), g.integers([2]), g.integers([0])]);
    const flat = g.add('Reshape', [x, g.add('Concat', [batch, channels, g.integers([-1])], { axis: 0 })]);
    const token = g.add('Expand', [constant(g, [1, 1, 90]), g.add('Concat', [batch, g.integers([1, 1])], { axis: 0 })]);
    return g.add('Transpose', [g.add('Concat', [token, flat], { axis: 1 })], { perm: [0, 2, 1] });
  },
  'Slice, Gather and Split': (g, x) => {
    const every = g.add('Slice', [
      x,
      g.integers([1, -8]),
      g.integers([9, 2147483647]),
      g.integers([2, 3]),
      g.integers([2, 3]),
    ]);
    const picked = g.add('Gather', [x, g.integers([2, 0])], { axis: 1 });
    const last = g.add('Gather', [x, g.scalar(-1, 'int64')], { axis: 3 });
    const [a, , c] = g.addMany('Split', [x, g.integers([1, 1, 1])], { axis: 1 }, 3);
    return g.add(
      'Concat',
      [every, picked, last, a!, c!].map((part) => g.add('Flatten', [part])),
      { axis: 1 },
    );
  },
  'Pad, Tile, Squeeze': (g, x) => {
    const padded = g.add('Pad', [x, g.integers([0, 0, 1, 0, 0, 1, 0, 2]), g.scalar(0.5)]);
    const mean = g.add('ReduceMean', [padded, g.integers([1])], { keepdims: 1 });
    return g.add('Tile', [g.add('Squeeze', [mean, g.integers([1])]), g.integers([1, 2, 1])]);
  },
};

function write(name: string, build: Build): string {
  const graph = new OnnxGraph();
  const y = build(graph, graph.input('x', 'float32', shape));
  graph.output('y', y, 'float32', []);
  const file = join(folder, `${name.replaceAll(/\W/g, '-')}.onnx`);
  writeFileSync(file, graph.finish());
  return file;
}

describe('ONNX operators equal ONNX Runtime', () => {
  it.each(Object.entries(cases))('%s', async (name, build) => {
    const file = write(name, build);
    const x = normal(shape, 7);
    const session = await ort.InferenceSession.create(file, { logSeverityLevel: 4 });
    const expected = (await session.run({ x: new ort.Tensor('float32', x.data as Float32Array, shape) })).y!;
    await session.release();
    const model = await importModel(file, { inputShape: [9, 10, 3], pixels: plainPixels });
    for (const device of [openOnnxDevice(), openEagerDevice()]) {
      const { features } = await runImported(device, { ...model, classifier: undefined }, channelsLast(x));
      const scores = model.classifier ? (await runImported(device, model, channelsLast(x))).scores! : features;
      expect(largestDifference(scores.data, expected.data as Float32Array), device.name).toBeLessThan(1e-4);
    }
  });
});

describe('what cannot be imported', () => {
  it('is named whole: every operator that is not supported', async () => {
    const file = write('strange', (g, x) =>
      g.add('Hardmax', [g.add('Hardmax', [g.add('Det', [g.add('FancyNorm', [x], { one }, 'com.example')])])]),
    );
    await expect(importModel(file, { inputShape: [9, 10, 3] })).rejects.toThrow(
      /operators that are not supported: Det, Hardmax \(2 times\), com\.example\.FancyNorm; export/,
    );
  });

  it('says which images a model wants', async () => {
    const file = write('fixed', (g, x) => g.add('Relu', [x]));
    await expect(importModel(file, { inputShape: [9, 10, 3], imageSize: 8 })).rejects.toThrow(
      'takes images of 9 × 10 pixels, but encoder.imageSize is 8',
    );
    await expect(importModel(file, { inputShape: [9, 10, 1] })).rejects.toThrow('set data.image.channels to "rgb"');
    await expect(importModel(file, { inputShape: [12] })).rejects.toThrow('feature vectors');
  });

  it('is a damaged file', async () => {
    const file = join(folder, 'damaged.onnx');
    writeFileSync(file, Uint8Array.of(0x3a, 0x50, 1, 2, 3));
    await expect(importModel(file, { inputShape: [9, 10, 3] })).rejects.toThrow('is not a readable ONNX file');
    await expect(importModel('model.pt', { inputShape: [9, 10, 3] })).rejects.toThrow(
      'is not a model that can be read',
    );
  });
});
