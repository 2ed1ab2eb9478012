import type { Pass } from '../../layers';
import type { OnnxAttributeValue, OnnxNode } from './model';
import type { Known, Value } from './value';

/** Models are often exported with a fixed batch, whose size then stands in their shapes. */
export interface Batch {
  /** The size that the file was made for, where it is fixed. */
  readonly exported: number | undefined;
  /** The size that it is run with. */
  readonly actual: number;
}

/** One use of an operator, with its inputs computed. */
export class Call {
  constructor(
    readonly node: OnnxNode,
    private readonly values: readonly (Value | undefined)[],
    readonly pass: Pass,
    readonly opset: number,
    /** Name of the parameter behind an input, where it is one. */
    readonly parameterName: (input: number) => string | undefined,
    readonly batch: Batch,
  ) {}

  /** Inputs without the optional ones that are left out. */
  get inputs(): Value[] {
    return this.values.filter((value) => value !== undefined);
  }

  optional(input: number): Value | undefined {
    return this.values[input];
  }

  input(input: number): Value {
    const value = this.values[input];
    if (!value) throw new GraphError(`${this.what} lacks its input ${input}`);
    return value;
  }

  /** An input that must be known when the network is built. */
  known(input: number): Known {
    const { known } = this.input(input);
    if (!known) throw new GraphError(`input ${input} of ${this.what} depends on the data`);
    return known;
  }

  /** Integers from an input that must be known, as a list. */
  list(input: number): number[] {
    return Array.from(this.known(input).data);
  }

  private attribute(name: string): OnnxAttributeValue | undefined {
    return this.node.attributes.get(name);
  }

  number(name: string, otherwise: number): number {
    const value = this.attribute(name);
    return typeof value === 'number' ? value : otherwise;
  }

  numbers(name: string): number[] | undefined {
    const value = this.attribute(name);
    return Array.isArray(value) ? (value as number[]).slice() : undefined;
  }

  text(name: string, otherwise: string): string {
    const value = this.attribute(name);
    return typeof value === 'string' ? value : otherwise;
  }

  value(name: string): OnnxAttributeValue | undefined {
    return this.attribute(name);
  }

  /** Axes or the like: an attribute in older models, an input in newer ones. */
  numbersOr(name: string, input: number): number[] | undefined {
    return this.numbers(name) ?? (this.values[input] ? this.list(input) : undefined);
  }

  get what(): string {
    return this.node.name === '' ? this.node.op : `${this.node.op} (${this.node.name})`;
  }

  /** For a form of the operator that is not implemented. */
  unsupported(form: string): GraphError {
    return new GraphError(`${this.what} with ${form} is not supported`);
  }
}

/** Something in a graph that cannot be run here; becomes a sentence for the user. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
}

export type Operator = (call: Call) => Value | Value[];
