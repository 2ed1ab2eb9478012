import { describe, expect, it } from 'vitest';
import * as tf from '../../engine/compute/tensorflow';
import { dannLoss, reversalStrength } from '../../engine/pretrain/dann';
import { batchPlan } from '../../engine/pretrain/samples';
import { differentiate, dot, type Matrix, mean, randomMatrix } from './support/derivative';

const classifier = randomMatrix(3, 4, 7);
const discriminator = randomMatrix(2, 4, 8);
const labels = [2, 0, 1];
const strength = 0.7;

const matrix = (rows: Matrix): tf.Tensor2D => tf.tensor2d(rows.map((row) => [...row]));
const entropy = (scores: readonly number[], label: number): number =>
  Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - scores[label]!;
const scores = (weights: Matrix, row: readonly number[]): number[] => weights.map((w) => dot(w, row));
const classLoss = (features: Matrix): number =>
  mean(labels.map((label, i) => entropy(scores(classifier, features[i]!), label)));
const domainLoss = (features: Matrix): number =>
  mean(features.map((row, i) => entropy(scores(discriminator, row), i < 3 ? 0 : 1)));

describe('DANN', () => {
  it('adds both losses, and moves features by the gradient of the one less λ times that of the other', async () => {
    const features = randomMatrix(6, 4, 9);
    const { value, gradients } = await differentiate([features], (x) =>
      dannLoss(x!, tf.tensor1d(labels, 'int32'), tf.scalar(strength), {
        classes: 3,
        classify: (chosen) => tf.matMul(chosen, matrix(classifier), false, true),
        discriminate: (chosen) => tf.matMul(chosen, matrix(discriminator), false, true),
      }),
    );
    expect(value).toBeCloseTo(classLoss(features) + domainLoss(features), 5);
    features.forEach((row, i) =>
      row.forEach((_, j) => {
        const moved = (by: number): Matrix =>
          features.map((r, a) => (a === i ? r.map((v, b) => (b === j ? v + by : v)) : r));
        const slope = (f: (rows: Matrix) => number): number => (f(moved(1e-5)) - f(moved(-1e-5))) / 2e-5;
        expect(gradients[0]![4 * i + j]).toBeCloseTo(slope(classLoss) - strength * slope(domainLoss), 3);
      }),
    );
  });

  it('moves the discriminator by its own gradient', async () => {
    const features = randomMatrix(6, 4, 9);
    const { gradients } = await differentiate([discriminator], (weights) =>
      dannLoss(matrix(features), tf.tensor1d(labels, 'int32'), tf.scalar(strength), {
        classes: 3,
        classify: (chosen) => tf.matMul(chosen, matrix(classifier), false, true),
        discriminate: (chosen) => tf.matMul(chosen, weights!, false, true),
      }),
    );
    const at = (weights: Matrix): number =>
      mean(features.map((row, i) => entropy(scores(weights, row), i < 3 ? 0 : 1)));
    const moved = (by: number): Matrix =>
      discriminator.map((row, a) => (a === 1 ? row.map((v, b) => (b === 2 ? v + by : v)) : row));
    expect(gradients[0]![6]).toBeCloseTo((at(moved(1e-5)) - at(moved(-1e-5))) / 2e-5, 3);
  });

  it('raises the strength from 0 towards 1 as published', () => {
    expect(reversalStrength(10, 0)).toBe(0);
    expect(reversalStrength(10, 0.5)).toBeCloseTo(Math.tanh(2.5), 12);
    expect(reversalStrength(10, 1)).toBeCloseTo(0.9999092, 6);
  });

  it('pairs every batch of the source with one of the target, each of its samples once in a round', () => {
    const samples = { rows: Int32Array.of(0, 1, 2, 3, 4, 5), partners: Int32Array.of(10, 11, 12, 13) };
    const plan = batchPlan({ ...samples, labelled: true, domains: [], source: 0 }, 3, 2, 0);
    const batches = [0, 1, 2, 3].map((step) => plan(step)!);
    expect(plan(4)).toBeUndefined();
    expect(batches.every(({ rows }) => rows.length === 6 && rows.subarray(0, 3).every((row) => row < 6))).toBe(true);
    const partners = batches.flatMap(({ rows }) => [...rows.subarray(3)]);
    for (let round = 0; round < 3; round++)
      expect(partners.slice(4 * round, 4 * round + 4).sort()).toEqual([10, 11, 12, 13]);
  });
});
