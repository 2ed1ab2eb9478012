import { elementCount } from '../../../data/array';
import { UserError } from '../../../errors';
import type { Pass } from '../../layers';
import { importedName, isBuffer, type Parameters } from '../../parameters';
import { elementwise } from './elementwise';
import { layers } from './layers';
import type { OnnxModel, OnnxNode, OnnxTensor } from './model';
import { type Batch, Call, GraphError, type Operator } from './operator';
import { shapes } from './shape';
import { channelsLast, fromKnown, fromTensor, shapeOf, type Value } from './value';

const operators = new Map<string, Operator>(Object.entries({ ...elementwise, ...layers, ...shapes }));

/** Operators with which a block of a network ends as a rule: activations and residual sums. */
const blockEnds = new Set(['Relu', 'Clip', 'LeakyRelu', 'HardSwish', 'Gelu', 'Elu', 'Add']);

function tap(pass: Pass, name: string, value: Value): void {
  if (!value.tensor || shapeOf(value).length < 2) return;
  pass.tap(name, value.tensor.rank === 4 ? channelsLast(value) : value.tensor);
}

/** Operators that are read, for documentation. */
export const supportedOperators: readonly string[] = [...operators.keys()].sort();

/** Throws UserError that names every operator of the model that is not supported, with how often each occurs. */
export function requireOperators({ nodes }: OnnxModel, file: string): void {
  const missing = new Map<string, number>();
  for (const { op, domain, nested } of nodes) {
    const name = domain === '' ? op : `${domain}.${op}`;
    if (domain !== '' || nested || !operators.has(op)) missing.set(name, (missing.get(name) ?? 0) + 1);
  }
  if (missing.size === 0) return;
  const list = [...missing].sort().map(([name, count]) => (count > 1 ? `${name} (${count} times)` : name));
  throw new UserError(
    'onnx-operators',
    `${file} uses operators that are not supported: ${list.join(', ')}; export the model without them, or compute its features elsewhere and use the encoder "identity".`,
    { file },
  );
}

/**
 * An ONNX graph as a function of named parameters. Parameters are its arrays of floating-point numbers with more than
 * one element; single numbers, shapes and indices are part of the function.
 */
export class OnnxGraphFunction {
  /** By parameter name. */
  readonly parameters: Parameters = {};
  private readonly producers = new Map<string, OnnxNode>();
  private readonly constants = new Map<string, OnnxTensor>();
  /** From the name in the file to that of the parameter. */
  private readonly names = new Map<string, string>();

  constructor(private readonly model: OnnxModel) {
    for (const node of model.nodes) for (const output of node.outputs) this.producers.set(output, node);
    const arrays = new Map(model.initializers);
    for (const { op, attributes, outputs } of model.nodes) {
      const value = attributes.get('value');
      if (op === 'Constant' && typeof value === 'object' && 'kind' in value) arrays.set(outputs[0]!, value);
    }
    const statistics = this.statistics();
    for (const [name, tensor] of arrays) {
      if (tensor.kind !== 'float' || elementCount(tensor.shape) < 2) {
        this.constants.set(name, tensor);
        continue;
      }
      // Running statistics are known by their names.
      const role = statistics.get(name);
      const parameter = importedName(role === undefined || isBuffer(name) ? name : `${name}.${role}`);
      this.names.set(name, parameter);
      this.parameters[parameter] = { shape: tensor.shape, data: tensor.data as Float32Array };
    }
  }

  private statistics(): Map<string, string> {
    const roles = new Map<string, string>();
    for (const { op, inputs } of this.model.nodes) {
      if (op !== 'BatchNormalization') continue;
      roles.set(inputs[3]!, 'running_mean');
      roles.set(inputs[4]!, 'running_var');
    }
    return roles;
  }

  producer(name: string): OnnxNode | undefined {
    return this.producers.get(name);
  }

  isParameter(name: string): boolean {
    return this.names.has(name);
  }

  /** The nodes that `target` needs where `given` are there already, in order. */
  nodesFor(target: string, given: ReadonlySet<string>): OnnxNode[] {
    const needed = new Set<OnnxNode>();
    const visit = (name: string): void => {
      const node =
        given.has(name) || this.names.has(name) || this.constants.has(name) ? undefined : this.producers.get(name);
      if (!node || needed.has(node)) return;
      needed.add(node);
      node.inputs.forEach(visit);
    };
    visit(target);
    return this.model.nodes.filter((node) => needed.has(node));
  }

  /** Names of the parameters that `target` needs where `given` are there already. */
  parametersFor(target: string, given: ReadonlySet<string>): Set<string> {
    const used = this.nodesFor(target, given).flatMap(({ inputs }) =>
      inputs.flatMap((name) => this.names.get(name) ?? []),
    );
    return new Set(used);
  }

  /** Computes `target` from given values. Throws GraphError. */
  run(pass: Pass, target: string, given: ReadonlyMap<string, Value>, batch: Batch): Value {
    const values = new Map(given);
    const read = (name: string): Value | undefined => {
      if (name === '') return undefined;
      const known = values.get(name);
      if (known) return known;
      const constant = this.constants.get(name);
      const parameter = this.names.get(name);
      if (parameter === undefined && !constant) throw new GraphError(`the value "${name}" is used but never computed`);
      const value = constant
        ? fromKnown(constant.kind, constant.shape, constant.data)
        : fromTensor(pass.get(parameter!));
      values.set(name, value);
      return value;
    };
    for (const node of this.nodesFor(target, new Set(given.keys()))) {
      const inputs = node.inputs.map(read);
      const call = new Call(
        node,
        inputs,
        pass,
        this.model.opset,
        (input) => this.names.get(node.inputs[input] ?? ''),
        batch,
      );
      const results = operators.get(node.op)!(call);
      (Array.isArray(results) ? results : [results]).forEach((value, i) => {
        if (node.outputs[i]) values.set(node.outputs[i], value);
      });
      // A sum with a parameter is a bias, not the end of a block.
      if (pass.tapped && blockEnds.has(node.op) && !node.inputs.some((name) => this.names.has(name)))
        tap(pass, node.outputs[0]!, values.get(node.outputs[0]!)!);
    }
    return read(target)!;
  }
}
