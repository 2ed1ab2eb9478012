import type { ProgramDefinition, Signature } from './device';
import { identityLayout, isIdentity, type Layout, Lowering, onnxType, permute, type Target } from './lower/lowering';
import { stateLayouts } from './lower/state-layout';
import { kernels } from './lower';
import { trace } from './trace/backend';
import { inputsOf, liveNodes, type Value } from './trace/values';

/** A program as one ONNX model. Ports are named `state/<name>` and `batch/<name>`, `next/<name>` and `out/<name>`. */
export interface CompiledModel {
  readonly bytes: Uint8Array;
  /** State arrays that the step reads. */
  readonly reads: readonly string[];
  /** State arrays that the step writes. */
  readonly writes: readonly string[];
  readonly outputs: Signature;
  /** State arrays that do not lie in their own order: physical axis j holds axis `layout[j]`. */
  readonly stateLayout: Readonly<Record<string, Layout>>;
}

/** Records one step and turns it into ONNX: forward, TensorFlow.js's own gradients, and the optimiser, in one graph. */
export function compileProgram(definition: ProgramDefinition, target: Target = {}): CompiledModel {
  const state: Signature = Object.fromEntries(
    Object.entries(definition.state).map(([name, { data, shape }]) => [
      `state/${name}`,
      {
        shape,
        dtype: data instanceof Int32Array ? 'int32' : 'float32',
        ...(definition.frozen ? { data } : {}),
      },
    ]),
  );
  const batch: Signature = Object.fromEntries(
    Object.entries(definition.batch).map(([name, spec]) => [`batch/${name}`, spec]),
  );
  const values = trace({ ...state, ...batch }, (tensors) => {
    const part = (prefix: string): typeof tensors =>
      Object.fromEntries(
        Object.entries(tensors)
          .filter(([name]) => name.startsWith(prefix))
          .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
      );
    const result = definition.step(part('state/'), part('batch/'));
    const named = (prefix: string, map: typeof tensors): [string, (typeof tensors)[string]][] =>
      Object.entries(map).map(([name, tensor]) => [prefix + name, tensor]);
    return Object.fromEntries([...named('next/', result.state ?? {}), ...named('out/', result.outputs)]);
  });
  for (const [name, value] of Object.entries(values)) checkState(definition, name, value);

  const nodes = liveNodes(Object.values(values));
  const consumers = countConsumers([...nodes.flatMap(inputsOf), ...Object.values(values)]);
  // Blocked kernels have no float16.
  const to = definition.mixed ? new Lowering({}, true) : new Lowering(target, false, consumers);
  const used = new Set<string>();
  const layouts = stateLayouts(nodes, to);
  const stateLayout: Record<string, Layout> = {};
  const declare = (value: Value): void => {
    if (value.source.kind !== 'input' || used.has(value.source.name)) return;
    const { name } = value.source;
    used.add(name);
    const layout = (name.startsWith('state/') && layouts.get(value)) || identityLayout(value.shape.length);
    if (!isIdentity(layout)) stateLayout[name.slice('state/'.length)] = layout;
    to.set(value, to.graph.input(name, onnxType[value.dtype], permute(value.shape, layout)), layout);
  };
  for (const node of nodes) for (const value of [...Object.values(node.inputs), ...node.list]) declare(value);
  for (const value of Object.values(values)) declare(value);
  for (const node of nodes) kernels.get(node.kernel)!.lower(node, to);
  for (const [name, value] of Object.entries(values)) {
    const layout =
      (name.startsWith('next/') && stateLayout[name.slice('next/'.length)]) || identityLayout(value.shape.length);
    to.graph.output(name, to.as(value, layout), onnxType[value.dtype], permute(value.shape, layout));
  }
  const names = (prefix: string, keys: Iterable<string>): string[] =>
    [...keys].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  return {
    bytes: to.graph.finish(),
    stateLayout,
    reads: names('state/', used),
    writes: names('next/', Object.keys(values)),
    outputs: Object.fromEntries(
      names('out/', Object.keys(values)).map((name) => {
        const { shape, dtype } = values[`out/${name}`]!;
        return [name, { shape, dtype: dtype === 'float32' ? 'float32' : 'int32' }];
      }),
    ),
  };
}

function countConsumers(read: readonly Value[]): Map<Value, number> {
  const count = new Map<Value, number>();
  for (const value of read) count.set(value, (count.get(value) ?? 0) + 1);
  return count;
}

function checkState(definition: ProgramDefinition, name: string, value: Value): void {
  if (!name.startsWith('next/')) return;
  const before = definition.state[name.slice(5)];
  if (!before) throw new Error(`The step returns a state ${name.slice(5)} that it was not given.`);
  if (before.shape.join() !== value.shape.join()) {
    throw new Error(
      `The step changes the shape of ${name.slice(5)} from [${before.shape.join()}] to [${value.shape.join()}].`,
    );
  }
}
