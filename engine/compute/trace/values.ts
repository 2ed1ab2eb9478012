import type { DataType } from '../tensorflow';

export type TraceType = 'float32' | 'int32' | 'bool';
export type ConstantData = Float32Array | Int32Array | Uint8Array;

/** One array of a recorded program: where it comes from, its shape and its type. Nothing is computed. */
export interface Value {
  readonly shape: readonly number[];
  readonly dtype: TraceType;
  readonly source:
    | { readonly kind: 'input'; readonly name: string }
    | { readonly kind: 'constant'; readonly data: ConstantData }
    | { readonly kind: 'node'; readonly node: TraceNode };
}

/** One recorded TensorFlow.js kernel call. */
export interface TraceNode {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, Value>>;
  /** Inputs given as a list (Concat, Pack, AddN) in order. */
  readonly list: readonly Value[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly outputs: Value[];
}

export function traceType(dtype: DataType): TraceType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new Error(`A ${dtype} tensor cannot be compiled.`);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** The one number that a constant repeats, if it does. */
export function uniformValue(value: Value): number | undefined {
  if (value.source.kind !== 'constant') return undefined;
  const { data } = value.source;
  const first = data[0];
  if (first === undefined) return undefined;
  for (let i = 1; i < data.length; i++) if (data[i] !== first) return undefined;
  return first;
}

/** Nodes that the given values depend on, in recorded (hence topological) order. */
export function liveNodes(roots: readonly Value[]): TraceNode[] {
  const order: TraceNode[] = [];
  const state = new Map<TraceNode, boolean>();
  const stack: TraceNode[] = [];
  const push = (value: Value): void => {
    if (value.source.kind === 'node' && !state.has(value.source.node)) stack.push(value.source.node);
  };
  for (const root of roots) {
    push(root);
    while (stack.length > 0) {
      const node = stack[stack.length - 1]!;
      if (state.get(node) === false) {
        state.set(node, true);
        order.push(node);
        stack.pop();
      } else if (state.get(node) === true) stack.pop();
      else {
        state.set(node, false);
        for (const input of inputsOf(node)) push(input);
      }
    }
  }
  return order;
}

export function inputsOf(node: TraceNode): Value[] {
  return [...Object.values(node.inputs), ...node.list];
}
