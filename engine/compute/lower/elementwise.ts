import { backend_util } from '../tensorflow';
import type { TraceNode, TraceType, Value } from '../trace/values';
import { uniformValue } from '../trace/values';
import { blockedHome, setBlocked } from './blocked';
import { blockedOperands, blockedRelu, blockedSum } from './blocked-elementwise';
import { isIdentity, type Lowering, onnxType } from './lowering';
import { defineKernel } from './registry';

export function input(node: TraceNode, name: string): Value {
  const value = node.inputs[name];
  if (!value) throw new Error(`${node.kernel} has no input ${name}.`);
  return value;
}

type Emit = (to: Lowering, names: string[], node: TraceNode) => string;

function unary(kernel: string, emit: Emit, dtype?: TraceType): void {
  defineKernel(kernel, {
    infer: (node) => {
      const x = input(node, 'x');
      return [{ shape: x.shape, dtype: dtype ?? x.dtype }];
    },
    lower: (node, to) => {
      const x = input(node, 'x');
      const [out] = node.outputs as [Value];
      const home = out.dtype === 'float32' ? blockedHome(to, x) : undefined;
      if (home !== undefined) return setBlocked(to, out, emit(to, [home], node));
      const { name, layout } = to.primary(x);
      to.set(out, emit(to, [name], node), layout);
    },
  });
}

const op =
  (name: string): Emit =>
  (to, names) =>
    to.graph.add(name, names);

for (const [kernel, onnx] of Object.entries({
  Sigmoid: 'Sigmoid',
  Tanh: 'Tanh',
  Softplus: 'Softplus',
  Exp: 'Exp',
  Log: 'Log',
  Sqrt: 'Sqrt',
  Abs: 'Abs',
  Neg: 'Neg',
  Sign: 'Sign',
  Floor: 'Floor',
  Ceil: 'Ceil',
  Round: 'Round',
  Reciprocal: 'Reciprocal',
  Erf: 'Erf',
  Sin: 'Sin',
  Cos: 'Cos',
  Elu: 'Elu',
  Selu: 'Selu',
})) {
  unary(kernel, op(onnx));
}
unary('IsNan', op('IsNaN'), 'bool');
unary('LogicalNot', op('Not'), 'bool');
unary('Square', (to, [x]) => to.graph.add('Mul', [x!, x!]));
unary('Rsqrt', (to, [x]) => to.graph.add('Reciprocal', [to.graph.add('Sqrt', [x!])]));
unary('Log1p', (to, [x]) => to.graph.add('Log', [to.graph.add('Add', [x!, to.graph.scalar(1)])]));
unary('Expm1', (to, [x]) => to.graph.add('Sub', [to.graph.add('Exp', [x!]), to.graph.scalar(1)]));
unary('Relu6', (to, [x]) => to.graph.add('Clip', [x!, to.graph.scalar(0), to.graph.scalar(6)]));
unary('LeakyRelu', (to, [x], node) =>
  to.graph.add('LeakyRelu', [x!], { alpha: { float: node.attributes['alpha'] as number } }),
);
unary('ClipByValue', (to, [x], node) =>
  to.graph.add('Clip', [
    x!,
    to.graph.scalar(node.attributes['clipValueMin'] as number),
    to.graph.scalar(node.attributes['clipValueMax'] as number),
  ]),
);
unary('Relu', (to, [x], node) => to.once(input(node, 'x'), 'relu', () => blockedRelu(to, x!)));
/** A slope that takes every normal float32 above 0 to 1 or more. */
const largest = 3.4e38;
unary('Step', (to, [x], node) => {
  // 1 where x > 0, alpha elsewhere. In the gradient of ReLU its result tells as much, and x need not be kept for it.
  const sign = to.found(input(node, 'x'), 'relu') ?? x!;
  const alpha = (node.attributes['alpha'] as number | undefined) ?? 0;
  // max(0, min(1, slope · x)), in one pass on all threads; a comparison and its cast are two, the second on one thread.
  if (alpha === 0 && to.target.cpu) {
    return to.graph.add('HardSigmoid', [sign], { alpha: { float: largest }, beta: { float: 0 } });
  }
  const positive = to.graph.add('Greater', [sign, to.graph.scalar(0)]);
  if (alpha === 0) return to.graph.add('Cast', [positive], { to: 1 });
  return to.graph.add('Where', [positive, to.graph.scalar(1), to.graph.scalar(alpha)]);
});

const castTarget = { float32: 1, int32: 6, bool: 9 } as const;
defineKernel('Cast', {
  infer: (node) => [{ shape: input(node, 'x').shape, dtype: node.attributes['dtype'] as TraceType }],
  lower: (node, to) => {
    const x = input(node, 'x');
    const { name, layout } = to.primary(x);
    const target = node.attributes['dtype'] as TraceType;
    to.set(
      node.outputs[0]!,
      x.dtype === target ? name : to.graph.add('Cast', [name], { to: castTarget[target] }),
      layout,
    );
  },
});

defineKernel('Identity', {
  infer: (node) => [input(node, 'x')],
  lower: (node, to) => to.alias(node.outputs[0]!, input(node, 'x')),
});

function binary(kernel: string, emit: Emit, dtype?: TraceType): void {
  defineKernel(kernel, {
    infer: (node) => {
      const a = input(node, 'a');
      const b = input(node, 'b');
      const shape = backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
      return [{ shape, dtype: dtype ?? a.dtype }];
    },
    lower: (node, to) => {
      const out = node.outputs[0]!;
      const operands = [input(node, 'a'), input(node, 'b')];
      const inBlocks = dtype === undefined ? blockedOperands(to, operands, out.shape) : undefined;
      if (inBlocks) return setBlocked(to, out, emit(to, inBlocks, node));
      const { names, layout } = to.elementwise(operands, out.shape);
      to.set(out, emit(to, names, node), layout);
    },
  });
}

for (const kernel of ['Sub', 'Pow'] as const) binary(kernel, op(kernel));
binary('Add', (to, names, node) => sum(to, names, [input(node, 'a'), input(node, 'b')]));
binary('RealDiv', op('Div'));
binary('Maximum', op('Max'));
binary('Minimum', op('Min'));
binary('FloorDiv', (to, names, node) => {
  // Integer division in ONNX truncates; TensorFlow.js floors.
  if (node.outputs[0]!.dtype === 'float32') return to.graph.add('Floor', [to.graph.add('Div', names)]);
  const floats = names.map((name) => to.graph.add('Cast', [name], { to: castTarget.float32 }));
  return to.graph.add('Cast', [to.graph.add('Floor', [to.graph.add('Div', floats)])], { to: castTarget.int32 });
});
binary('SquaredDifference', (to, names) => {
  const difference = to.graph.add('Sub', names);
  return to.graph.add('Mul', [difference, difference]);
});
for (const [kernel, onnx] of Object.entries({
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
})) {
  binary(kernel, op(onnx), 'bool');
}
binary('NotEqual', (to, names) => to.graph.add('Not', [to.graph.add('Equal', names)]), 'bool');
binary('Prelu', (to, [x, slope]) => to.graph.add('PRelu', [x!, slope!]));

/** Gradients of sums multiply by a whole array of ones: that is a broadcast, not a product. */
defineKernel('Multiply', {
  infer: (node) => {
    const a = input(node, 'a');
    const b = input(node, 'b');
    return [{ shape: backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]), dtype: a.dtype }];
  },
  lower: (node, to) => {
    const out = node.outputs[0]!;
    const a = input(node, 'a');
    const b = input(node, 'b');
    const [factor, other] = uniformValue(b) !== undefined ? [uniformValue(b)!, a] : [uniformValue(a), b];
    if (factor === undefined) {
      const inBlocks = blockedOperands(to, [a, b], out.shape);
      if (inBlocks) return setBlocked(to, out, to.graph.add('Mul', inBlocks));
      const { names, layout } = to.elementwise([a, b], out.shape);
      to.set(out, to.graph.add('Mul', names), layout);
      return;
    }
    const { name, layout } = to.primary(other);
    const scalar = out.dtype === 'int32' ? to.graph.scalar(factor, 'int32') : to.graph.scalar(factor);
    const scaled = factor === 1 ? name : to.graph.add('Mul', [name, scalar]);
    if (other.shape.length === out.shape.length && other.shape.every((d, i) => d === out.shape[i])) {
      to.set(out, scaled, layout);
      return;
    }
    const plain = isIdentity(layout)
      ? scaled
      : to.graph.add('Transpose', [scaled], { perm: other.shape.map((_, axis) => layout.indexOf(axis)) });
    to.set(out, to.graph.add('Expand', [plain, to.graph.integers(out.shape)]));
  },
});

defineKernel('AddN', {
  infer: (node) => [node.list[0]!],
  lower: (node, to) => {
    const out = node.outputs[0]!;
    const inBlocks = blockedOperands(to, node.list, out.shape);
    if (inBlocks) return setBlocked(to, out, sum(to, inBlocks, node.list));
    const { names, layout } = to.elementwise(node.list, out.shape);
    to.set(out, to.graph.add('Sum', names), layout);
  },
});

function sum(to: Lowering, names: readonly string[], values: readonly Value[]): string {
  const [a, b] = values as [Value, Value];
  if (values.length === 2) return blockedSum(to, [a, b], names as [string, string]);
  return to.graph.add('Sum', names);
}

defineKernel('Select', {
  infer: (node) => [{ shape: input(node, 't').shape, dtype: input(node, 't').dtype }],
  lower: (node, to) => {
    const out = node.outputs[0]!;
    const condition = input(node, 'condition');
    if (condition.shape.length !== out.shape.length) {
      // A condition of rank 1 selects whole rows.
      const lifted = to.reshape(to.plain(condition), [
        condition.shape[0]!,
        ...Array<number>(out.shape.length - 1).fill(1),
      ]);
      to.set(out, to.graph.add('Where', [lifted, to.plain(input(node, 't')), to.plain(input(node, 'e'))]));
      return;
    }
    const { names, layout } = to.elementwise([condition, input(node, 't'), input(node, 'e')], out.shape);
    to.set(out, to.graph.add('Where', names), layout);
  },
});

defineKernel('EluGrad', {
  infer: (node) => [input(node, 'dy')],
  lower: (node, to) => {
    const out = node.outputs[0]!;
    const { names, layout } = to.elementwise([input(node, 'dy'), input(node, 'y')], out.shape);
    const slope = to.graph.add('Min', [to.graph.add('Add', [names[1]!, to.graph.scalar(1)]), to.graph.scalar(1)]);
    to.set(out, to.graph.add('Mul', [names[0]!, slope]), layout);
  },
});

for (const [kernel, fill] of [
  ['ZerosLike', 0],
  ['OnesLike', 1],
] as const) {
  defineKernel(kernel, {
    infer: (node) => [input(node, 'x')],
    lower: (node, to) => filled(to, node.outputs[0]!, fill),
  });
}
defineKernel('Fill', {
  infer: (node) => [
    {
      shape: node.attributes['shape'] as number[],
      dtype: (node.attributes['dtype'] as TraceType | undefined) ?? 'float32',
    },
  ],
  lower: (node, to) => filled(to, node.outputs[0]!, node.attributes['value'] as number),
});

function filled(to: Lowering, out: Value, value: number): void {
  const scalar = to.graph.scalar(value, onnxType[out.dtype] as 'float32' | 'int32' | 'bool');
  to.set(out, out.shape.length === 0 ? scalar : to.graph.add('Expand', [scalar, to.graph.integers(out.shape)]));
}
