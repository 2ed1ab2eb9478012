import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { elementCount, viewAs } from '../../../data/array';
import { unreadable } from '../../../data/bytes';
import { decodeBfloat16Array, decodeFloat16Array } from '../../../data/float16';
import { UserError } from '../../../errors';
import { doubles, fields, type Field, floats, integer, integers, message, text, WireError } from './wire';

/** An array of an ONNX file. Integers and booleans are doubles here: they are shapes and indices. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: 'float' | 'integer' | 'boolean';
  readonly data: Float32Array | Float64Array;
}

export type OnnxAttributeValue = number | string | readonly number[] | readonly string[] | OnnxTensor;

export interface OnnxNode {
  readonly op: string;
  readonly domain: string;
  readonly name: string;
  /** Empty names are omitted optional inputs. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttributeValue>;
  /** It holds a graph of its own (If, Loop). */
  readonly nested: boolean;
}

export interface OnnxPort {
  readonly name: string;
  /** Undefined where a dimension is named or open. */
  readonly shape: readonly (number | undefined)[];
}

export interface OnnxModel {
  readonly opset: number;
  /** In an order in which each node comes after those that it reads. */
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  /** Inputs that are no initializers. */
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}

/** Reads an .onnx file, weights in files beside it included. Throws UserError. */
export async function readOnnx(file: string): Promise<OnnxModel> {
  return readable(file, (content) => parseModel(content, file));
}

/** The files beside an .onnx file that hold its weights, relative to its folder. Throws UserError. */
export async function externalFiles(file: string): Promise<string[]> {
  return readable(file, (content) => {
    const locations = new Set<string>();
    const graphs = [...fields(content)].filter(({ number }) => number === 7);
    for (const graph of graphs)
      for (const { number, value } of fields(message(graph.value))) {
        if (number !== 5) continue;
        const entries = externalEntries(message(value));
        if (entries.size > 0) locations.add(locationOf(entries, file));
      }
    return [...locations];
  });
}

async function readable<T>(file: string, parse: (content: Uint8Array) => T | Promise<T>): Promise<T> {
  try {
    return await parse(await readFile(file));
  } catch (error) {
    if (!(error instanceof WireError)) throw unreadable(error, file);
    throw new UserError('onnx-damaged', `${file} is not a readable ONNX file: ${error.message}; export it again.`, {
      file,
    });
  }
}

/** Where a tensor's bytes are, when they are in another file. */
function externalEntries(tensor: Uint8Array): Map<string, string> {
  const entries = new Map<string, string>();
  for (const { number, value } of fields(tensor)) {
    if (number !== 13) continue;
    const entry = [...fields(message(value))].map((field) => text(field.value));
    entries.set(entry[0]!, entry[1] ?? '');
  }
  return entries;
}

function locationOf(entries: ReadonlyMap<string, string>, file: string): string {
  const location = entries.get('location') ?? '';
  if (location !== '' && !isAbsolute(location) && !location.split(/[\\/]/).includes('..')) return location;
  throw new UserError(
    'onnx-external',
    `${file} keeps weights in "${location}", which is not beside it; export it as one file.`,
    { file },
  );
}

async function parseModel(content: Uint8Array, file: string): Promise<OnnxModel> {
  let opset = 0;
  let graph: Uint8Array | undefined;
  for (const { number, value } of fields(content)) {
    if (number === 7) graph = message(value);
    if (number === 8) {
      let [domain, version] = ['', 0];
      for (const field of fields(message(value))) {
        if (field.number === 1) domain = text(field.value);
        if (field.number === 2) version = integer(field.value);
      }
      if (domain === '' || domain === 'ai.onnx') opset = version;
    }
  }
  if (!graph) throw new WireError('it has no graph');
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxTensor>();
  const [inputs, outputs]: [OnnxPort[], OnnxPort[]] = [[], []];
  for (const { number, value } of fields(graph)) {
    if (number === 1) nodes.push(await parseNode(message(value), file));
    if (number === 5) {
      const tensor = await parseTensor(message(value), file);
      initializers.set(tensor.name, tensor);
    }
    if (number === 11) inputs.push(parsePort(message(value)));
    if (number === 12) outputs.push(parsePort(message(value)));
  }
  return { opset, nodes, initializers, inputs: inputs.filter(({ name }) => !initializers.has(name)), outputs };
}

async function parseNode(bytes: Uint8Array, file: string): Promise<OnnxNode> {
  const [inputs, outputs]: [string[], string[]] = [[], []];
  const attributes = new Map<string, OnnxAttributeValue>();
  let [name, op, domain, nested] = ['', '', '', false];
  for (const { number, value } of fields(bytes)) {
    if (number === 1) inputs.push(text(value));
    if (number === 2) outputs.push(text(value));
    if (number === 3) name = text(value);
    if (number === 4) op = text(value);
    if (number === 7) domain = text(value);
    if (number !== 5) continue;
    const attribute = await parseAttribute(message(value), file);
    if (attribute.value === undefined) nested = true;
    else attributes.set(attribute.name, attribute.value);
  }
  return { op, domain: domain === 'ai.onnx' ? '' : domain, name, inputs, outputs, attributes, nested };
}

/** AttributeProto.type */
const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;

async function parseAttribute(
  bytes: Uint8Array,
  file: string,
): Promise<{ name: string; value: OnnxAttributeValue | undefined }> {
  let [name, type] = ['', 0];
  const found: Field[] = [];
  for (const field of fields(bytes)) {
    if (field.number === 1) name = text(field.value);
    else if (field.number === 20) type = integer(field.value);
    else found.push(field);
  }
  const all = <T>(number: number, read: (value: Field['value']) => T[]): T[] =>
    found.filter((field) => field.number === number).flatMap((field) => read(field.value));
  const read = async (): Promise<OnnxAttributeValue | undefined> => {
    switch (type) {
      case attributeTypes.float:
        return all(2, floats)[0] ?? 0;
      case attributeTypes.int:
        return all(3, integers)[0] ?? 0;
      case attributeTypes.string:
        return all(4, (value) => [text(value)])[0] ?? '';
      case attributeTypes.tensor:
        return parseTensor(message(found.find((field) => field.number === 5)!.value), file);
      case attributeTypes.floats:
        return all(7, floats);
      case attributeTypes.ints:
        return all(8, integers);
      case attributeTypes.strings:
        return all(9, (value) => [text(value)]);
      default:
        return undefined;
    }
  };
  return { name, value: await read() };
}

/** TensorProto.DataType: kind, and how raw bytes are read. */
const dataTypes: Readonly<
  Record<number, { kind: OnnxTensor['kind']; read: (bytes: Uint8Array) => ArrayLike<number> }>
> = {
  1: { kind: 'float', read: (bytes) => viewAs(bytes, Float32Array) },
  2: { kind: 'integer', read: (bytes) => bytes },
  3: { kind: 'integer', read: (bytes) => viewAs(bytes, Int8Array) },
  5: { kind: 'integer', read: (bytes) => viewAs(bytes, Int16Array) },
  6: { kind: 'integer', read: (bytes) => viewAs(bytes, Int32Array) },
  7: { kind: 'integer', read: (bytes) => Float64Array.from(viewAs(bytes, BigInt64Array), Number) },
  9: { kind: 'boolean', read: (bytes) => bytes },
  10: { kind: 'float', read: (bytes) => decodeFloat16Array(viewAs(bytes, Uint16Array)) },
  11: { kind: 'float', read: (bytes) => viewAs(bytes, Float64Array) },
  16: { kind: 'float', read: (bytes) => decodeBfloat16Array(viewAs(bytes, Uint16Array)) },
};

async function parseTensor(bytes: Uint8Array, file: string): Promise<OnnxTensor> {
  const shape: number[] = [];
  const listed: number[] = [];
  let [name, type, elsewhere] = ['', 0, false];
  let raw: Uint8Array | undefined;
  for (const { number, value } of fields(bytes)) {
    if (number === 1) shape.push(...integers(value));
    if (number === 2) type = integer(value);
    if (number === 4) listed.push(...floats(value));
    if (number === 5 || number === 7) listed.push(...integers(value));
    if (number === 8) name = text(value);
    if (number === 9) raw = message(value);
    if (number === 10) listed.push(...doubles(value));
    if (number === 14) elsewhere = integer(value) === 1;
  }
  const form = dataTypes[type];
  if (!form) {
    throw new UserError(
      'onnx-type',
      `The array "${name}" of ${file} has ONNX's data type ${type}, which is not read; convert the model to float32.`,
      { file },
    );
  }
  if (elsewhere) raw = await readExternal(externalEntries(bytes), file);
  // Half-precision numbers in a list are their bits.
  const half = type === 10 || type === 16;
  const values = raw ? form.read(raw) : half ? form.read(new Uint8Array(Uint16Array.from(listed).buffer)) : listed;
  if (values.length !== elementCount(shape)) throw new WireError(`the array "${name}" does not fill its shape`);
  const data = form.kind === 'float' ? Float32Array.from(values) : Float64Array.from(values);
  return { name, shape, kind: form.kind, data };
}

async function readExternal(entries: ReadonlyMap<string, string>, file: string): Promise<Uint8Array> {
  const location = locationOf(entries, file);
  const path = join(dirname(file), location);
  const content = await readFile(path).catch(() => {
    throw new UserError('onnx-external', `${file} keeps its weights in ${path}, which is missing; put it there.`, {
      file,
    });
  });
  const offset = Number(entries.get('offset') ?? 0);
  return content.subarray(offset, offset + Number(entries.get('length') ?? content.length - offset));
}

function parsePort(bytes: Uint8Array): OnnxPort {
  let name = '';
  const shape: (number | undefined)[] = [];
  for (const { number, value } of fields(bytes)) {
    if (number === 1) name = text(value);
    if (number !== 2) continue;
    for (const type of fields(message(value))) {
      if (type.number !== 1) continue;
      for (const tensor of fields(message(type.value))) {
        if (tensor.number !== 2) continue;
        for (const dimension of fields(message(tensor.value))) {
          const size = [...fields(message(dimension.value))].find((field) => field.number === 1);
          shape.push(size ? integer(size.value) : undefined);
        }
      }
    }
  }
  return { name, shape };
}
