import { stopGradient } from '../compute/gradient-flow';
import type { HostArrays, TensorMap } from '../compute/device';
import * as tf from '../compute/tensorflow';
import { newProjection, projection } from '../model/heads';
import { isBuffer, pick } from '../model/parameters';
import type { PretrainBlock } from '../study/schema';
import { targetPrefix, type Objective } from './objective';
import { meanCosine } from './simsiam';
import { splitViews } from './views';

/**
 * BYOL (Grill et al. 2020): ‖p1 − t2‖² + ‖p2 − t1‖² of unit vectors, means over the batch, that is
 * 4 − 2 cos(p1, t2) − 2 cos(p2, t1). p: predictions of the network; t: projections of its target, which are constants.
 */
export function byolLoss(p1: tf.Tensor2D, p2: tf.Tensor2D, t1: tf.Tensor2D, t2: tf.Tensor2D): tf.Scalar {
  const cosines = tf.add(meanCosine(p1, stopGradient(t2)), meanCosine(p2, stopGradient(t1)));
  return tf.sub(4, tf.mul(cosines, 2));
}

/** Weight that the target keeps of itself: from the base to 1 by a half cosine. */
export function targetMomentum(base: number, step: number, steps: number): number {
  return 1 - ((1 - base) * (Math.cos((Math.PI * step) / steps) + 1)) / 2;
}

const predictor = 'projection.predictor';
const momentumName = 'byol/momentum';

export function byol({ projection: shape, byol: { momentum } }: PretrainBlock, features: number): Objective {
  return {
    views: 2,
    initialize(encoder, random) {
      const projected = newProjection({ features, ...shape }, random('projection'));
      const followed = pick({ ...encoder, ...projected }, (name) => !isBuffer(name));
      const predicted = newProjection(
        { features: shape.output, hidden: shape.hidden, output: shape.output },
        random('predictor'),
        predictor,
      );
      const copy = Object.entries(followed).map(
        ([name, array]) => [targetPrefix + name, { shape: array.shape, data: array.data.slice() }] as const,
      );
      return { ...projected, ...predicted, ...Object.fromEntries(copy) };
    },
    signature: { [momentumName]: { shape: [], dtype: 'float32' } },
    scalars({ step, steps }): HostArrays {
      return { [momentumName]: { shape: [], data: Float32Array.of(targetMomentum(momentum, step, steps)) } };
    },
    loss({ pass, encode, views }) {
      const [p1, p2] = splitViews(projection(pass, projection(pass, encode(pass)), predictor), views);
      const target = pass.under(targetPrefix);
      const [t1, t2] = splitViews(projection(target, encode(target)), views);
      return byolLoss(p1!, p2!, t1!, t2!);
    },
    follow(before, after, batch): TensorMap {
      const keep = batch[momentumName]!;
      return Object.fromEntries(
        Object.entries(before)
          .filter(([name]) => name.startsWith(targetPrefix))
          .map(([name, target]) => {
            const online = after[name.slice(targetPrefix.length)]!;
            return [name, tf.add(tf.mul(target, keep), tf.mul(online, tf.sub(1, keep)))];
          }),
      );
    },
  };
}
