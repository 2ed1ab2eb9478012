import * as tf from '../../compute/tensorflow';
import type { HostArrays } from '../../compute/device';
import { UserError } from '../../errors';
import type { Pass } from '../layers';
import { newNormalization, normalize } from '../normalize';
import { type Parameters, pick } from '../parameters';
import {
  type ImportOptions,
  type NetworkOfFile,
  perChannel,
  requireChannels,
  symmetricPixels,
  unknownLayer,
} from './contract';
import { type KerasLayer, kerasLayers } from './keras-layers';
import { dryRun } from './dry-run';

interface LayerEntry {
  readonly class_name: string;
  readonly name?: string;
  readonly config: KerasLayer['config'] & { readonly name?: string };
  readonly inbound_nodes?: readonly (readonly (readonly [string, ...unknown[]])[])[];
}

interface Layer extends KerasLayer {
  readonly kind: string;
  readonly inputs: readonly string[];
}

/**
 * A network that TensorFlow.js describes as Keras layers (format "layers-model"), Sequential or Functional, by the
 * names that its weights have. Features are what its last Dense layer reads, else its output. Pixels are expected in
 * −1…1 unless the options say otherwise. Throws UserError, one that names all unsupported layers at once.
 */
export function importKeras(
  topology: unknown,
  weights: HostArrays,
  file: string,
  options: ImportOptions,
): NetworkOfFile {
  const { layers, input, output } = readTopology(topology, file);
  requireChannels(file, 3, options.inputShape);
  const classifierOf = lastDense(layers, output);
  const { mean, std } = options.pixels ?? symmetricPixels;
  const normalization = newNormalization({ mean: perChannel(mean, 3), std: perChannel(std, 3) });
  const parametersOf = (names: ReadonlySet<string>): Parameters =>
    pick(weights, (name) => names.has(name.slice(0, name.lastIndexOf('/'))));
  const compute = (pass: Pass, x: tf.Tensor, target: string): tf.Tensor =>
    run(layers, pass, target, new Map([[input, normalize(pass, x)]]));

  const { layer } = options;
  if (layer !== undefined && !layers.has(layer)) throw unknownLayer(file, layer, [...layers.keys()]);
  const before = layer ?? (classifierOf ? layers.get(classifierOf)!.inputs[0]! : output);
  const features = (pass: Pass, x: tf.Tensor): tf.Tensor2D => {
    const value = compute(pass, x, before);
    return flat(layer !== undefined && value.rank === 4 ? tf.mean(value, [1, 2]) : value);
  };
  const parameters = { ...normalization, ...parametersOf(needed(layers, before, input)) };
  const length = dryRun(file, options.inputShape, parameters, features)[1]!;
  const hasClassifier = layer === undefined && classifierOf !== undefined;
  const classifier = hasClassifier ? parametersOf(needed(layers, output, before)) : {};
  return {
    description: `Keras model of ${layers.size} layers, ${length} features`,
    encoder: {
      inputShape: options.inputShape,
      features: length,
      initialize: () => parameters,
      apply: features,
    },
    parameters,
    ...(hasClassifier && {
      classifier: {
        parameters: classifier,
        apply: (pass: Pass, x: tf.Tensor2D) =>
          flat(run(layers, pass, output, new Map<string, tf.Tensor>([[before, x]]))),
      },
    }),
  };
}

function flat(x: tf.Tensor): tf.Tensor2D {
  return x.rank === 2 ? (x as tf.Tensor2D) : tf.reshape(x, [x.shape[0]!, -1]);
}

function readTopology(topology: unknown, file: string): { layers: Map<string, Layer>; input: string; output: string } {
  const fail = (what: string) => new UserError('keras-model', `${file} ${what}`, { file });
  const described = topology as {
    model_config?: { class_name?: string; config?: unknown };
    node?: unknown;
  } | null;
  if (described?.node)
    throw fail(
      'is a TensorFlow graph (format "graph-model"), which is not read; convert it to ONNX, or save its Keras layers.',
    );
  const { class_name: kind, config } = described?.model_config ?? {};
  const entries = (Array.isArray(config) ? config : (config as { layers?: unknown } | undefined)?.layers) as
    LayerEntry[] | undefined;
  if (!Array.isArray(entries) || entries.length === 0) throw fail('describes no layers; save the model again.');
  const missing = [
    ...new Set(entries.map((entry) => entry.class_name).filter((name) => !kerasLayers.has(name))),
  ].sort();
  if (missing.length > 0)
    throw fail(`uses layers that are not supported: ${missing.join(', ')}; convert the model to ONNX.`);
  const layers = new Map<string, Layer>();
  let previous = 'input';
  for (const { class_name, name: outer, config: settings, inbound_nodes } of entries) {
    const name = outer ?? settings.name ?? `layer${layers.size}`;
    if (inbound_nodes && inbound_nodes.length > 1)
      throw fail(`uses the layer ${name} more than once, which is not supported; convert the model to ONNX.`);
    const inputs =
      kind === 'Sequential'
        ? class_name === 'InputLayer'
          ? []
          : [previous]
        : (inbound_nodes?.[0] ?? []).map(([from]) => from);
    layers.set(name, { kind: class_name, name, config: settings, inputs });
    previous = name;
  }
  const first = [...layers.values()].filter(({ kind: each }) => each === 'InputLayer');
  if (kind !== 'Sequential' && first.length !== 1)
    throw fail(`has ${first.length} inputs, but only models of images alone are read.`);
  const ends = (config as { output_layers?: [string, ...unknown[]][] }).output_layers;
  const input = first[0]?.name ?? 'input';
  return { layers, input, output: kind === 'Sequential' ? previous : (ends?.[0]?.[0] ?? previous) };
}

/** Layers that scores pass through on their way to the output. */
const passing = new Set(['Activation', 'Softmax', 'Dropout', 'Reshape', 'Flatten']);

/** Layers with which a block of a network ends as a rule. */
const blockEnds = new Set(['Activation', 'ReLU', 'LeakyReLU', 'Add', 'MaxPooling2D', 'AveragePooling2D']);

function lastDense(layers: ReadonlyMap<string, Layer>, output: string): string | undefined {
  for (let layer = layers.get(output); layer; layer = layers.get(layer.inputs[0] ?? '')) {
    if (layer.kind === 'Dense') return layer.name;
    if (!passing.has(layer.kind)) return undefined;
  }
  return undefined;
}

/** The layers that `target` needs, as far back as `from`. */
function needed(layers: ReadonlyMap<string, Layer>, target: string, from: string): Set<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    const layer = layers.get(name);
    if (name === from || !layer || found.has(name)) return;
    found.add(name);
    layer.inputs.forEach(visit);
  };
  visit(target);
  return found;
}

function run(
  layers: ReadonlyMap<string, Layer>,
  pass: Pass,
  target: string,
  values: Map<string, tf.Tensor>,
): tf.Tensor {
  const known = values.get(target);
  if (known) return known;
  const layer = layers.get(target);
  if (!layer) throw new Error(`the layer "${target}" is used but not described`);
  const inputs = layer.inputs.map((name) => run(layers, pass, name, values));
  const value = kerasLayers.get(layer.kind)!(layer, inputs, pass);
  if (blockEnds.has(layer.kind) && value.rank >= 2) pass.tap(layer.name, value);
  values.set(target, value);
  return value;
}
