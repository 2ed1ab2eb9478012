import type { TraceNode, Value } from '../trace/values';
import { inputsOf } from '../trace/values';
import { canBlock } from './blocked';
import type { Layout, Lowering } from './lowering';

/** Kernels whose result lies as their operands do, if they are of one shape. */
const elementwise = new Set(
  'Add Sub Multiply RealDiv Pow Maximum Minimum SquaredDifference AddN Sqrt Rsqrt Square Neg Abs Sign Select Identity ClipByValue Reciprocal'.split(
    ' ',
  ),
);

/**
 * How each state array should lie on the device. Filters are written [out, in, h, w] as in checkpoints, but blocked
 * convolutions read and their gradients arrive as [h, w, in, out]: a filter that is used so lies so, and with it
 * everything that is computed with it element by element, such as the optimiser's slots. No step then transposes it.
 */
export function stateLayouts(nodes: readonly TraceNode[], to: Lowering): Map<Value, Layout> {
  const group = groups(nodes);
  const wanted = new Map<Value, Layout>();
  for (const node of nodes) {
    if (node.kernel !== 'Conv2D') continue;
    const filter = node.inputs['filter']!;
    const [, , inputs, outputs] = filter.shape as [number, number, number, number];
    if (filter.source.kind !== 'node' || filter.source.node.kernel !== 'Transpose') continue;
    if (!canBlock(to, inputs, outputs)) continue;
    const { node: transpose } = filter.source;
    wanted.set(group(transpose.inputs['x']!), transpose.attributes['perm'] as number[]);
  }
  const found = new Map<Value, Layout>();
  for (const node of nodes) {
    for (const value of inputsOf(node)) {
      const layout = value.source.kind === 'input' ? wanted.get(group(value)) : undefined;
      if (layout) found.set(value, layout);
    }
  }
  return found;
}

/** The representative of the values that are computed from each other element by element. */
function groups(nodes: readonly TraceNode[]): (value: Value) => Value {
  const parent = new Map<Value, Value>();
  const find = (value: Value): Value => {
    let root = value;
    for (let up = parent.get(root); up; up = parent.get(root)) root = up;
    if (root !== value) parent.set(value, root);
    return root;
  };
  const sameShape = (a: Value, b: Value): boolean => a.shape.length === 4 && a.shape.join() === b.shape.join();
  for (const node of nodes) {
    if (!elementwise.has(node.kernel)) continue;
    const out = node.outputs[0]!;
    for (const value of inputsOf(node)) {
      if (!sameShape(value, out)) continue;
      const [a, b] = [find(value), find(out)];
      if (a !== b) parent.set(a, b);
    }
  }
  return find;
}
