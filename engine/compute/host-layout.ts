import type { HostArray } from './device';

/**
 * A row-major array with its axes in another order: axis j of the result is axis `layout[j]` of the argument.
 * @returns a new array
 */
export function reorder({ data, shape }: HostArray, layout: readonly number[]): HostArray {
  const target = layout.map((axis) => shape[axis]!);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const steps = layout.map((axis) => strides[axis]!);
  const out = data instanceof Int32Array ? new Int32Array(data.length) : new Float32Array(data.length);
  const inner = target.length - 1;
  const size = target[inner] ?? 1;
  const step = steps[inner] ?? 1;
  const index = target.map(() => 0);
  let from = 0;
  for (let at = 0; at < out.length; at += size) {
    for (let i = 0; i < size; i++) out[at + i] = data[from + i * step]!;
    // Next position of the outer axes, as an odometer.
    for (let axis = inner - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++index[axis]! < target[axis]!) break;
      from -= target[axis]! * steps[axis]!;
      index[axis] = 0;
    }
  }
  return { data: out, shape: target };
}

/** The order that undoes `layout`. */
export function inverse(layout: readonly number[]): number[] {
  return layout.map((_, axis) => layout.indexOf(axis));
}
