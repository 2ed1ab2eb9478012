import { expect } from 'vitest';
import { openOnnxDevice } from '../../../engine/compute/onnx-device';
import * as tf from '../../../engine/compute/tensorflow';
import { stream } from '../../../engine/data/random';

export type Matrix = readonly (readonly number[])[];

export function randomMatrix(rows: number, columns: number, seed: number): number[][] {
  const random = stream(seed, 'matrix');
  return Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal()));
}

/** Value of a compiled loss and its gradient by each matrix, row by row. */
export async function differentiate(
  inputs: readonly Matrix[],
  loss: (...inputs: tf.Tensor2D[]) => tf.Scalar,
): Promise<{ value: number; gradients: number[][] }> {
  const names = inputs.map((_, i) => `input ${i}`);
  const arrays = inputs.map((rows) => ({
    shape: [rows.length, rows[0]!.length],
    data: Float32Array.from(rows.flat()),
  }));
  const program = await openOnnxDevice().compile({
    state: {},
    batch: Object.fromEntries(names.map((name, i) => [name, { shape: arrays[i]!.shape, dtype: 'float32' as const }])),
    step(_state, batch) {
      const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => loss(...(tensors as tf.Tensor2D[])))(
        names.map((name) => batch[name]!),
      );
      return { outputs: { value, ...Object.fromEntries(grads.map((grad, i) => [`gradient ${i}`, grad])) } };
    },
  });
  try {
    const outputs = await program.run(Object.fromEntries(names.map((name, i) => [name, arrays[i]!])));
    return {
      value: outputs.value!.data[0]!,
      gradients: inputs.map((_, i) => [...outputs[`gradient ${i}`]!.data]),
    };
  } finally {
    await program.dispose();
  }
}

/**
 * Compares value and gradients with an independent formula and its central differences. `constants` tells the formula
 * which copies count as constant: it is called with the inputs moved and, beside them, the inputs as they are.
 */
export async function expectDerivative(
  inputs: readonly Matrix[],
  loss: (...inputs: tf.Tensor2D[]) => tf.Scalar,
  formula: (moved: readonly Matrix[], fixed: readonly Matrix[]) => number,
  digits = 3,
): Promise<number> {
  const { value, gradients } = await differentiate(inputs, loss);
  expect(value).toBeCloseTo(formula(inputs, inputs), 4);
  inputs.forEach((rows, at) => {
    rows.forEach((row, i) => {
      row.forEach((_, j) => {
        const moved = (by: number): number =>
          formula(
            inputs.map((matrix, m) =>
              m === at ? matrix.map((r, a) => (a === i ? r.map((v, b) => (b === j ? v + by : v)) : r)) : matrix,
            ),
            inputs,
          );
        const slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        expect(gradients[at]![i * row.length + j], `input ${at}, row ${i}, column ${j}`).toBeCloseTo(slope, digits);
      });
    });
  });
  return value;
}

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);
export const cosine = (a: readonly number[], b: readonly number[]): number =>
  dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
export const column = (matrix: Matrix, j: number): number[] => matrix.map((row) => row[j]!);
