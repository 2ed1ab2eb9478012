import type * as tf from '../compute/tensorflow';
import { newProjection, projection } from '../model/heads';
import type { Objective } from './objective';
import { splitViews } from './views';

/**
 * Two views behind a projection of three layers of one width, as Barlow Twins (its projector) and VICReg (its expander)
 * have it, under a loss of the two.
 */
export function onWideProjection(
  width: number,
  features: number,
  loss: (z1: tf.Tensor2D, z2: tf.Tensor2D) => tf.Scalar,
): Objective {
  return {
    views: 2,
    initialize: (_encoder, random) =>
      newProjection({ features, hidden: width, output: width, layers: 3 }, random('projection')),
    loss({ pass, encode, views }) {
      const [z1, z2] = splitViews(projection(pass, encode(pass)), views);
      return loss(z1!, z2!);
    },
  };
}
