import * as tf from '../../../compute/tensorflow';
import { elementCount } from '../../../data/array';
import { mapKnown } from './elementwise';
import type { OnnxTensor } from './model';
import type { Call, Operator } from './operator';
import { axisOf, fromKnown, fromTensor, type Known, plain, shapeOf, stridesOf, type Value } from './value';

/** Keeps elements in their order and gives them another shape. */
function reshaped(value: Value, shape: number[]): Value {
  if (value.known) return fromKnown(value.known.kind, shape, value.known.data);
  return fromTensor(tf.reshape(plain(value), shape));
}

const reshape: Operator = (call) => {
  const x = call.input(0);
  const from = shapeOf(x);
  const wanted = call.numbersOr('shape', 1) ?? [];
  // 0 keeps the dimension that is there.
  const shape = wanted.map((size, i) => (size === 0 && call.number('allowzero', 0) === 0 ? from[i]! : size));
  const { exported, actual } = call.batch;
  if (exported !== undefined && exported !== actual && shape[0] === exported && from[0] === actual && !x.known)
    shape[0] = actual;
  const rest = shape.indexOf(-1);
  if (rest >= 0) shape[rest] = elementCount(from) / shape.reduce((p, size, i) => (i === rest ? p : p * size), 1);
  return reshaped(x, shape);
};

const flatten: Operator = (call) => {
  const shape = shapeOf(call.input(0));
  const axis = call.number('axis', 1);
  const split = axis < 0 ? axis + shape.length : axis;
  return reshaped(call.input(0), [elementCount(shape.slice(0, split)), elementCount(shape.slice(split))]);
};

const squeeze: Operator = (call) => {
  const shape = shapeOf(call.input(0));
  const axes = call.numbersOr('axes', 1)?.map((axis) => axisOf(axis, shape.length));
  return reshaped(
    call.input(0),
    shape.filter((size, i) => (axes ? !axes.includes(i) : size !== 1)),
  );
};

const unsqueeze: Operator = (call) => {
  const shape = [...shapeOf(call.input(0))];
  const axes = call.numbersOr('axes', 1) ?? [];
  const rank = shape.length + axes.length;
  for (const axis of axes.map((a) => axisOf(a, rank)).sort((a, b) => a - b)) shape.splice(axis, 0, 1);
  return reshaped(call.input(0), shape);
};

const transpose: Operator = (call) => {
  const x = call.input(0);
  const shape = shapeOf(x);
  const order = call.numbers('perm') ?? shape.map((_, i) => shape.length - 1 - i);
  if (!x.known) {
    // Between images and what TensorFlow.js calls them nothing moves.
    if (x.channelsLast && order.join() === '0,2,3,1') return fromTensor(x.tensor);
    if (!x.channelsLast && order.join() === '0,3,1,2') return fromTensor(x.tensor, true);
    return fromTensor(tf.transpose(plain(x), order));
  }
  const strides = stridesOf(shape);
  return gatherKnown(
    x.known,
    order.map((axis) => shape[axis]!),
    (index) => index.reduce((at, i, k) => at + i * strides[order[k]!]!, 0),
  );
};

function gatherKnown({ kind, data }: Known, shape: number[], from: (index: number[]) => number): Value {
  const strides = stridesOf(shape);
  const values = Float64Array.from(
    { length: elementCount(shape) },
    (_, i) => data[from(shape.map((size, axis) => Math.floor(i / strides[axis]!) % size))]!,
  );
  return fromKnown(kind, shape, values);
}

const concat: Operator = (call) => {
  const values = call.inputs;
  const rank = shapeOf(values[0]!).length;
  const axis = axisOf(call.number('axis', 0), rank);
  if (values.every((value) => value.known) && rank === 1)
    return fromKnown(
      values[0]!.known!.kind,
      [values.reduce((sum, { known }) => sum + known!.data.length, 0)],
      values.flatMap(({ known }) => Array.from(known!.data)),
    );
  const last = values.every((value) => value.tensor && value.channelsLast);
  if (!last) return fromTensor(tf.concat(wholeBatches(call, values.map(plain), axis), axis));
  return fromTensor(
    tf.concat(
      values.map((value) => value.tensor!),
      [0, 3, 1, 2][axis]!,
    ),
    true,
  );
};

/** What was made for a batch of one, such as a class token, for each sample. */
function wholeBatches({ batch: { exported, actual } }: Call, tensors: tf.Tensor[], axis: number): tf.Tensor[] {
  if (exported !== 1 || axis === 0 || !tensors.some(({ shape }) => shape[0] === actual)) return tensors;
  const whole = (tensor: tf.Tensor) => tf.broadcastTo(tensor, [actual, ...tensor.shape.slice(1)] as [number]);
  return tensors.map((tensor) => (tensor.shape[0] === 1 && actual > 1 ? whole(tensor) : tensor));
}

const split: Operator = (call) => {
  const x = plain(call.input(0));
  const axis = axisOf(call.number('axis', 0), x.rank);
  const count = call.node.outputs.length;
  const size = Math.ceil(x.shape[axis]! / count);
  const sizes =
    call.numbersOr('split', 1) ?? Array.from({ length: count }, (_, i) => Math.min(size, x.shape[axis]! - i * size));
  return tf.split(x, sizes, axis).map((part) => fromTensor(part));
};

const slice: Operator = (call) => {
  const x = call.input(0);
  const shape = shapeOf(x);
  const starts = call.numbersOr('starts', 1) ?? [];
  const ends = call.numbersOr('ends', 2) ?? [];
  const axes = (call.numbersOr('axes', 3) ?? starts.map((_, i) => i)).map((axis) => axisOf(axis, shape.length));
  const steps = call.optional(4) ? call.list(4) : starts.map(() => 1);
  const begin = shape.map(() => 0);
  const step = shape.map(() => 1);
  const size = [...shape];
  axes.forEach((axis, i) => {
    const length = shape[axis]!;
    const by = steps[i]!;
    const inside = (value: number) =>
      Math.min(by > 0 ? length : length - 1, Math.max(by > 0 ? 0 : -1, value < 0 ? value + length : value));
    begin[axis] = inside(starts[i]!);
    // Far below zero means "to the very first" for negative steps.
    const end = by < 0 && ends[i]! < -length ? -1 : inside(ends[i]!);
    step[axis] = by;
    size[axis] = Math.max(0, Math.ceil((end - begin[axis]!) / by));
  });
  if (x.known) {
    const strides = stridesOf(shape);
    return gatherKnown(x.known, size, (index) =>
      index.reduce((at, i, axis) => at + (begin[axis]! + i * step[axis]!) * strides[axis]!, 0),
    );
  }
  if (step.some((by) => by < 0)) throw call.unsupported('negative steps');
  const tensor = plain(x);
  if (step.every((by) => by === 1)) return fromTensor(tf.slice(tensor, begin, size));
  return fromTensor(
    tf.stridedSlice(
      tensor,
      begin,
      begin.map((from, axis) => from + size[axis]! * step[axis]!).map((to, axis) => Math.min(to, shape[axis]!)),
      step,
    ),
  );
};

const gather: Operator = (call) => {
  const [x, indices] = [call.input(0), call.known(1)];
  const shape = shapeOf(x);
  const axis = axisOf(call.number('axis', 0), shape.length);
  const rows = Array.from(indices.data, (i) => axisOf(i, shape[axis]!));
  const out = [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)];
  if (x.known) {
    const strides = stridesOf(shape);
    const inner = stridesOf(indices.shape);
    return gatherKnown(x.known, out, (index) => {
      const row = inner.reduce((at, by, k) => at + index[axis + k]! * by, 0);
      let at = rows[row]! * strides[axis]!;
      for (let k = 0; k < axis; k++) at += index[k]! * strides[k]!;
      for (let k = axis + 1; k < shape.length; k++) at += index[k - 1 + indices.shape.length]! * strides[k]!;
      return at;
    });
  }
  const tensor = plain(x);
  // One row is a slice, whose gradient is cheap.
  if (rows.length === 1) {
    const begin = shape.map((_, i) => (i === axis ? rows[0]! : 0));
    const size = shape.map((length, i) => (i === axis ? 1 : length));
    return fromTensor(tf.reshape(tf.slice(tensor, begin, size), out));
  }
  return fromTensor(tf.reshape(tf.gather(tensor, tf.tensor1d(rows, 'int32'), axis), out));
};

const expand: Operator = (call) => {
  const x = call.input(0);
  const shape = tf.broadcast_util.assertAndGetBroadcastShape([...shapeOf(x)], call.list(1));
  if (x.known)
    return mapKnown(
      x.known.kind,
      [x.known, { kind: 'float', shape, data: new Float64Array(elementCount(shape)) }],
      ([value]) => value!,
    );
  return fromTensor(tf.broadcastTo(plain(x), shape as [number]));
};

const tile: Operator = (call) => fromTensor(tf.tile(plain(call.input(0)), call.list(1)));

const pad: Operator = (call) => {
  const mode = call.text('mode', 'constant');
  const x = plain(call.input(0));
  const pads = call.numbersOr('pads', 1) ?? [];
  const axes = call.optional(3) ? call.list(3).map((axis) => axisOf(axis, x.rank)) : x.shape.map((_, i) => i);
  const around = x.shape.map((): [number, number] => [0, 0]);
  axes.forEach((axis, i) => (around[axis] = [pads[i]!, pads[i + axes.length]!]));
  if (around.every(([before, after]) => before === 0 && after === 0)) return call.input(0);
  if (mode !== 'constant') throw call.unsupported(`the mode "${mode}"`);
  if (around.flat().some((size) => size < 0)) throw call.unsupported('negative padding');
  const value = call.optional(2) ? call.list(2)[0]! : call.number('value', 0);
  return fromTensor(tf.pad(x, around, value));
};

const constant: Operator = (call) => {
  const tensor = call.value('value') as OnnxTensor | undefined;
  if (tensor && typeof tensor === 'object' && 'data' in tensor)
    return fromKnown(tensor.kind, tensor.shape, tensor.data);
  const single = call.value('value_float') ?? call.value('value_int');
  if (typeof single === 'number')
    return fromKnown(call.value('value_int') === undefined ? 'float' : 'integer', [], [single]);
  const many = call.numbers('value_floats') ?? call.numbers('value_ints');
  if (!many) throw call.unsupported('this kind of value');
  return fromKnown(call.value('value_ints') === undefined ? 'float' : 'integer', [many.length], many);
};

const constantOfShape: Operator = (call) => {
  const shape = call.list(0);
  const value = call.value('value') as OnnxTensor | undefined;
  return fromKnown(value?.kind ?? 'float', shape, new Float64Array(elementCount(shape)).fill(value?.data[0] ?? 0));
};

const range: Operator = (call) => {
  const [start, limit, step] = [0, 1, 2].map((input) => call.list(input)[0]!) as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / step));
  return fromKnown(
    call.known(0).kind,
    [count],
    Array.from({ length: count }, (_, i) => start + i * step),
  );
};

const shapeOperator: Operator = (call) => {
  const shape = shapeOf(call.input(0));
  const part = shape.slice(call.number('start', 0), call.number('end', shape.length));
  return fromKnown('integer', [part.length], part);
};

type Reduction = (x: tf.Tensor, axes: number[], keep: boolean) => tf.Tensor;

const reduce =
  (apply: Reduction): Operator =>
  (call: Call) => {
    const x = call.input(0);
    const shape = shapeOf(x);
    const given = call.numbersOr('axes', 1);
    if ((!given || given.length === 0) && call.number('noop_with_empty_axes', 0) === 1) return x;
    const axes = (given?.length ? given : shape.map((_, i) => i)).map((axis) => axisOf(axis, shape.length));
    const keep = call.number('keepdims', 1) === 1;
    // Over an image's sides nothing has to be turned.
    if (x.tensor && x.channelsLast && [...axes].sort().join() === '2,3')
      return keep ? fromTensor(apply(x.tensor, [1, 2], true), true) : fromTensor(apply(x.tensor, [1, 2], false));
    return fromTensor(apply(plain(x), axes, keep));
  };

export const shapes: Record<string, Operator> = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Slice: slice,
  Gather: gather,
  Expand: expand,
  Tile: tile,
  Pad: pad,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  Shape: shapeOperator,
  Size: (call) => fromKnown('integer', [], [elementCount(shapeOf(call.input(0)))]),
  ReduceMean: reduce((x, axes, keep) => tf.mean(x, axes, keep)),
  ReduceSum: reduce((x, axes, keep) => tf.sum(x, axes, keep)),
  ReduceMax: reduce((x, axes, keep) => tf.max(x, axes, keep)),
  ReduceMin: reduce((x, axes, keep) => tf.min(x, axes, keep)),
  ReduceL2: reduce((x, axes, keep) => tf.sqrt(tf.sum(tf.square(x), axes, keep))),
};
