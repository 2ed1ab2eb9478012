import { blockedDomain, ElementType, type ElementTypeName, type OnnxAttribute, OnnxGraph } from '../onnx/graph';
import { inputsOf, sizeOf, type TraceType, type Value } from '../trace/values';

/**
 * A layout says how a value lies in memory: physical axis j holds logical axis layout[j].
 * Transposes in the recorded program only change layouts; data moves when an operator needs another one,
 * so that convolutions run channels-first from end to end although TensorFlow.js speaks channels-last.
 */
export type Layout = readonly number[];

export interface Physical {
  readonly name: string;
  readonly layout: Layout;
}

export function identityLayout(rank: number): Layout {
  return Array.from({ length: rank }, (_, i) => i);
}

export function sameLayout(a: Layout, b: Layout): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

export function isIdentity(layout: Layout): boolean {
  return layout.every((axis, i) => axis === i);
}

/** The items in physical order. */
export function permute<T>(items: readonly T[], layout: Layout): T[] {
  return layout.map((axis) => items[axis]!);
}

/** Channels-first for a logical [n, h, w, c]. */
export const channelsFirst: Layout = [0, 3, 1, 2];
/** [out, in, h, w] for a logical filter [h, w, in, out]. */
export const outInHeightWidth: Layout = [3, 2, 0, 1];

/** True if going from one order to the other only moves axes of length 1, so that a reshape does it. */
function onlyUnitAxesMove(shape: readonly number[], from: Layout, to: Layout): boolean {
  const order = (layout: Layout): number[] => layout.filter((axis) => shape[axis] !== 1);
  return sameLayout(order(from), order(to));
}

/** What the lowering may use where the program will run. */
export interface Target {
  /** ONNX Runtime's CPU provider. */
  readonly cpu?: {
    /** Channels in a block of its blocked kernels; 0 where it has none. */
    readonly channelBlock: number;
    readonly threads: number;
  };
}

/** Turns a recorded program into an ONNX graph; each kernel's `lower` calls it. */
export class Lowering {
  readonly graph = new OnnxGraph();
  private readonly forms = new Map<Value, Physical[]>();
  private readonly derived = new Map<Value, Map<string, string>>();
  private readonly aliased = new Set<Value>();

  /** The float16 form of each array that a product reads. */
  private readonly halves = new Map<string, string>();

  /**
   * @param mixed products go through float16
   * @param consumers how many kernels and outputs of the program read each value
   */
  constructor(
    readonly target: Target = {},
    private readonly mixed = false,
    private readonly consumers: ReadonlyMap<Value, number> = new Map(),
  ) {}

  /** How many kernels and outputs read the value; more than one where that is not known. */
  uses(value: Value): number {
    return (this.aliased.has(value) ? undefined : this.consumers.get(value)) ?? Infinity;
  }

  /** Channels in a block, 0 where kernels are not blocked. */
  get channelBlock(): number {
    return this.target.cpu?.channelBlock ?? 0;
  }

  /** Declares where a value's data is. The first declared form is its primary one. */
  set(value: Value, name: string, layout: Layout = identityLayout(value.shape.length)): void {
    this.forms.set(value, [{ name, layout }]);
  }

  /** Declares a value to be another: every form of one is a form of both. */
  alias(value: Value, other: Value): void {
    this.forms.set(value, this.known(other));
    const derived = this.derived.get(other) ?? new Map<string, string>();
    for (const each of [value, other]) {
      this.derived.set(each, derived);
      this.aliased.add(each);
    }
  }

  private known(value: Value): Physical[] {
    let forms = this.forms.get(value);
    if (forms) return forms;
    if (value.source.kind !== 'constant') throw new Error('A value was used before it was computed.');
    const name = this.graph.constant(value.source.data, value.shape, value.dtype);
    forms = [{ name, layout: identityLayout(value.shape.length) }];
    this.forms.set(value, forms);
    return forms;
  }

  /** The value as it lies, whatever its layout. */
  primary(value: Value): Physical {
    return this.known(value)[0]!;
  }

  /** True if nothing that the program is fed changes the value, however its axes are ordered. */
  isConstant(value: Value): boolean {
    const { source } = value;
    if (source.kind !== 'node') return source.kind === 'constant';
    return (
      ['Transpose', 'Reshape', 'Identity'].includes(source.node.kernel) &&
      inputsOf(source.node).every((v) => this.isConstant(v))
    );
  }

  /** True if the value is to be had in this layout without moving data. */
  has(value: Value, layout: Layout): boolean {
    return this.known(value).some((form) => sameLayout(form.layout, layout));
  }

  /** Every layout that the value is to be had in without moving data. */
  layouts(value: Value): Layout[] {
    return this.known(value).map((form) => form.layout);
  }

  /** The value in the given layout; moves data once where it must. */
  as(value: Value, layout: Layout): string {
    const forms = this.known(value);
    const found = forms.find((form) => sameLayout(form.layout, layout));
    if (found) return found.name;
    const from = forms.find((form) => onlyUnitAxesMove(value.shape, form.layout, layout)) ?? forms[0]!;
    const name = onlyUnitAxesMove(value.shape, from.layout, layout)
      ? this.reshape(from.name, permute(value.shape, layout))
      : this.reordered(
          from.name,
          permute(value.shape, from.layout),
          layout.map((axis) => from.layout.indexOf(axis)),
        );
    forms.push({ name, layout });
    return name;
  }

  /**
   * A transpose. The CPU moves single numbers slowly and lines fast; one that sends the first axis to the end, or the
   * last to the front, goes by blocks of it.
   */
  private reordered(name: string, shape: readonly number[], perm: readonly number[]): string {
    const block = this.channelBlock;
    const last = shape.length - 1;
    const inBlocks = (axis: number): boolean => block > 0 && last > 1 && shape[axis]! % block === 0;
    if (perm[last] === 0 && inBlocks(0)) {
      const groups = shape[0]! / block;
      const split = this.reshape(this.linesInward(name, shape[0]!, sizeOf(shape.slice(1))), [
        groups,
        ...shape.slice(1),
        block,
      ]);
      return this.reshape(this.transpose(split, [...perm.slice(0, last), 0, last + 1]), permute(shape, perm));
    }
    if (perm[0] === last && inBlocks(last)) {
      const groups = shape[last]! / block;
      const split = this.reshape(name, [...shape.slice(0, last), groups, block]);
      const moved = this.transpose(split, [last, ...perm.slice(1), last + 1]);
      const turned = this.linesOutward(moved, shape[last]!, sizeOf(shape.slice(0, last)));
      return this.reshape(turned, permute(shape, perm));
    }
    return this.transpose(name, perm);
  }

  /** [lines, length] as [lines / b, length, b], turned on all threads; blocks must divide the lines. */
  linesInward(name: string, lines: number, length: number): string {
    const block = this.channelBlock;
    const rows = this.reshape(name, [lines / block, block, length, 1]);
    return this.graph.add('ReorderInput', [rows], {}, blockedDomain);
  }

  /** [lines / b, length, b] as [lines, length]. */
  linesOutward(name: string, lines: number, length: number): string {
    const block = this.channelBlock;
    const rows = this.reshape(name, [lines / block, block, length, 1]);
    return this.graph.add('ReorderOutput', [rows], { channels: block }, blockedDomain);
  }

  /** The value in row-major logical order. */
  plain(value: Value): string {
    return this.as(value, identityLayout(value.shape.length));
  }

  /** A matrix product or a convolution: what mixed precision computes in float16. */
  product(op: string, inputs: readonly string[], attributes: Record<string, OnnxAttribute> = {}, domain = ''): string {
    if (!this.mixed) return this.graph.add(op, inputs, attributes, domain);
    const result = this.graph.add(
      op,
      inputs.map((name) => this.half(name)),
      attributes,
      domain,
    );
    return this.graph.add('Cast', [result], { to: ElementType.float32 });
  }

  private half(name: string): string {
    let half = this.halves.get(name);
    if (half === undefined) this.halves.set(name, (half = this.graph.add('Cast', [name], { to: ElementType.float16 })));
    return half;
  }

  reshape(name: string, shape: readonly number[]): string {
    return this.graph.add('Reshape', [name, this.graph.integers(shape)]);
  }

  transpose(name: string, perm: readonly number[]): string {
    return this.graph.add('Transpose', [name], { perm: [...perm] });
  }

  /** Elements begin, begin + step, … below end along one physical axis of the given size. */
  slice(name: string, axis: number, begin: number, end: number, step: number, size: number): string {
    if (begin === 0 && end === size && step === 1) return name;
    const { graph } = this;
    const operands = [begin, end, axis, step].map((value) => graph.integers([value]));
    return graph.add('Slice', [name, ...operands]);
  }

  /** Reverses physical axes. */
  reverse(name: string, axes: readonly number[]): string {
    const all = (value: number): string => this.graph.integers(axes.map(() => value));
    return this.graph.add('Slice', [name, all(-1), all(-2147483648), this.graph.integers(axes), all(-1)]);
  }

  zeros(shape: readonly number[]): string {
    return this.graph.add('Expand', [this.graph.scalar(0), this.graph.integers(shape)]);
  }

  /** A form derived from a value, computed once: e.g. its im2col matrix. */
  once(value: Value, key: string, make: () => string): string {
    let forms = this.derived.get(value);
    if (!forms) this.derived.set(value, (forms = new Map<string, string>()));
    let name = forms.get(key);
    if (name === undefined) forms.set(key, (name = make()));
    return name;
  }

  /** A form that `once` has made, if it has. */
  found(value: Value, key: string): string | undefined {
    return this.derived.get(value)?.get(key);
  }

  /**
   * Operands of an elementwise operator, brought to one layout and broadcastable by ONNX's rules.
   * The largest operand of full rank decides the layout.
   */
  elementwise(values: readonly Value[], shape: readonly number[]): { names: string[]; layout: Layout } {
    const rank = shape.length;
    const full = values.filter((v) => v.shape.length === rank && sizeOf(v.shape) > 1);
    full.sort((a, b) => sizeOf(b.shape) - sizeOf(a.shape));
    const largest = full.filter((v) => sizeOf(v.shape) === sizeOf(full[0]!.shape));
    const moved = largest.find((v) => !isIdentity(this.primary(v).layout));
    const layout = moved ? this.primary(moved).layout : identityLayout(rank);
    return { names: values.map((v) => this.broadcastable(v, layout)), layout };
  }

  private broadcastable(value: Value, layout: Layout): string {
    const rank = layout.length;
    if (sizeOf(value.shape) === 1 && value.shape.length <= rank) return this.primary(value).name;
    if (value.shape.length === rank) return this.as(value, layout);
    if (isIdentity(layout)) return this.plain(value);
    return this.once(value, `broadcast ${layout.join()}`, () => {
      const padded = [...Array<number>(rank - value.shape.length).fill(1), ...value.shape];
      const lifted = this.reshape(this.plain(value), padded);
      const target = permute(padded, layout);
      if (onlyUnitAxesMove(padded, identityLayout(rank), layout)) return this.reshape(lifted, target);
      return this.graph.add('Transpose', [lifted], { perm: [...layout] });
    });
  }
}

export const onnxType: Record<TraceType, ElementTypeName> = { float32: 'float32', int32: 'int32', bool: 'bool' };
