import * as tf from '../../../compute/tensorflow';
import { elementCount } from '../../../data/array';
import { UserError } from '../../../errors';
import type { Pass } from '../../layers';
import { newNormalization, normalize } from '../../normalize';
import { type Parameters, pick } from '../../parameters';
import {
  imagenetPixels,
  type ImportOptions,
  type NetworkOfFile,
  perChannel,
  requireChannels,
  unknownLayer,
} from '../contract';
import { dryRun } from '../dry-run';
import { OnnxGraphFunction, requireOperators } from './graph';
import { type OnnxModel, type OnnxPort, readOnnx } from './model';
import { channelsLast, fromTensor, plain, type Value } from './value';

/**
 * An ONNX file as a trainable network. Its features are what its last linear layer reads (that layer is the
 * classifier); without one, its output. Throws UserError, one that names all unsupported operators at once.
 */
export async function importOnnx(file: string, options: ImportOptions): Promise<NetworkOfFile> {
  const model = await readOnnx(file);
  requireOperators(model, file);
  const { input, channelsFirst, inputShape } = imageInput(model, file, options);
  const graph = new OnnxGraphFunction(model);
  const output = model.outputs[0]?.name;
  if (output === undefined) throw new UserError('onnx-output', `${file} has no output; export it again.`, { file });
  const batchOf = (x: tf.Tensor) => ({ exported: input.shape[0], actual: x.shape[0]! });
  const compute = (pass: Pass, x: tf.Tensor, target: string): Value => {
    const images = normalize(pass, x);
    return graph.run(pass, target, new Map([[input.name, fromTensor(images, channelsFirst)]]), batchOf(x));
  };
  const pixels = options.pixels ?? imagenetPixels;
  const channels = inputShape[2]!;
  const normalization = newNormalization({
    mean: perChannel(pixels.mean, channels),
    std: perChannel(pixels.std, channels),
  });
  const parametersOf = (target: string): Parameters => {
    const own = graph.parametersFor(target, new Set([input.name]));
    return { ...normalization, ...pick(graph.parameters, (name) => own.has(name)) };
  };
  const shapeOfTarget = (target: string) =>
    dryRun(file, inputShape, parametersOf(target), (pass, x) => plain(compute(pass, x, target)));

  const { layer } = options;
  if (layer !== undefined && !graph.producer(layer))
    throw unknownLayer(
      file,
      layer,
      model.nodes.flatMap(({ outputs }) => outputs),
    );
  let features = layer ?? featuresOf(graph, output) ?? output;
  let shape = shapeOfTarget(features);
  // A layer on each token or pixel is no classifier of the whole.
  if (layer === undefined && features !== output && shape.length !== 2) shape = shapeOfTarget((features = output));
  // Images of features are averaged where the study names them; a model's own output stays as it is.
  const averaged = layer !== undefined && shape.length === 4;
  const length = averaged ? shape[1]! : elementCount(shape.slice(1));
  const parameters = parametersOf(features);
  const apply = (pass: Pass, x: tf.Tensor): tf.Tensor2D => {
    const value = compute(pass, x, features);
    return averaged ? tf.mean(channelsLast(value), [1, 2]) : flat(value);
  };
  const hasClassifier = layer === undefined && features !== output;
  const rest = hasClassifier ? graph.parametersFor(output, new Set([features])) : new Set<string>();
  return {
    description: `ONNX model of ${model.nodes.length} operators, ${length} features`,
    encoder: { inputShape, features: length, initialize: () => parameters, apply },
    parameters,
    ...(rest.size > 0 && {
      classifier: {
        parameters: pick(graph.parameters, (name) => rest.has(name)),
        apply: (pass: Pass, x: tf.Tensor2D) =>
          flat(graph.run(pass, output, new Map([[features, fromTensor(x)]]), batchOf(x))),
      },
    }),
  };
}

function flat(value: Value): tf.Tensor2D {
  const tensor = plain(value);
  return tensor.rank === 2 ? (tensor as tf.Tensor2D) : tf.reshape(tensor, [tensor.shape[0]!, -1]);
}

/** The one input that takes images, whether channels come before the sides, and the images' shape. */
function imageInput(
  { inputs }: OnnxModel,
  file: string,
  { inputShape, imageSize }: ImportOptions,
): { input: OnnxPort; channelsFirst: boolean; inputShape: readonly number[] } {
  const fail = (what: string) => new UserError('onnx-input', `${file} ${what}`, { file });
  const [input, ...more] = inputs;
  if (!input) throw fail('has no input; export it again.');
  if (more.length > 0) {
    const names = inputs.map(({ name }) => name).join(', ');
    throw fail(
      `has the inputs ${names}, but only models of images alone are read; export the image encoder by itself.`,
    );
  }
  if (input.shape.length !== 4)
    throw fail(`takes inputs of ${input.shape.length} dimensions, not images; only models of images are read.`);
  const isChannels = (size: number | undefined) => size === 1 || size === 3;
  const channelsFirst = isChannels(input.shape[1]) || !isChannels(input.shape[3]);
  const [channels, height, width] = channelsFirst
    ? [1, 2, 3].map((i) => input.shape[i])
    : [3, 1, 2].map((i) => input.shape[i]);
  requireChannels(file, channels ?? inputShape[2]!, inputShape);
  if (imageSize !== undefined && ((height ?? imageSize) !== imageSize || (width ?? imageSize) !== imageSize)) {
    throw fail(
      `takes images of ${height} × ${width} pixels, but encoder.imageSize is ${imageSize}; remove it, or export the model with open sides.`,
    );
  }
  return { input, channelsFirst, inputShape: [height ?? inputShape[0]!, width ?? inputShape[1]!, inputShape[2]!] };
}

/** Operators through which a classifier's scores reach the output. */
const passing = new Set([
  'Softmax',
  'LogSoftmax',
  'Identity',
  'Cast',
  'Sigmoid',
  'Flatten',
  'Reshape',
  'Squeeze',
  'Dropout',
]);

/** The input of the last linear layer, where the output comes from one. */
function featuresOf(graph: OnnxGraphFunction, output: string): string | undefined {
  let name = output;
  for (;;) {
    const node = graph.producer(name);
    if (!node) return undefined;
    if (node.op === 'Add') {
      const next = node.inputs.find((each) => !graph.isParameter(each));
      if (next === undefined || !node.inputs.some((each) => graph.isParameter(each))) return undefined;
      name = next;
    } else if (passing.has(node.op)) name = node.inputs[0]!;
    else if ((node.op === 'Gemm' || node.op === 'MatMul') && graph.isParameter(node.inputs[1]!)) return node.inputs[0]!;
    else return undefined;
  }
}
