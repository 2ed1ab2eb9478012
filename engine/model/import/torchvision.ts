import type { Safetensors } from '../../data/safetensors';
import { UserError } from '../../errors';
import { linear } from '../layers';
import { type Parameters, pick } from '../parameters';
import { resnet } from '../resnet';
import { stream } from '../../data/random';
import {
  checkTensors,
  type ImportOptions,
  type NetworkOfFile,
  perChannel,
  unknownLayer,
  imagenetPixels,
  requireChannels,
} from './contract';

/**
 * A ResNet by torchvision's names (timm's are the same): ResNet-18, 34, 50 or any other number of basic or bottleneck
 * blocks, with the ImageNet stem or CIFAR's. A prefix before all names ("module.", "backbone.") is taken away.
 * Throws UserError.
 */
export function importResnet({ tensors }: Safetensors, file: string, options: ImportOptions): NetworkOfFile {
  const all: Parameters = {};
  const stem = [...tensors.keys()].find((name) => /(^|\.)conv1\.weight$/.test(name) && !/layer\d/.test(name));
  if (stem === undefined) throw unknown(file, 'there is no conv1.weight as ResNets have it');
  const prefix = stem.slice(0, -'conv1.weight'.length);
  for (const [name, { data, shape }] of tensors) {
    if (!name.startsWith(prefix) || name.endsWith('.num_batches_tracked')) continue;
    if (!(data instanceof Float32Array)) throw unknown(file, `${name} does not hold floating-point numbers`);
    all[name.slice(prefix.length)] = { data, shape };
  }
  const [width, channels, size] = all['conv1.weight']!.shape as [number, number, number];
  requireChannels(file, channels, options.inputShape);
  const blocks = [1, 2, 3, 4, 5, 6].map((stage) => count(all, stage));
  const whole = blocks.indexOf(0) < 0 ? blocks.length : blocks.indexOf(0);
  if (whole === 0) throw unknown(file, 'there is no layer1.0');
  const stages = stageOf(file, options.layer, whole);
  if (size !== 7 && size !== 3) throw unknown(file, `its first convolution is ${size}x${size}, not 7x7 or 3x3`);
  const block = 'layer1.0.conv3.weight' in all ? 'bottleneck' : 'basic';
  const widths = blocks.slice(0, stages).map((_, i) => all[`layer${i + 1}.0.conv1.weight`]!.shape[0]!);
  const { mean, std } = options.pixels ?? imagenetPixels;
  const own = { mean: all['normalize.mean']?.data ?? mean, std: all['normalize.std']?.data ?? std };
  const network = resnet({
    inputShape: options.inputShape,
    statistics: { mean: perChannel([...own.mean], channels), std: perChannel([...own.std], channels) },
    widths,
    blocks: blocks.slice(0, stages),
    block,
    stem: size === 7 ? 'imagenet' : 'cifar',
    stride: size === 7 ? 2 : 1,
  });
  if (widths[0] !== width) throw unknown(file, 'its stem and first stage differ in width');
  // What a network of this form has decides which tensors are read, and with which shapes.
  const expected = network.initialize(stream(0));
  const parameters = {
    ...pick(expected, (name) => name.startsWith('normalize.')),
    ...pick(all, (name) => name in expected),
  };
  checkTensors(file, expected, parameters);
  const layers = blocks.reduce((sum, value) => sum + value, 0) * (block === 'bottleneck' ? 3 : 2) + 2;
  const classifier = stages < whole ? {} : pick(all, (name) => name === 'fc.weight' || name === 'fc.bias');
  return {
    description: `ResNet-${layers}${stages < whole ? ` up to layer${stages}` : ''}, ${network.features} features`,
    encoder: { ...network, initialize: () => parameters },
    parameters,
    ...(stages === whole && { headNames: { weight: 'fc.weight', bias: 'fc.bias' } }),
    ...('fc.weight' in classifier &&
      'fc.bias' in classifier && {
        classifier: { parameters: classifier, apply: (pass, features) => linear(pass, 'fc', features) },
      }),
  };
}

/** How many stages lie before the features. */
function stageOf(file: string, layer: string | undefined, whole: number): number {
  if (layer === undefined) return whole;
  const names = Array.from({ length: whole }, (_, i) => `layer${i + 1}`);
  const stages = names.indexOf(layer) + 1;
  if (stages === 0) throw unknownLayer(file, layer, names);
  return stages;
}

function count(parameters: Parameters, stage: number): number {
  let blocks = 0;
  while (`layer${stage}.${blocks}.conv1.weight` in parameters) blocks++;
  return blocks;
}

function unknown(file: string, what: string): UserError {
  return new UserError(
    'import-resnet',
    `${file} does not hold a ResNet by torchvision's names: ${what}; export the model as ONNX instead.`,
    { file },
  );
}
