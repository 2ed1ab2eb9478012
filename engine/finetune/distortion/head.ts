import { symmetricEigen } from '../../linear/symmetric-eigen';
import { principalAngles, type Subspace } from './subspace';

export interface HeadAlignment {
  /** Cosine between the two heads as vectors, in [−1, 1]; NaN where one of them is zero. */
  readonly cosine: number;
  /** Principal angles between the directions of feature space that the heads read, in radians, ascending. */
  readonly angles: readonly number[];
}

/**
 * How a head (classes × d, row-major) lies to another one, such as the linear probe's or a later one of the same
 * training. What softmax cannot see, one vector added to the weights of all classes, is taken away first.
 */
export function headAlignment(a: ArrayLike<number>, b: ArrayLike<number>, classes: number): HeadAlignment {
  if (a.length !== b.length || a.length % classes !== 0)
    throw new RangeError(`Expected two heads of ${classes} classes, got ${a.length} and ${b.length} weights.`);
  const [x, y] = [relative(a, classes), relative(b, classes)];
  let [product, ofX, ofY] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    product += x[i]! * y[i]!;
    ofX += x[i]! ** 2;
    ofY += y[i]! ** 2;
  }
  return {
    cosine: Math.min(1, Math.max(-1, product / Math.sqrt(ofX * ofY))),
    angles: principalAngles(rowSpace(x, classes), rowSpace(y, classes)),
  };
}

/** Weights with their mean over the classes taken away. */
function relative(weights: ArrayLike<number>, classes: number): Float64Array {
  const d = weights.length / classes;
  const out = Float64Array.from(weights);
  for (let j = 0; j < d; j++) {
    let mean = 0;
    for (let k = 0; k < classes; k++) mean += out[k * d + j]! / classes;
    for (let k = 0; k < classes; k++) out[k * d + j]! -= mean;
  }
  return out;
}

/** The span of the rows, from the eigenvectors of the small matrix of their products. */
function rowSpace(rows: Float64Array, classes: number): Subspace {
  const d = rows.length / classes;
  const gram = new Float64Array(classes * classes);
  for (let k = 0; k < classes; k++)
    for (let l = 0; l <= k; l++)
      for (let j = 0; j < d; j++) gram[k * classes + l]! += rows[k * d + j]! * rows[l * d + j]!;
  const { values, vectors } = symmetricEigen(gram, classes);
  const count = values.filter((value) => value > 1e-10 * values[0]!).length;
  const basis = new Float64Array(count * d);
  for (let i = 0; i < count; i++) {
    const scale = 1 / Math.sqrt(values[i]!);
    for (let k = 0; k < classes; k++) {
      const weight = vectors[i * classes + k]! * scale;
      for (let j = 0; j < d; j++) basis[i * d + j]! += weight * rows[k * d + j]!;
    }
  }
  return { d, basis, count, energies: values, held: 1 };
}
