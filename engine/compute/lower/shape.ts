import { backend_util, slice_util } from '../tensorflow';
import { sizeOf, type TraceNode, type Value } from '../trace/values';
import { input } from './elementwise';
import { identityLayout, isIdentity, type Layout, type Lowering, permute } from './lowering';
import { defineKernel } from './registry';

function same(value: Value, shape: readonly number[]): { shape: readonly number[]; dtype: Value['dtype'] } {
  return { shape, dtype: value.dtype };
}

defineKernel('Reshape', {
  infer: (node) => {
    const x = input(node, 'x');
    const shape = [...(node.attributes['shape'] as number[])];
    const known = shape.filter((d) => d >= 0).reduce((a, b) => a * b, 1);
    return [
      same(
        x,
        shape.map((d) => (d < 0 ? sizeOf(x.shape) / known : d)),
      ),
    ];
  },
  lower: (node, to) => reshaped(node, to),
});

defineKernel('ExpandDims', {
  infer: (node) => {
    const x = input(node, 'input');
    const dim = node.attributes['dim'] as number;
    const shape = [...x.shape];
    shape.splice(dim < 0 ? shape.length + 1 + dim : dim, 0, 1);
    return [same(x, shape)];
  },
  lower: (node, to) => reshaped(node, to),
});

function reshaped(node: TraceNode, to: Lowering): void {
  const x = node.inputs['x'] ?? input(node, 'input');
  const out = node.outputs[0]!;
  const { name, layout } = to.primary(x);
  if (!isIdentity(layout)) {
    const lifted = liftLayout(x.shape, out.shape, layout);
    if (lifted) return to.set(out, to.reshape(name, permute(out.shape, lifted)), lifted);
  }
  to.set(out, to.reshape(to.plain(x), out.shape));
}

/** The layout that survives a reshape which only adds or drops axes of length 1. */
function liftLayout(from: readonly number[], to: readonly number[], layout: Layout): Layout | undefined {
  const before = from.map((d, axis) => ({ d, axis })).filter(({ d }) => d !== 1);
  const after = to.map((d, axis) => ({ d, axis })).filter(({ d }) => d !== 1);
  if (before.length !== after.length || before.some(({ d }, i) => d !== after[i]!.d)) return undefined;
  const image = new Map(before.map(({ axis }, i) => [axis, after[i]!.axis]));
  const moved = layout.filter((axis) => image.has(axis)).map((axis) => image.get(axis)!);
  const units = to
    .map((d, axis) => ({ d, axis }))
    .filter(({ d }) => d === 1)
    .map(({ axis }) => axis);
  return [...units, ...moved];
}

defineKernel('Transpose', {
  infer: (node) => {
    const x = input(node, 'x');
    return [same(x, permute(x.shape, node.attributes['perm'] as number[]))];
  },
  lower: (node, to) => {
    const x = input(node, 'x');
    const perm = node.attributes['perm'] as number[];
    const { name, layout } = to.primary(x);
    to.set(
      node.outputs[0]!,
      name,
      layout.map((axis) => perm.indexOf(axis)),
    );
  },
});

defineKernel('Slice', {
  infer: (node) => {
    const x = input(node, 'x');
    return [same(x, sliceRange(node, x).size)];
  },
  lower: (node, to) => {
    const x = input(node, 'x');
    const { begin, size } = sliceRange(node, x);
    const { name, layout } = to.primary(x);
    const axes = identityLayout(x.shape.length).filter((axis) => size[axis] !== x.shape[axis]);
    if (axes.length === 0) return to.set(node.outputs[0]!, name, layout);
    const sliced = to.graph.add('Slice', [
      name,
      to.graph.integers(axes.map((axis) => begin[axis]!)),
      to.graph.integers(axes.map((axis) => begin[axis]! + size[axis]!)),
      to.graph.integers(axes.map((axis) => layout.indexOf(axis))),
    ]);
    to.set(node.outputs[0]!, sliced, layout);
  },
});

function sliceRange(node: TraceNode, x: Value): { begin: number[]; size: number[] } {
  const like = { shape: [...x.shape], rank: x.shape.length } as unknown as Parameters<
    typeof slice_util.parseSliceParams
  >[0];
  const [begin, size] = slice_util.parseSliceParams(
    like,
    node.attributes['begin'] as number | number[],
    node.attributes['size'] as number | number[],
  );
  return { begin: begin!, size: size! };
}

defineKernel('StridedSlice', {
  infer: (node) => {
    const x = input(node, 'x');
    return [same(x, stridedRange(node, x).finalShape)];
  },
  lower: (node, to) => {
    const x = input(node, 'x');
    const { begin, end, strides } = stridedRange(node, x);
    const axes = identityLayout(x.shape.length);
    // Counting down to the first element ends before it; ONNX would read −1 as the last element.
    const stops = axes.map((axis) => (strides[axis]! < 0 && end[axis]! < 0 ? -2147483648 : end[axis]!));
    const operands = [begin, stops, axes, strides].map((values) => to.graph.integers(values));
    const sliced = to.graph.add('Slice', [to.plain(x), ...operands]);
    to.set(node.outputs[0]!, to.reshape(sliced, node.outputs[0]!.shape));
  },
});

function stridedRange(node: TraceNode, x: Value): ReturnType<typeof slice_util.sliceInfo> {
  const list = (name: string): number[] => node.attributes[name] as number[];
  const mask = (name: string): number => (node.attributes[name] as number | undefined) ?? 0;
  return slice_util.sliceInfo(
    [...x.shape],
    list('begin'),
    list('end'),
    list('strides'),
    mask('beginMask'),
    mask('endMask'),
    mask('ellipsisMask'),
    mask('newAxisMask'),
    mask('shrinkAxisMask'),
  );
}

defineKernel('Concat', {
  infer: (node) => {
    const axis = node.attributes['axis'] as number;
    return [
      same(
        node.list[0]!,
        backend_util.computeOutShape(
          node.list.map((v) => [...v.shape]),
          axis,
        ),
      ),
    ];
  },
  lower: (node, to) => {
    const out = node.outputs[0]!;
    const rank = out.shape.length;
    const axis = (node.attributes['axis'] as number) % rank;
    const layout = to.primary(node.list[0]!).layout;
    const names = node.list.map((v) => to.as(v, layout));
    to.set(out, to.graph.add('Concat', names, { axis: layout.indexOf(axis < 0 ? axis + rank : axis) }), layout);
  },
});

defineKernel('Pack', {
  infer: (node) => {
    const first = node.list[0]!;
    const shape = [...first.shape];
    shape.splice(node.attributes['axis'] as number, 0, node.list.length);
    return [same(first, shape)];
  },
  lower: (node, to) => {
    const axis = node.attributes['axis'] as number;
    const names = node.list.map((v) => {
      const shape = [...v.shape];
      shape.splice(axis, 0, 1);
      return to.reshape(to.plain(v), shape);
    });
    to.set(node.outputs[0]!, to.graph.add('Concat', names, { axis }));
  },
});

defineKernel('Unpack', {
  many: true,
  infer: (node) => {
    const x = input(node, 'value');
    const axis = unpackAxis(node, x);
    const shape = x.shape.filter((_, i) => i !== axis);
    return Array.from({ length: x.shape[axis]! }, () => same(x, shape));
  },
  lower: (node, to) => {
    const x = input(node, 'value');
    const axis = unpackAxis(node, x);
    const parts = splitAlong(
      to,
      x,
      axis,
      node.outputs.map(() => 1),
    );
    node.outputs.forEach((out, i) => to.set(out, to.reshape(parts[i]!, out.shape)));
  },
});

function unpackAxis(node: TraceNode, x: Value): number {
  const axis = node.attributes['axis'] as number;
  return axis < 0 ? axis + x.shape.length : axis;
}

function splitAlong(to: Lowering, x: Value, axis: number, sizes: readonly number[]): string[] {
  return to.graph.addMany('Split', [to.plain(x), to.graph.integers(sizes)], { axis }, sizes.length);
}

defineKernel('SplitV', {
  many: true,
  infer: (node) => {
    const x = input(node, 'x');
    const axis = splitAxis(node, x);
    return splitSizes(node, x).map((size) =>
      same(
        x,
        x.shape.map((d, i) => (i === axis ? size : d)),
      ),
    );
  },
  lower: (node, to) => {
    const x = input(node, 'x');
    const parts = splitAlong(to, x, splitAxis(node, x), splitSizes(node, x));
    node.outputs.forEach((out, i) => to.set(out, parts[i]!));
  },
});

function splitAxis(node: TraceNode, x: Value): number {
  const axis = node.attributes['axis'] as number;
  return axis < 0 ? axis + x.shape.length : axis;
}

function splitSizes(node: TraceNode, x: Value): number[] {
  const like = { shape: [...x.shape] } as unknown as Parameters<typeof backend_util.prepareSplitSize>[0];
  return backend_util.prepareSplitSize(
    like,
    node.attributes['numOrSizeSplits'] as number | number[],
    splitAxis(node, x),
  );
}

defineKernel('PadV2', {
  infer: (node) => {
    const x = input(node, 'x');
    const paddings = node.attributes['paddings'] as [number, number][];
    return [
      same(
        x,
        x.shape.map((d, i) => d + paddings[i]![0] + paddings[i]![1]),
      ),
    ];
  },
  lower: (node, to) => {
    const x = input(node, 'x');
    const { name, layout } = to.primary(x);
    const paddings = permute(node.attributes['paddings'] as [number, number][], layout);
    const value = to.graph.scalar(node.attributes['constantValue'] as number, x.dtype);
    const pads = to.graph.integers([...paddings.map((p) => p[0]), ...paddings.map((p) => p[1])]);
    to.set(node.outputs[0]!, to.graph.add('Pad', [name, pads, value]), layout);
  },
});

defineKernel('Tile', {
  infer: (node) => {
    const x = input(node, 'x');
    const reps = node.attributes['reps'] as number[];
    return [
      same(
        x,
        x.shape.map((d, i) => d * reps[i]!),
      ),
    ];
  },
  lower: (node, to) => {
    const { name, layout } = to.primary(input(node, 'x'));
    const reps = permute(node.attributes['reps'] as number[], layout);
    to.set(node.outputs[0]!, to.graph.add('Tile', [name, to.graph.integers(reps)]), layout);
  },
});

defineKernel('Reverse', {
  infer: (node) => [input(node, 'x')],
  lower: (node, to) => {
    const x = input(node, 'x');
    const { name, layout } = to.primary(x);
    const rank = x.shape.length;
    const axes = (node.attributes['dims'] as number[]).map((axis) => layout.indexOf(axis < 0 ? axis + rank : axis));
    to.set(node.outputs[0]!, to.reverse(name, axes), layout);
  },
});
