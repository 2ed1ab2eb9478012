import type { TensorMap } from '../compute/device';
import * as tf from '../compute/tensorflow';
import type { Optimizer } from './optimizer';

/** As PyTorch's GradScaler: from 2^16, halved at an overflow, doubled after 2,000 steps without one. */
const initialScale = 65_536;
const growthSteps = 2000;
const slots = { scale: 'optimizer/loss-scale', steady: 'optimizer/loss-scale-steps' } as const;

/** Beyond every gradient that is one; float16 ends at 65,504. Tests for infinity and NaN may be left out by GPU compilers. */
const beyond = 1e30;

/** The loss whose gradients `withLossScale` expects. */
export function scaled(loss: tf.Scalar, state: TensorMap): tf.Scalar {
  return tf.mul(loss, state[slots.scale]!);
}

/** The loss itself: a scale is a power of two, so that nothing is rounded. */
export function unscaled(loss: tf.Tensor, state: TensorMap): tf.Tensor {
  return tf.div(loss, state[slots.scale]!);
}

/**
 * An optimiser of a scaled loss: gradients that are small in float16 do not vanish (Micikevicius et al. 2018, §3.2). A
 * step whose gradients overflow changes nothing but the scale.
 */
export function withLossScale(inner: Optimizer): Optimizer {
  return {
    ...inner,
    slots: (parameters, names) => ({
      ...inner.slots(parameters, names),
      [slots.scale]: { shape: [], data: Float32Array.of(initialScale) },
      [slots.steady]: { shape: [], data: Float32Array.of(0) },
    }),
    update(names, state, gradients, batch) {
      const { [slots.scale]: scale, [slots.steady]: steady } = state as Record<string, tf.Scalar>;
      const usable = gradients.map((gradient) => tf.less(tf.abs(gradient), beyond));
      const own = gradients.map((gradient, i) =>
        tf.div(tf.where(usable[i]!, gradient, tf.zerosLike(gradient)), scale!),
      );
      // 1 where every gradient is a number, else 0.
      const taken = usable.map((each) => tf.min(tf.cast(each, 'float32'))).reduce((a, b) => tf.minimum(a, b));
      const left = tf.sub(1, taken);
      const blend = (yes: tf.Tensor, no: tf.Tensor): tf.Tensor => tf.add(tf.mul(yes, taken), tf.mul(no, left));
      const updated = Object.entries(inner.update(names, state, own, batch)).map(
        ([name, value]) => [name, blend(value, state[name]!)] as const,
      );
      const counted = tf.add(steady!, 1);
      const grows = tf.cast(tf.greaterEqual(counted, growthSteps), 'float32');
      return {
        ...Object.fromEntries(updated),
        [slots.scale]: tf.mul(scale!, blend(tf.add(grows, 1), tf.scalar(0.5))),
        [slots.steady]: tf.mul(tf.mul(counted, taken), tf.sub(1, grows)),
      };
    },
  };
}
