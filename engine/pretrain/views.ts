import * as tf from '../compute/tensorflow';

/** [views · n, k] as one n × k a view. */
export function splitViews(z: tf.Tensor2D, views: number): tf.Tensor2D[] {
  return tf.split(z, views);
}
