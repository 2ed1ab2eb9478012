import * as tf from '../compute/tensorflow';
import { newProjection, projection, unitRows } from '../model/heads';
import type { PretrainBlock } from '../study/schema';
import type { Objective } from './objective';
import { splitViews } from './views';

/** Far below any similarity, so that its exponential is 0, and finite, so that 0 · it is. */
const never = 1e9;

/**
 * NT-Xent (Chen et al. 2020): for each of the 2n views, cross-entropy of its cosine similarities to the 2n − 1 others,
 * divided by τ, with the other view of its sample as the right answer; the mean over the 2n views.
 * @param z1 n × k, the first view of each sample
 * @param z2 n × k, the second view
 */
export function ntXent(z1: tf.Tensor2D, z2: tf.Tensor2D, temperature: number): tf.Scalar {
  const n = z1.shape[0];
  const all = unitRows(tf.concat([z1, z2], 0));
  const oneHot = (of: (i: number) => number): tf.Tensor2D => {
    const indices = Int32Array.from({ length: 2 * n }, (_, i) => of(i));
    return tf.oneHot(tf.tensor1d(indices, 'int32'), 2 * n, 1, 0, 'float32') as tf.Tensor2D;
  };
  const similarities = tf.div(tf.matMul(all, all, false, true), temperature);
  const scores = tf.sub(
    similarities,
    tf.mul(
      oneHot((i) => i),
      never,
    ),
  );
  const partners = oneHot((i) => (i + n) % (2 * n));
  return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(tf.logSoftmax(scores), partners), 1)));
}

export function simclr({ projection: shape, simclr: { temperature } }: PretrainBlock, features: number): Objective {
  return {
    views: 2,
    initialize: (_encoder, random) => newProjection({ features, ...shape }, random('projection')),
    loss({ pass, encode, views }) {
      const [z1, z2] = splitViews(projection(pass, encode(pass)), views);
      return ntXent(z1!, z2!, temperature);
    },
  };
}
