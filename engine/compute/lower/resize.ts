import type { TraceNode, Value } from '../trace/values';
import { input } from './elementwise';
import { channelsFirst, type Lowering } from './lowering';
import { defineKernel } from './registry';

/**
 * Resizing is linear and separable: out = A x Bᵀ with one small constant matrix a direction, and its gradient has
 * the same matrices turned round. Every provider has matrix products.
 */
type Sampling = (out: number, size: number, node: TraceNode) => Float32Array;

function scaleOf(out: number, size: number, node: TraceNode): number {
  return node.attributes['alignCorners'] === true && out > 1 ? (size - 1) / (out - 1) : size / out;
}

/** [out, size]: each row's two weights, as TensorFlow places samples. */
const bilinear: Sampling = (out, size, node) => {
  const scale = scaleOf(out, size, node);
  const half = node.attributes['halfPixelCenters'] === true;
  const matrix = new Float32Array(out * size);
  for (let row = 0; row < out; row++) {
    const place = half ? scale * (row + 0.5) - 0.5 : scale * row;
    const below = Math.max(0, Math.floor(place));
    const above = Math.min(size - 1, Math.ceil(place));
    const share = place - below;
    matrix[row * size + below]! += 1 - share;
    matrix[row * size + above]! += share;
  }
  return matrix;
};

const nearest: Sampling = (out, size, node) => {
  const scale = scaleOf(out, size, node);
  const half = node.attributes['halfPixelCenters'] === true;
  const matrix = new Float32Array(out * size);
  for (let row = 0; row < out; row++) {
    const place = half ? scale * (row + 0.5) : scale * row;
    const found = node.attributes['alignCorners'] === true ? Math.round(place) : Math.floor(place);
    matrix[row * size + Math.max(0, Math.min(size - 1, found))] = 1;
  }
  return matrix;
};

/** The matrix [rows, columns] with its axes exchanged. */
function turned(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return matrix.map((_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!);
}

/** x of [n, c, h, w]: rows · x · columns, with rows [h′, h] and columns [w, w′]. */
function product(to: Lowering, x: string, rows: Matrix, columns: Matrix): string {
  const constant = ({ data, shape }: Matrix): string => to.graph.constant(data, shape, 'float32');
  return to.graph.add('MatMul', [constant(rows), to.graph.add('MatMul', [x, constant(columns)])]);
}
interface Matrix {
  data: Float32Array;
  shape: [number, number];
}

for (const [kernel, sampling] of [
  ['ResizeBilinear', bilinear],
  ['ResizeNearestNeighbor', nearest],
] as const) {
  defineKernel(kernel, {
    infer: (node) => {
      const [n, , , c] = input(node, 'images').shape as [number, number, number, number];
      const [height, width] = node.attributes['size'] as [number, number];
      return [{ shape: [n, height, width, c], dtype: 'float32' }];
    },
    lower: (node, to) => {
      const images = input(node, 'images');
      const { rows, columns } = matrices(sampling, node, images, node.outputs[0]!);
      const [, height, width] = images.shape as [number, number, number];
      const [, outHeight, outWidth] = node.outputs[0]!.shape as [number, number, number];
      const name = product(
        to,
        to.as(images, channelsFirst),
        { data: rows, shape: [outHeight, height] },
        { data: turned(columns, outWidth, width), shape: [width, outWidth] },
      );
      to.set(node.outputs[0]!, name, channelsFirst);
    },
  });

  defineKernel(`${kernel}Grad`, {
    infer: (node) => [{ shape: input(node, 'images').shape, dtype: 'float32' }],
    lower: (node, to) => {
      const images = input(node, 'images');
      const dy = input(node, 'dy');
      const { rows, columns } = matrices(sampling, node, images, dy);
      const [, height, width] = images.shape as [number, number, number];
      const [, outHeight, outWidth] = dy.shape as [number, number, number];
      const name = product(
        to,
        to.as(dy, channelsFirst),
        { data: turned(rows, outHeight, height), shape: [height, outHeight] },
        { data: columns, shape: [outWidth, width] },
      );
      to.set(node.outputs[0]!, name, channelsFirst);
    },
  });
}

function matrices(
  sampling: Sampling,
  node: TraceNode,
  images: Value,
  resized: Value,
): { rows: Float32Array; columns: Float32Array } {
  return {
    rows: sampling(resized.shape[1]!, images.shape[1]!, node),
    columns: sampling(resized.shape[2]!, images.shape[2]!, node),
  };
}
