import * as tf from '../compute/tensorflow';
import { triangleTaps } from '../data/resize';
import type { Encoder } from './encoder';

/**
 * The same network for images of another size: they are brought to its own as they enter it, so that they may be stored
 * small. Enlarged bilinearly, reduced with antialiasing, as images are when they are read.
 */
export function acceptImages(encoder: Encoder, inputShape: readonly number[]): Encoder {
  if (String(inputShape) === String(encoder.inputShape)) return encoder;
  const [height, width] = encoder.inputShape as [number, number];
  return {
    ...encoder,
    inputShape,
    networkShape: encoder.inputShape,
    apply: (pass, x) => encoder.apply(pass, resizeImages(x as tf.Tensor4D, height, width)),
  };
}

/** x: [n, h, w, c]. Returns [n, height, width, c]. */
export function resizeImages(x: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  if (h === height && w === width) return x;
  // Enlarging, the triangle filter is plain bilinear interpolation.
  if (h <= height && w <= width) return tf.image.resizeBilinear(x, [height, width], false, true);
  // Both directions are small constant matrices.
  const rows = tf.matMul(
    filterMatrix(h, height),
    tf.reshape(tf.transpose(x, [1, 0, 2, 3]), [h, n * w * c]) as tf.Tensor2D,
  );
  const sideways = tf.reshape(tf.transpose(tf.reshape(rows, [height, n, w, c]), [1, 0, 3, 2]), [n * height * c, w]);
  const columns = tf.matMul(sideways as tf.Tensor2D, filterMatrix(w, width), false, true);
  return tf.transpose(tf.reshape(columns, [n, height, c, width]), [0, 1, 3, 2]);
}

/** to × from. */
function filterMatrix(from: number, to: number): tf.Tensor2D {
  const data = new Float32Array(to * from);
  triangleTaps(from, to).forEach(({ first, weights }, i) => data.set(weights, i * from + first));
  return tf.tensor2d(data, [to, from]);
}
