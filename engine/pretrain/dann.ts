import { reverseGradient } from '../compute/gradient-flow';
import type { HostArrays } from '../compute/device';
import * as tf from '../compute/tensorflow';
import { newProjection, projection } from '../model/heads';
import { linear, newLinear } from '../model/layers';
import type { PretrainBlock } from '../study/schema';
import { crossEntropy } from '../train/classify';
import type { Objective } from './objective';
import { classifierName } from './supervised';

/** Strength of the reversed gradient at a share p of training, 2 / (1 + exp(−γ p)) − 1: from 0 towards 1. */
export function reversalStrength(gamma: number, p: number): number {
  return 2 / (1 + Math.exp(-gamma * p)) - 1;
}

/**
 * Domain-adversarial loss (Ganin et al. 2016): cross-entropy of the classifier on the source's labels, plus that of the
 * discriminator on the domains, whose gradient reaches the features reversed, times `strength`.
 * @param features 2n × d, n samples of the source, then n of the target
 * @param labels n classes of the source's samples; those of the target are never asked for
 */
export function dannLoss(
  features: tf.Tensor2D,
  labels: tf.Tensor1D,
  strength: tf.Scalar,
  heads: {
    readonly classes: number;
    readonly classify: (features: tf.Tensor2D) => tf.Tensor2D;
    readonly discriminate: (features: tf.Tensor2D) => tf.Tensor2D;
  },
): tf.Scalar {
  const n = labels.shape[0];
  const source = tf.slice(features, [0, 0], [n, features.shape[1]]);
  const scores = heads.classify(source);
  const domains = Int32Array.from({ length: 2 * n }, (_, i) => (i < n ? 0 : 1));
  const guesses = heads.discriminate(reverseGradient(features, strength));
  return tf.add(crossEntropy(scores, labels, heads.classes), crossEntropy(guesses, tf.tensor1d(domains, 'int32'), 2));
}

const discriminator = 'projection.discriminator';
const strengthName = 'dann/strength';

/** A linear classifier, and a discriminator Linear-BN-ReLU, Linear-BN-ReLU, Linear, as published. */
export function dann({ dann: settings }: PretrainBlock, features: number, classes: number): Objective {
  return {
    views: 1,
    samples: 'source-and-target',
    initialize: (_encoder, random) => ({
      ...newLinear(classifierName, classes, features, random('projection')),
      ...newProjection(
        { features, hidden: settings.discriminator, output: 2, layers: 3 },
        random('discriminator'),
        discriminator,
      ),
    }),
    signature: { [strengthName]: { shape: [], dtype: 'float32' } },
    scalars({ step, steps }): HostArrays {
      const strength = settings.lambda * reversalStrength(settings.gamma, step / steps);
      return { [strengthName]: { shape: [], data: Float32Array.of(strength) } };
    },
    loss: ({ pass, encode, batch }) =>
      dannLoss(encode(pass), batch.labels as tf.Tensor1D, batch[strengthName] as tf.Scalar, {
        classes,
        classify: (chosen) => linear(pass, classifierName, chosen),
        discriminate: (chosen) => projection(pass, chosen, discriminator),
      }),
  };
}
