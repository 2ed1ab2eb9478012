import { stopGradient } from '../compute/gradient-flow';
import * as tf from '../compute/tensorflow';
import { newProjection, projection, unitRows } from '../model/heads';
import type { PretrainBlock } from '../study/schema';
import type { Objective } from './objective';
import { splitViews } from './views';

/** The mean over rows of the cosine of a and b, both n × k. */
export function meanCosine(a: tf.Tensor2D, b: tf.Tensor2D): tf.Scalar {
  return tf.mean(tf.sum(tf.mul(unitRows(a), unitRows(b)), 1));
}

/**
 * SimSiam (Chen & He 2021): −½ (cos(p1, z2) + cos(p2, z1)), means over the batch; z counts as constant.
 * p are the predictions from z of the same view, all n × k.
 */
export function simsiamLoss(p1: tf.Tensor2D, p2: tf.Tensor2D, z1: tf.Tensor2D, z2: tf.Tensor2D): tf.Scalar {
  return tf.mul(tf.add(meanCosine(p1, stopGradient(z2)), meanCosine(p2, stopGradient(z1))), -0.5);
}

const predictor = 'projection.predictor';

/** Batch norm closes the projection, its scale and offset fixed; the predictor's middle is a quarter as wide. */
export function simsiam({ projection: shape }: PretrainBlock, features: number): Objective {
  const { output } = shape;
  const fixed = ['projection.4.weight', 'projection.4.bias'];
  return {
    views: 2,
    initialize: (_encoder, random) => ({
      ...newProjection({ features, ...shape, outputNorm: true }, random('projection')),
      ...newProjection(
        { features: output, hidden: Math.max(1, Math.round(output / 4)), output },
        random('predictor'),
        predictor,
      ),
    }),
    isTrained: (name) => !fixed.includes(name),
    loss({ pass, encode, views }) {
      const z = projection(pass, encode(pass));
      const [p1, p2] = splitViews(projection(pass, z, predictor), views);
      const [z1, z2] = splitViews(z, views);
      return simsiamLoss(p1!, p2!, z1!, z2!);
    },
  };
}
