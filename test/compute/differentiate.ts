import * as tf from '../../engine/compute/tensorflow';
import type { HostArrays, TensorMap } from '../../engine/compute/device';
import { expectParity } from './parity';

/** Value of f and its gradients with respect to every float input, compiled and on tfjs-cpu, within the tolerances. */
export async function expectSameDerivative(inputs: HostArrays, f: (x: TensorMap) => tf.Tensor): Promise<void> {
  const names = Object.keys(inputs).filter((name) => inputs[name]!.data instanceof Float32Array);
  await expectParity(
    {
      state: {},
      step: (_state, batch) => {
        const value = f(batch);
        // A weighted sum of squares makes every element's gradient different.
        const loss = (...tensors: tf.Tensor[]): tf.Scalar => {
          const y = f({ ...batch, ...Object.fromEntries(names.map((name, i) => [name, tensors[i]!])) });
          const weights = tf.tensor(
            Float32Array.from({ length: y.size }, (_, i) => 0.5 + ((i * 7) % 11) / 11),
            y.shape,
          );
          return tf.sum(tf.square(tf.mul(y, weights)));
        };
        const gradients = tf.grads(loss)(names.map((name) => batch[name]!));
        return {
          outputs: { value, ...Object.fromEntries(names.map((name, i) => [`gradient of ${name}`, gradients[i]!])) },
        };
      },
    },
    [inputs],
  );
}
