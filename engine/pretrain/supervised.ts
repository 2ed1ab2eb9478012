import type * as tf from '../compute/tensorflow';
import { linear, newLinear } from '../model/layers';
import { crossEntropy } from '../train/classify';
import type { Objective } from './objective';

/** The linear classifier that training on labels leaves. */
export const classifierName = 'projection.classifier';

/** Cross-entropy of a linear classifier on the labels of the source: what labels alone teach the encoder. */
export function supervised(classes: number, features: number): Objective {
  return {
    views: 1,
    samples: 'source',
    initialize: (_encoder, random) => newLinear(classifierName, classes, features, random('projection')),
    loss: ({ pass, encode, batch }) =>
      crossEntropy(linear(pass, classifierName, encode(pass)), batch.labels as tf.Tensor1D, classes),
  };
}
