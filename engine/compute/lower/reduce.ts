import { backend_util, util } from '../tensorflow';
import type { TraceNode, TraceType, Value } from '../trace/values';
import { input } from './elementwise';
import { type Layout, type Lowering } from './lowering';
import { defineKernel } from './registry';

/** ONNX names of the reductions that TensorFlow.js calls. */
for (const [kernel, onnx, dtype] of [
  ['Sum', 'ReduceSum'],
  ['Mean', 'ReduceMean'],
  ['Max', 'ReduceMax'],
  ['Min', 'ReduceMin'],
  ['Prod', 'ReduceProd'],
  ['All', 'all', 'bool'],
  ['Any', 'any', 'bool'],
] as const) {
  defineKernel(kernel, {
    infer: (node) => {
      const x = input(node, 'x');
      const axes = reducedAxes(node, x, kernel === 'Max' ? 'reductionIndices' : 'axis');
      const keepDims = node.attributes['keepDims'] === true;
      const [shape] = backend_util.computeOutAndReduceShapes([...x.shape], axes);
      return [
        {
          shape: keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape,
          dtype: (dtype ?? (x.dtype === 'bool' ? 'int32' : x.dtype)) as TraceType,
        },
      ];
    },
    lower: (node, to) => {
      const x = input(node, 'x');
      const axes = reducedAxes(node, x, kernel === 'Max' ? 'reductionIndices' : 'axis');
      const keepDims = node.attributes['keepDims'] === true;
      const { name, layout } = to.primary(x);
      const physicalAxes = axes.map((axis) => layout.indexOf(axis)).sort((a, b) => a - b);
      to.set(
        node.outputs[0]!,
        reduce(to, onnx, name, x.dtype, physicalAxes, keepDims),
        reducedLayout(layout, axes, keepDims),
      );
    },
  });
}

function reducedAxes(node: TraceNode, x: Value, attribute: string): number[] {
  const axes = (node.attributes[attribute] ?? node.attributes['axis']) as number | number[];
  return util.parseAxisParam(axes, [...x.shape]);
}

function reduce(
  to: Lowering,
  op: string,
  name: string,
  dtype: TraceType,
  axes: readonly number[],
  keepDims: boolean,
): string {
  const keepdims = keepDims ? 1 : 0;
  if (op === 'all' || op === 'any') {
    const numbers = to.graph.add('Cast', [name], { to: 6 });
    const reduced = to.graph.add(op === 'all' ? 'ReduceMin' : 'ReduceMax', [numbers, to.graph.integers(axes)], {
      keepdims,
    });
    return to.graph.add('Cast', [reduced], { to: 9 });
  }
  const operand = dtype === 'bool' ? to.graph.add('Cast', [name], { to: 6 }) : name;
  if (axes.length === 0) return operand;
  return to.graph.add(op, [operand, to.graph.integers(axes)], { keepdims });
}

function reducedLayout(layout: Layout, axes: readonly number[], keepDims: boolean): Layout {
  if (keepDims) return layout;
  const kept = layout.filter((axis) => !axes.includes(axis));
  const order = [...kept].sort((a, b) => a - b);
  return kept.map((axis) => order.indexOf(axis));
}

for (const [kernel, onnx] of [
  ['ArgMax', 'ArgMax'],
  ['ArgMin', 'ArgMin'],
] as const) {
  defineKernel(kernel, {
    infer: (node) => {
      const x = input(node, 'x');
      const axes = reducedAxes(node, x, 'axis');
      return [{ shape: x.shape.filter((_, i) => i !== axes[0]), dtype: 'int32' }];
    },
    lower: (node, to) => {
      const x = input(node, 'x');
      const axis = reducedAxes(node, x, 'axis')[0]!;
      const { name, layout } = to.primary(x);
      const found = to.graph.add(onnx, [name], { axis: layout.indexOf(axis), keepdims: 0 });
      to.set(node.outputs[0]!, to.graph.add('Cast', [found], { to: 6 }), reducedLayout(layout, [axis], false));
    },
  });
}

for (const [kernel, onnx, name] of [
  ['Softmax', 'Softmax', 'dim'],
  ['LogSoftmax', 'LogSoftmax', 'axis'],
] as const) {
  defineKernel(kernel, {
    infer: (node) => [input(node, 'logits')],
    lower: (node, to) => {
      const x = input(node, 'logits');
      const axis = node.attributes[name] as number;
      const { name: physical, layout } = to.primary(x);
      const logical = axis < 0 ? axis + x.shape.length : axis;
      to.set(node.outputs[0]!, to.graph.add(onnx, [physical], { axis: layout.indexOf(logical) }), layout);
    },
  });
}

defineKernel('Cumsum', {
  infer: (node) => [input(node, 'x')],
  lower: (node, to) => {
    const x = input(node, 'x');
    const { name, layout } = to.primary(x);
    const axis = node.attributes['axis'] as number;
    const logical = axis < 0 ? axis + x.shape.length : axis;
    const flag = (key: string): number => (node.attributes[key] === true ? 1 : 0);
    const summed = to.graph.add('CumSum', [name, to.graph.scalar(layout.indexOf(logical), 'int64')], {
      exclusive: flag('exclusive'),
      reverse: flag('reverse'),
    });
    to.set(node.outputs[0]!, summed, layout);
  },
});
