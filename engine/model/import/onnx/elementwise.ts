import * as tf from '../../../compute/tensorflow';
import { elementCount } from '../../../data/array';
import type { Call, Operator } from './operator';
import { channelsLast, fromKnown, fromTensor, type Known, plain, shapeOf, stridesOf, type Value } from './value';

/** A function of each element, on tensors of any layout, and on what is known already. */
function unary(onTensor: (x: tf.Tensor, call: Call) => tf.Tensor, onNumber?: (x: number) => number): Operator {
  return (call) => {
    const x = call.input(0);
    if (x.known && onNumber) return fromKnown(x.known.kind, x.known.shape, Array.from(x.known.data, onNumber));
    return x.known ? fromTensor(onTensor(plain(x), call)) : fromTensor(onTensor(x.tensor, call), x.channelsLast);
  };
}

type OnNumbers = (a: number, b: number, kind: Known['kind']) => number;
const comparisons = new Set(['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Xor']);

function binary(onTensors: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, onNumbers: OnNumbers): Operator {
  return (call) => combine(call, call.input(0), call.input(1), onTensors, onNumbers);
}

function combine(
  call: Call,
  a: Value,
  b: Value,
  onTensors: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  onNumbers: OnNumbers,
): Value {
  if (a.known && b.known) {
    const kind = comparisons.has(call.node.op) ? 'boolean' : a.known.kind;
    return mapKnown(kind, [a.known, b.known], ([x, y]) => onNumbers(x!, y!, a.known.kind));
  }
  const [tensors, last] = together([a, b]);
  return fromTensor(onTensors(tensors[0]!, tensors[1]!), last);
}

/** Operands in one layout, channels last where one of them has it already. */
function together(values: readonly Value[]): [tf.Tensor[], boolean] {
  const last = values.some((value) => value.tensor && value.channelsLast);
  // One element broadcasts to anything, and more than four axes never come with an image.
  const all = values.map((value) => (last && elementCount(shapeOf(value)) > 1 ? channelsLast(value) : plain(value)));
  return [sameType(all), last];
}

/** TensorFlow.js computes with one type; whole numbers meet floats as floats. */
function sameType(tensors: tf.Tensor[]): tf.Tensor[] {
  if (tensors.every(({ dtype }) => dtype === tensors[0]!.dtype)) return tensors;
  return tensors.map((tensor) => (tensor.dtype === 'float32' ? tensor : tf.cast(tensor, 'float32')));
}

/** A function of known arrays that broadcast. */
export function mapKnown(kind: Known['kind'], arrays: readonly Known[], f: (values: number[]) => number): Value {
  const shape = arrays.reduce<number[]>(
    (sum, array) => tf.broadcast_util.assertAndGetBroadcastShape(sum, [...array.shape]),
    [],
  );
  const strides = arrays.map((array) => {
    const own = stridesOf(array.shape);
    const pad = shape.length - array.shape.length;
    return shape.map((_, axis) => (axis < pad || array.shape[axis - pad] === 1 ? 0 : own[axis - pad]!));
  });
  const outer = stridesOf(shape);
  const data = Float64Array.from({ length: elementCount(shape) }, (_, i) =>
    f(
      arrays.map((array, a) => {
        let at = 0;
        for (let axis = 0; axis < shape.length; axis++)
          at += (Math.floor(i / outer[axis]!) % shape[axis]!) * strides[a]![axis]!;
        return array.data[at]!;
      }),
    ),
  );
  return fromKnown(kind, shape, data);
}

function variadic(onTensors: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, onNumbers: OnNumbers): Operator {
  return (call) =>
    call.inputs.slice(1).reduce<Value>((sum, value) => combine(call, sum, value, onTensors, onNumbers), call.input(0));
}

const clip: Operator = (call) => {
  const [low, high] = [limit(call, 'min', 1, -Infinity), limit(call, 'max', 2, Infinity)];
  return unary(
    (x) => (low === 0 && high === 6 ? tf.relu6(x) : tf.clipByValue(x, low, high)),
    (x) => Math.min(high, Math.max(low, x)),
  )(call);
};

function limit(call: Call, name: string, input: number, otherwise: number): number {
  const value = call.optional(input) ? call.list(input)[0]! : call.number(name, otherwise);
  // ONNX Runtime's kernels and ours take finite limits alike.
  return Number.isFinite(value) ? value : Math.sign(value) * 3.4e38;
}

/** x Φ(x), Φ by the error function, or its approximation by the hyperbolic tangent. */
const gelu: Operator = (call) =>
  unary((x) => {
    const inner =
      call.text('approximate', 'none') === 'tanh'
        ? tf.tanh(tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI)))
        : tf.erf(tf.div(x, Math.SQRT2));
    return tf.mul(tf.mul(x, 0.5), tf.add(inner, 1));
  })(call);

const prelu: Operator = (call) => {
  const [[x, slope], last] = together([call.input(0), call.input(1)]) as [[tf.Tensor, tf.Tensor], boolean];
  return fromTensor(tf.add(tf.relu(x), tf.mul(slope, tf.minimum(x, 0))), last);
};

const where: Operator = (call) => {
  const [condition, a, b] = [call.input(0), call.input(1), call.input(2)];
  if (condition.known && a.known && b.known)
    return mapKnown(a.known.kind, [condition.known, a.known, b.known], ([c, x, y]) => (c ? x! : y!));
  const [x, y] = sameType([plain(a), plain(b)]) as [tf.Tensor, tf.Tensor];
  const choice = plain(condition);
  return fromTensor(tf.where(choice.dtype === 'bool' ? choice : tf.cast(choice, 'bool'), x, y));
};

const pow: Operator = (call) => {
  const exponent = call.input(1).known;
  // A square has a gradient everywhere, which the general power has not.
  if (exponent && exponent.data.length === 1 && exponent.data[0] === 2) return unary(tf.square, (x) => x * x)(call);
  return binary(tf.pow, Math.pow)(call);
};

/** TensorProto.DataType of whole numbers, and of booleans. */
const integerTypes = new Set([2, 3, 4, 5, 6, 7, 12, 13]);

const cast: Operator = (call) => {
  const to = call.number('to', 1);
  const kind = to === 9 ? 'boolean' : integerTypes.has(to) ? 'integer' : 'float';
  const x = call.input(0);
  if (x.known) {
    const convert =
      kind === 'integer' ? Math.trunc : kind === 'boolean' ? (v: number) => Number(v !== 0) : (v: number) => v;
    return fromKnown(kind, x.known.shape, Array.from(x.known.data, convert));
  }
  const type = kind === 'integer' ? 'int32' : kind === 'boolean' ? 'bool' : 'float32';
  return fromTensor(x.tensor.dtype === type ? x.tensor : tf.cast(x.tensor, type), x.channelsLast);
};

const divide: OnNumbers = (a, b, kind) => (kind === 'integer' ? Math.trunc(a / b) : a / b);

export const elementwise: Record<string, Operator> = {
  Relu: unary(tf.relu),
  Sigmoid: unary(tf.sigmoid),
  Tanh: unary(tf.tanh),
  Softplus: unary(tf.softplus),
  Softsign: unary((x) => tf.div(x, tf.add(tf.abs(x), 1))),
  Erf: unary(tf.erf),
  Exp: unary(tf.exp, Math.exp),
  Log: unary(tf.log, Math.log),
  Sqrt: unary(tf.sqrt, Math.sqrt),
  Reciprocal: unary(tf.reciprocal, (x) => 1 / x),
  Neg: unary(tf.neg, (x) => -x),
  Abs: unary(tf.abs, Math.abs),
  Sign: unary(tf.sign, Math.sign),
  Floor: unary(tf.floor, Math.floor),
  Ceil: unary(tf.ceil, Math.ceil),
  Sin: unary(tf.sin, Math.sin),
  Cos: unary(tf.cos, Math.cos),
  Not: unary(tf.logicalNot, (x) => Number(!x)),
  LeakyRelu: unary((x, call) => tf.leakyRelu(x, call.number('alpha', 0.01))),
  Elu: unary((x, call) => {
    const alpha = call.number('alpha', 1);
    return alpha === 1 ? tf.elu(x) : tf.add(tf.relu(x), tf.mul(tf.sub(tf.exp(tf.minimum(x, 0)), 1), alpha));
  }),
  Selu: unary(tf.selu),
  HardSigmoid: unary((x, call) =>
    tf.clipByValue(tf.add(tf.mul(x, call.number('alpha', 0.2)), call.number('beta', 0.5)), 0, 1),
  ),
  HardSwish: unary((x) => tf.mul(x, tf.div(tf.relu6(tf.add(x, 3)), 6))),
  Mish: unary((x) => tf.mul(x, tf.tanh(tf.softplus(x)))),
  Gelu: gelu,
  PRelu: prelu,
  Clip: clip,
  Identity: (call) => call.input(0),
  Dropout: (call) => call.input(0),
  Cast: cast,
  CastLike: (call) => call.input(0),
  Add: binary(tf.add, (a, b) => a + b),
  Sub: binary(tf.sub, (a, b) => a - b),
  Mul: binary(tf.mul, (a, b) => a * b),
  Div: binary(tf.div, divide),
  Pow: pow,
  Mod: binary(
    (a, b) => tf.sub(a, tf.mul(b, tf.floor(tf.div(a, b)))),
    (a, b) => a - b * Math.floor(a / b),
  ),
  Max: variadic(tf.maximum, (a, b) => Math.max(a, b)),
  Min: variadic(tf.minimum, (a, b) => Math.min(a, b)),
  Sum: variadic(tf.add, (a, b) => a + b),
  Equal: binary(tf.equal, (a, b) => Number(a === b)),
  Greater: binary(tf.greater, (a, b) => Number(a > b)),
  GreaterOrEqual: binary(tf.greaterEqual, (a, b) => Number(a >= b)),
  Less: binary(tf.less, (a, b) => Number(a < b)),
  LessOrEqual: binary(tf.lessEqual, (a, b) => Number(a <= b)),
  And: binary(tf.logicalAnd, (a, b) => Number(a !== 0 && b !== 0)),
  Or: binary(tf.logicalOr, (a, b) => Number(a !== 0 || b !== 0)),
  Where: where,
};
