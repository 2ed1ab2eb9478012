import { compileProgram } from '../compute/compile';
import type { TensorMap } from '../compute/device';
import { isIdentity, type Layout } from '../compute/lower/lowering';
import { ElementType } from '../compute/onnx/graph';
import { ProtobufWriter } from '../compute/onnx/protobuf';
import type * as tf from '../compute/tensorflow';
import { bytesOf } from '../data/array';
import { encodeSafetensors } from '../data/safetensors';
import type { Encoder } from './encoder';
import { fields, message, text } from './import/onnx/wire';
import { Pass } from './layers';
import { exportedName, type Parameters, pick } from './parameters';

export interface ExportedModel {
  readonly encoder: Encoder;
  /** Of the encoder and of the head. */
  readonly parameters: Parameters;
  /** From features to scores, where there is a head. */
  readonly head?: (pass: Pass, features: tf.Tensor2D) => tf.Tensor2D;
}

/**
 * An .onnx file of the network as it predicts (opset 20, float32): input `images` [batch, channels, height, width] of
 * 0…1, normalised within, outputs `features` [batch, d] and, with a head, `scores` [batch, classes]. Batch norm uses its
 * running statistics. Initializers have the parameters' names and layouts.
 */
export function exportOnnx({ encoder, parameters, head }: ExportedModel, batch = 1): Uint8Array {
  const { bytes, reads, stateLayout } = compileProgram({
    state: parameters,
    batch: { images: { shape: [batch, ...encoder.inputShape], dtype: 'float32' } },
    step(state, { images }) {
      const pass = new Pass(state, 'evaluate');
      const features = encoder.apply(pass, images!);
      const outputs: TensorMap = { features };
      if (head) outputs.scores = head(pass, features);
      return { outputs };
    },
  });
  return publish(
    bytes,
    pick(parameters, (name) => reads.includes(name)),
    stateLayout,
  );
}

/**
 * A compiled program as a file for others: what it was fed with each step becomes part of it, images come with their
 * channels first, and ports have plain names.
 */
function publish(program: Uint8Array, parameters: Parameters, layouts: Readonly<Record<string, Layout>>): Uint8Array {
  const model = new ProtobufWriter();
  for (const { number, value } of fields(program)) {
    if (typeof value === 'bigint') model.integer(number, Number(value));
    else if (number === 7) model.bytes(7, publishGraph(value, parameters, layouts));
    else model.bytes(number, value);
  }
  return model.finish();
}

/** GraphProto: nodes 1, name 2, initializers 5, inputs 11, outputs 12. */
function publishGraph(
  program: Uint8Array,
  parameters: Parameters,
  layouts: Readonly<Record<string, Layout>>,
): Uint8Array {
  const graph = new ProtobufWriter();
  for (const [name, { shape, data }] of Object.entries(parameters)) {
    const layout = layouts[name];
    const op = layout && !isIdentity(layout) ? 'Transpose' : 'Identity';
    graph.bytes(1, node(op, name, inner(`state/${name}`), op === 'Transpose' ? layout : undefined));
    const tensor = new ProtobufWriter();
    for (const size of shape) tensor.integer(1, size);
    tensor.integer(2, data instanceof Int32Array ? ElementType.int32 : ElementType.float32);
    graph.bytes(5, tensor.string(8, name).bytes(9, bytesOf(data)).finish());
  }
  const all = [...fields(program)];
  const ports = (number: number): { name: string; type: Uint8Array }[] =>
    all
      .filter((field) => field.number === number)
      .map(({ value }) => {
        const own = [...fields(message(value))];
        return { name: text(own[0]!.value), type: message(own[1]!.value) };
      });
  graph.bytes(1, node('Transpose', 'images', inner('batch/images'), [0, 2, 3, 1]));
  for (const { number, value } of all) {
    if (number === 1) graph.bytes(1, renamed(message(value), [1, 2]));
    if (number === 2) graph.bytes(2, message(value));
    if (number === 5) graph.bytes(5, renamed(message(value), [8]));
  }
  for (const { name, type } of ports(11)) {
    if (name !== 'batch/images') continue;
    const sizes = sizesOf(type);
    graph.message(11, (port) =>
      writePort(
        port,
        'images',
        [0, 3, 1, 2].map((axis) => sizes[axis]!),
      ),
    );
  }
  for (const { name, type } of ports(12)) {
    const plain = name.slice('out/'.length);
    graph.bytes(1, node('Identity', inner(name), plain));
    graph.message(12, (port) => writePort(port, plain, sizesOf(type)));
  }
  return graph.finish();
}

/** Names within the program, which must not meet those of parameters. */
function inner(name: string): string {
  return name === '' ? '' : `program/${name}`;
}

/** A message with the names in some of its fields made inner ones. */
function renamed(bytes: Uint8Array, names: readonly number[]): Uint8Array {
  const writer = new ProtobufWriter();
  for (const { number, value } of fields(bytes)) {
    if (typeof value === 'bigint') writer.integer(number, value);
    else if (names.includes(number)) writer.string(number, inner(text(value)));
    else writer.bytes(number, value);
  }
  return writer.finish();
}

function node(op: string, input: string, output: string, perm?: readonly number[]): Uint8Array {
  const writer = new ProtobufWriter().string(1, input).string(2, output).string(4, op);
  if (perm)
    writer.message(5, (attribute) => {
      attribute.string(1, 'perm');
      for (const axis of perm) attribute.integer(8, axis);
      attribute.integer(20, 7);
    });
  return writer.finish();
}

/** Dimensions of a TypeProto of a tensor. */
function sizesOf(type: Uint8Array): number[] {
  const tensor = message([...fields(type)].find(({ number }) => number === 1)!.value);
  const shape = [...fields(tensor)].find(({ number }) => number === 2);
  if (!shape) return [];
  return [...fields(message(shape.value))].map(({ value }) => Number([...fields(message(value))][0]!.value));
}

function writePort(port: ProtobufWriter, name: string, sizes: readonly number[]): void {
  port.string(1, name).message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.integer(1, ElementType.float32);
      tensor.message(2, (shape) => {
        for (const size of sizes) shape.message(1, (dimension) => dimension.integer(1, size));
      });
    }),
  );
}

/**
 * A .safetensors file of the parameters by the names that they were imported with, so that PyTorch or timm loads it
 * again. What the input is normalised by is no parameter there: it stands in the metadata.
 */
export function exportSafetensors(parameters: Parameters): Uint8Array {
  const statistics = (name: string) => [...(parameters[`normalize.${name}`]?.data ?? [])].join(' ');
  const own = Object.entries(pick(parameters, (name) => !name.startsWith('normalize.')));
  const named = Object.fromEntries(
    own.map(([name, array]) => [exportedName(name) in parameters ? name : exportedName(name), array]),
  );
  return encodeSafetensors(named, { format: 'pt', 'pixel-mean': statistics('mean'), 'pixel-std': statistics('std') });
}
