import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { openOnnxDevice } from '../../engine/compute/onnx-device';
import * as tf from '../../engine/compute/tensorflow';
import { spectralContrastiveLoss } from '../../engine/pretrain/spectral';
import { stream } from '../../engine/data/random';
import { batchLoss } from '../../engine/theory/batch-loss';
import { positivePairGraph, uniformAugmentation } from '../../engine/theory/positive-pair-graph';
import { adjacencySpectrum, minimumLoss } from '../../engine/theory/spectral-loss';
import { createOptimizer } from '../../engine/train/optimizer';
import { cosineRate } from '../../engine/train/schedule';
import { trainingProgram } from '../../engine/train/training-step';

async function lossAndGradient(z1: number[][], z2: number[][], mu: number) {
  const shape = [z1.length, z1[0]!.length];
  const array = (rows: number[][]) => ({ shape, data: Float32Array.from(rows.flat()) });
  const program = await openOnnxDevice().compile({
    state: {},
    batch: { z1: { shape, dtype: 'float32' }, z2: { shape, dtype: 'float32' } },
    step(_state, batch) {
      const { value, grads } = tf.valueAndGrads((a: tf.Tensor, b: tf.Tensor) =>
        spectralContrastiveLoss(a as tf.Tensor2D, b as tf.Tensor2D, mu),
      )([batch.z1!, batch.z2!]);
      return { outputs: { loss: value, g1: grads[0]!, g2: grads[1]! } };
    },
  });
  const { loss, g1, g2 } = await program.run({ z1: array(z1), z2: array(z2) });
  return { loss: loss!.data[0]!, gradients: [...g1!.data, ...g2!.data] };
}

describe('spectralContrastiveLoss', () => {
  const z1 = [
    [1, 0],
    [0, 2],
    [0.5, 0.5],
  ];
  const z2 = [
    [0.8, 0.1],
    [0, 1],
    [2, 0],
  ];

  it.each([
    [1, -1.2895833],
    [3, -0.5616558],
  ])('is the fixture at μ = %d', async (mu, expected) => {
    expect((await lossAndGradient(z1, z2, mu)).loss).toBeCloseTo(expected, 5);
  });

  it.each([1, 3])('has the gradient of finite differences at μ = %d', async (mu) => {
    // Away from the sphere of radius √μ, where the loss has a kink.
    const random = stream(2, 'rows', mu);
    const rows = () => Array.from({ length: 5 }, () => Array.from({ length: 3 }, () => 1.3 * random.normal()));
    const [a, b] = [rows(), rows()];
    const { loss, gradients } = await lossAndGradient(a, b, mu);
    const at = (flat: number[]): number => batchLoss(flat.slice(0, 15), flat.slice(15), 5, 3, mu).loss;
    const flat = [...a.flat(), ...b.flat()];
    expect(loss).toBeCloseTo(at(flat), 5);
    flat.forEach((value, i) => {
      const moved = (by: number): number => at(flat.map((v, j) => (j === i ? value + by : v)));
      expect(gradients[i]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 3);
    });
  });

  it('has a finite gradient at the origin', async () => {
    const zero = [
      [0, 0],
      [0, 0],
    ];
    const { loss, gradients } = await lossAndGradient(zero, zero, 1);
    expect(Math.abs(loss)).toBe(0);
    expect(gradients.every((value) => Math.abs(value) === 0)).toBe(true);
  });
});

describe('training by gradient descent on a graph whose Ā is known', () => {
  it('reaches −Σ λ_i² and the span of the leading eigenvectors', async () => {
    // Four natural samples a group, three groups; each is augmented to three of its group's five samples, some to a
    // sample of the next group.
    const sets = Array.from({ length: 12 }, (_, natural) => {
      const group = Math.floor(natural / 4);
      const own = [0, 1, 2].map((j) => 5 * group + ((natural + j) % 5));
      return natural % 4 === 0 ? [...own, (5 * group + 5) % 15] : own;
    });
    const graph = positivePairGraph(uniformAugmentation(sets, 15));
    const { values, vectors } = adjacencySpectrum(graph);
    const k = 3;
    expect(values[k - 1]! - values[k]!).toBeGreaterThan(0.1);

    const n = 15;
    const weights = Float32Array.from(graph.weights.to1DArray());
    const roots = Float32Array.from(graph.nodeWeights, Math.sqrt);
    const random = stream(4, 'table');
    const optimizer = createOptimizer({ name: 'adamw', weightDecay: 0, momentum: 0 });
    const steps = 1500;
    const program = await openOnnxDevice().compile(
      trainingProgram({
        parameters: { f: { shape: [n, k], data: Float32Array.from({ length: n * k }, () => 0.5 * random.normal()) } },
        batch: {},
        optimizer,
        loss: (pass) => {
          // −2 Σ w_xx' f(x)ᵀf(x') + Σ w_x w_x' (f(x)ᵀf(x'))².
          const inner = tf.matMul(pass.get('f') as tf.Tensor2D, pass.get('f') as tf.Tensor2D, false, true);
          const nodeWeights = tf.square(tf.tensor1d(roots));
          const independent = tf.mul(tf.reshape(nodeWeights, [n, 1]), tf.reshape(nodeWeights, [1, n]));
          const positive = tf.sum(tf.mul(tf.tensor2d(weights, [n, n]), inner));
          return tf.sub(tf.sum(tf.mul(independent, tf.square(inner))), tf.mul(positive, 2));
        },
      }),
    );
    let loss = Infinity;
    for (let step = 0; step < steps; step++) {
      const outputs = await program.run(optimizer.scalars(step, cosineRate(0.05, step, steps, 20)));
      loss = outputs.loss!.data[0]!;
    }
    expect(Math.abs(loss - minimumLoss(values, k))).toBeLessThan(1e-3);

    // Principal angles between span{√w f} and the leading eigenvectors of Ā.
    const f = (await program.state()).f!.data;
    const learned = new Matrix(
      Array.from({ length: n }, (_, x) => Array.from({ length: k }, (_, j) => roots[x]! * f[x * k + j]!)),
    );
    expect(largestPrincipalAngle(learned, vectors.subMatrix(0, n - 1, 0, k - 1))).toBeLessThan(1e-2);
  });
});

/** Radians: arcsin of the largest singular value of (I − U Uᵀ) Q, with Q an orthonormal basis of the first span. */
function largestPrincipalAngle(span: Matrix, orthonormal: Matrix): number {
  const q = gramSchmidt(span);
  const residual = Matrix.sub(q, orthonormal.mmul(orthonormal.transpose().mmul(q)));
  // The largest singular value is at most the Frobenius norm.
  return Math.asin(Math.min(1, residual.norm('frobenius')));
}

function gramSchmidt(span: Matrix): Matrix {
  const q = span.clone();
  for (let j = 0; j < q.columns; j++) {
    for (let i = 0; i < j; i++) {
      const dot = q.getColumn(j).reduce((sum, value, r) => sum + value * q.get(r, i), 0);
      for (let r = 0; r < q.rows; r++) q.set(r, j, q.get(r, j) - dot * q.get(r, i));
    }
    const norm = Math.hypot(...q.getColumn(j));
    for (let r = 0; r < q.rows; r++) q.set(r, j, q.get(r, j) / norm);
  }
  return q;
}
