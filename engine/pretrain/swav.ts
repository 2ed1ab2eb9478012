import { stopGradient } from '../compute/gradient-flow';
import type { HostArrays } from '../compute/device';
import * as tf from '../compute/tensorflow';
import type { Random } from '../data/random';
import { newProjection, projection, unitRows } from '../model/heads';
import { type Parameters, uniformFanIn } from '../model/parameters';
import type { PretrainBlock } from '../study/schema';
import type { Objective } from './objective';
import { splitViews } from './views';

/**
 * Soft assignment of samples to prototypes under an equal partition (Caron et al. 2020): exp(scores/ε), then in turns
 * prototypes to a total of 1/K and samples to one of 1/n, at last times n: rows sum to 1.
 * @param scores n × K
 */
export function sinkhorn(scores: tf.Tensor2D, epsilon: number, rounds: number): tf.Tensor2D {
  const [n, prototypes] = scores.shape;
  const unnormalised = tf.exp(tf.div(scores, epsilon));
  let q: tf.Tensor2D = tf.div(unnormalised, tf.sum(unnormalised));
  for (let round = 0; round < rounds; round++) {
    q = tf.div(q, tf.mul(tf.sum(q, 0, true), prototypes));
    q = tf.div(q, tf.mul(tf.sum(q, 1, true), n));
  }
  return tf.mul(q, n);
}

/**
 * The swapped prediction: the mean over the assigning views c of the mean over the other views v ≠ c of
 * −Σ q_c · log softmax(scores_v / τ), a mean over samples. No gradient passes through q.
 * @param scores one n × K of cosines to the prototypes for each view
 * @param assigning how many of the first views assign (the others only predict)
 */
export function swappedPrediction(
  scores: readonly tf.Tensor2D[],
  assigning: number,
  { temperature, epsilon, rounds }: { temperature: number; epsilon: number; rounds: number },
): tf.Scalar {
  const predictions = scores.map((view) => tf.logSoftmax(tf.div(view, temperature)));
  const losses = scores.slice(0, assigning).map((view, c) => {
    const q = stopGradient(sinkhorn(view, epsilon, rounds));
    const others = predictions.filter((_, v) => v !== c);
    const total = others.map((prediction) => tf.neg(tf.mean(tf.sum(tf.mul(q, prediction), 1))));
    return tf.div(tf.addN(total), others.length);
  });
  return tf.div(tf.addN(losses), assigning);
}

const prototypesName = 'projection.prototypes.weight';
const freedom = 'swav/prototypes-move';

export function swav({ projection: shape, swav: settings }: PretrainBlock, features: number): Objective {
  const { prototypes, frozenSteps, localViews, localScale } = settings;
  return {
    views: 2,
    ...(localViews > 0 && { localViews: { count: localViews, scale: localScale } }),
    initialize: (_encoder, random) => ({
      ...newProjection({ features, ...shape }, random('projection')),
      ...newPrototypes(prototypes, shape.output, random('prototypes')),
    }),
    signature: { [freedom]: { shape: [], dtype: 'float32' } },
    scalars({ step, stepsPerEpoch }): HostArrays {
      return { [freedom]: { shape: [], data: Float32Array.of(step < (frozenSteps ?? stepsPerEpoch) ? 0 : 1) } };
    },
    loss({ pass, encode, views }) {
      const z = unitRows(projection(pass, encode(pass)));
      const scores: tf.Tensor2D = tf.matMul(z, pass.get(prototypesName) as tf.Tensor2D, false, true);
      return swappedPrediction(splitViews(scores, views), 2, settings);
    },
    follow(before, after, batch) {
      const moved = tf.mul(tf.sub(after[prototypesName]!, before[prototypesName]!), batch[freedom]!);
      return { [prototypesName]: unitRows(tf.add(before[prototypesName]!, moved) as tf.Tensor2D) };
    },
  };
}

/** K vectors of norm 1. */
function newPrototypes(count: number, k: number, random: Random): Parameters {
  const { shape, data } = uniformFanIn([count, k], k, random);
  const unit = Float32Array.from(data);
  for (let row = 0; row < count; row++) {
    const own = unit.subarray(row * k, (row + 1) * k);
    const norm = Math.hypot(...own);
    own.forEach((value, j) => (own[j] = value / norm));
  }
  return { [prototypesName]: { shape, data: unit } };
}
