import { createHash } from 'node:crypto';
import { ProtobufWriter } from './protobuf';

/** Element types of ONNX tensors (TensorProto.DataType) that we write. */
export const ElementType = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11 } as const;
export type ElementTypeName = keyof typeof ElementType;

export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

/** How a name came to be. */
export interface Made {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
  readonly domain: string;
}

interface GraphNode extends Made {
  readonly outputs: readonly string[];
}

type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

interface Port {
  name: string;
  type: ElementTypeName;
  shape: readonly number[];
}

/** Domain of ONNX Runtime's own operators, e.g. FusedMatMul. */
export const contribDomain = 'com.microsoft';
/** Domain of its CPU kernels in the channel-blocked layout. */
export const blockedDomain = 'com.microsoft.nchwc';
const opsetVersion = 20;
const irVersion = 9;

/**
 * An ONNX graph under construction. Names are made by the graph; equal small constants are shared.
 * Integer attributes are INT, `{float}` FLOAT, strings STRING, integer arrays INTS.
 */
export class OnnxGraph {
  private readonly nodes: GraphNode[] = [];
  private readonly makers = new Map<string, Made>();
  /** Values that an output is, by their names. */
  private readonly bound = new Map<string, string>();
  private readonly domains = new Set<string>();
  private readonly initializers: ProtobufWriter[] = [];
  private readonly inputs: Port[] = [];
  private readonly outputs: Port[] = [];
  private readonly shared = new Map<string, string>();
  private count = 0;

  get nodeCount(): number {
    return this.nodes.length;
  }

  private fresh(prefix: string): string {
    return `${prefix}_${this.count++}`;
  }

  input(name: string, type: ElementTypeName, shape: readonly number[]): string {
    this.inputs.push({ name, type, shape });
    return name;
  }

  /** Declares `value` an output under the given name. What a node makes is made in its place; others are copied. */
  output(name: string, value: string, type: ElementTypeName, shape: readonly number[]): void {
    if (this.makers.has(value) && !this.bound.has(value)) this.bound.set(value, name);
    else this.emit('Identity', [value], {}, { names: [name] });
    this.outputs.push({ name, type, shape });
  }

  /** A constant; small ones and whole numbers, which say where things lie, are kept once. */
  constant(data: TensorData, shape: readonly number[], type: ElementTypeName): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const content =
      bytes.length <= 256
        ? bytes.join(',')
        : type === 'int32'
          ? createHash('sha1').update(bytes).digest('hex')
          : undefined;
    const key = content === undefined ? undefined : `${type}|${shape.join(',')}|${content}`;
    const known = key === undefined ? undefined : this.shared.get(key);
    if (known !== undefined) return known;
    const name = this.fresh('c');
    const writer = new ProtobufWriter();
    for (const dimension of shape) writer.integer(1, dimension);
    writer.integer(2, ElementType[type]).string(8, name).bytes(9, bytes);
    this.initializers.push(writer);
    if (key !== undefined) this.shared.set(key, name);
    return name;
  }

  integers(values: readonly number[]): string {
    return this.constant(
      BigInt64Array.from(values, (v) => BigInt(v)),
      [values.length],
      'int64',
    );
  }

  scalar(value: number, type: 'float32' | 'float64' | 'int32' | 'int64' | 'bool' = 'float32'): string {
    const data =
      type === 'float32'
        ? Float32Array.of(value)
        : type === 'float64'
          ? Float64Array.of(value)
          : type === 'int32'
            ? Int32Array.of(value)
            : type === 'int64'
              ? BigInt64Array.of(BigInt(value))
              : Uint8Array.of(value);
    return this.constant(data, [], type);
  }

  /** Adds a node with one output and returns its name. An empty input name means an omitted optional input. */
  add(op: string, inputs: readonly string[], attributes: Record<string, OnnxAttribute> = {}, domain = ''): string {
    return this.emit(op, inputs, attributes, { domain })[0]!;
  }

  /** Adds a node with several outputs. */
  addMany(op: string, inputs: readonly string[], attributes: Record<string, OnnxAttribute>, count: number): string[] {
    return this.emit(op, inputs, attributes, { count });
  }

  private emit(
    op: string,
    inputs: readonly string[],
    attributes: Record<string, OnnxAttribute>,
    options: { domain?: string; count?: number; names?: string[] },
  ): string[] {
    const names = options.names ?? Array.from({ length: options.count ?? 1 }, () => this.fresh(op));
    const made = { op, inputs, attributes, domain: options.domain ?? '' };
    this.nodes.push({ ...made, outputs: names });
    for (const name of names) this.makers.set(name, made);
    if (made.domain !== '') this.domains.add(made.domain);
    return names;
  }

  /** The node that makes the name; undefined for inputs and constants. */
  maker(name: string): Made | undefined {
    return this.makers.get(name);
  }

  /** Nodes that an output depends on: a lowering may offer a form of a value that nobody asks for. */
  private live(): GraphNode[] {
    const needed = new Set([...this.outputs.map(({ name }) => name), ...this.bound.keys()]);
    const kept: GraphNode[] = [];
    for (const node of [...this.nodes].reverse()) {
      if (!node.outputs.some((name) => needed.has(name))) continue;
      for (const name of node.inputs) needed.add(name);
      kept.push(node);
    }
    return kept.reverse();
  }

  /** The model file's bytes (ModelProto). */
  finish(): Uint8Array {
    const writer = new ProtobufWriter();
    writer.integer(1, irVersion).string(2, 'eigenprobe');
    writer.message(7, (graph) => {
      this.live().forEach((node, i) => graph.message(1, (writer) => this.writeNode(writer, node, `node_${i}`)));
      graph.string(2, 'graph');
      for (const initializer of this.initializers) graph.nested(5, initializer);
      for (const port of this.inputs) graph.message(11, (info) => writePort(info, port));
      for (const port of this.outputs) graph.message(12, (info) => writePort(info, port));
    });
    writer.message(8, (opset) => opset.string(1, '').integer(2, opsetVersion));
    // A domain that this build of ONNX Runtime lacks may not even be named.
    for (const domain of this.domains) {
      writer.message(8, (opset) => opset.string(1, domain).integer(2, 1));
    }
    return writer.finish();
  }

  private writeNode(writer: ProtobufWriter, node: GraphNode, name: string): void {
    const known = (value: string): string => this.bound.get(value) ?? value;
    for (const input of node.inputs) writer.string(1, known(input));
    for (const output of node.outputs) writer.string(2, known(output));
    writer.string(3, name).string(4, node.op);
    for (const [key, value] of Object.entries(node.attributes)) {
      writer.message(5, (attribute) => writeAttribute(attribute, key, value));
    }
    if (node.domain !== '') writer.string(7, node.domain);
  }
}

const AttributeType = { float: 1, int: 2, string: 3, ints: 7 } as const;

function writeAttribute(writer: ProtobufWriter, name: string, value: OnnxAttribute): void {
  writer.string(1, name);
  if (typeof value === 'number') writer.integer(3, value).integer(20, AttributeType.int);
  else if (typeof value === 'string') writer.string(4, value).integer(20, AttributeType.string);
  else if ('float' in value) writer.float(2, value.float).integer(20, AttributeType.float);
  else {
    for (const item of value) writer.integer(8, item);
    writer.integer(20, AttributeType.ints);
  }
}

function writePort(writer: ProtobufWriter, port: Port): void {
  writer.string(1, port.name).message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.integer(1, ElementType[port.type]);
      tensor.message(2, (shape) => {
        for (const dimension of port.shape) shape.message(1, (d) => d.integer(1, dimension));
      });
    }),
  );
}
