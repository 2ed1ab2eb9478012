import { ElementType } from '../onnx/graph';
import type { TraceType, Value } from '../trace/values';
import { input } from './elementwise';
import type { Lowering } from './lowering';
import { defineKernel } from './registry';

function int64(to: Lowering, value: Value): string {
  return to.graph.add('Cast', [to.plain(value)], { to: 7 });
}

defineKernel('GatherV2', {
  infer: (node) => {
    const x = input(node, 'x');
    const indices = input(node, 'indices');
    if (node.attributes['batchDims']) throw new Error('Gather with batch dimensions cannot be compiled.');
    const axis = gatherAxis(node.attributes['axis'] as number, x);
    return [{ shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)], dtype: x.dtype }];
  },
  lower: (node, to) => {
    const x = input(node, 'x');
    const axis = gatherAxis(node.attributes['axis'] as number, x);
    to.set(node.outputs[0]!, to.graph.add('Gather', [to.plain(x), int64(to, input(node, 'indices'))], { axis }));
  },
});

function gatherAxis(axis: number, x: Value): number {
  return axis < 0 ? axis + x.shape.length : axis;
}

defineKernel('UnsortedSegmentSum', {
  infer: (node) => {
    const x = input(node, 'x');
    const segments = input(node, 'segmentIds');
    const rest = x.shape.slice(segments.shape.length);
    return [{ shape: [node.attributes['numSegments'] as number, ...rest], dtype: x.dtype }];
  },
  lower: (node, to) => {
    const x = input(node, 'x');
    const segments = input(node, 'segmentIds');
    const out = node.outputs[0]!;
    const zeros = to.graph.add('Expand', [to.graph.scalar(0, x.dtype), to.graph.integers(out.shape)]);
    const indices = to.reshape(int64(to, segments), [...segments.shape, 1]);
    to.set(out, to.graph.add('ScatterND', [zeros, indices, to.plain(x)], { reduction: 'add' }));
  },
});

defineKernel('OneHot', {
  infer: (node) => [
    {
      shape: [...input(node, 'indices').shape, node.attributes['depth'] as number],
      dtype: (node.attributes['dtype'] as TraceType | undefined) ?? 'int32',
    },
  ],
  lower: (node, to) => {
    const out = node.outputs[0]!;
    const off = node.attributes['offValue'] as number;
    const on = node.attributes['onValue'] as number;
    // ONNX Runtime has the operator for floats only.
    const values = to.graph.constant(Float32Array.of(off, on), [2], 'float32');
    const depth = to.graph.scalar(node.attributes['depth'] as number, 'int64');
    const floats = to.graph.add('OneHot', [int64(to, input(node, 'indices')), depth, values], { axis: -1 });
    to.set(out, out.dtype === 'float32' ? floats : to.graph.add('Cast', [floats], { to: ElementType[out.dtype] }));
  },
});
