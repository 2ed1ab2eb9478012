import { columnMeans, crossMoment, transpose } from '../../linear/cross-moment';
import { singularValues } from '../../linear/singular-values';
import { symmetricEigen } from '../../linear/symmetric-eigen';

/** The leading directions of a set of features. */
export interface Subspace {
  readonly d: number;
  /** count × d, row-major: orthonormal directions, the strongest first. */
  readonly basis: Float64Array;
  readonly count: number;
  /** All d eigenvalues of Σ f fᵀ, descending. */
  readonly energies: Float64Array;
  /** Share of the energy Σ ‖f‖² along the kept directions. */
  readonly held: number;
}

/** How many directions: a number, or as many as hold a share of the energy. */
export type SubspaceSize = { readonly count: number } | { readonly energy: number };

/**
 * The directions in feature space along which n samples' features (n × d, row-major) have most energy: leading
 * eigenvectors of Σ f fᵀ. The mean is kept, since features span what they span with it. Directions below 1e-12 of the
 * strongest are rounding and never kept.
 */
export function featureSubspace(features: Float32Array, n: number, size: SubspaceSize): Subspace {
  const d = features.length / n;
  const { values, vectors } =
    n < d ? directionsOfFew(features, n, d) : symmetricEigen(crossMoment(features, features, n), d);
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  const real = values.filter((value) => value > 1e-12 * values[0]!).length;
  let count = 0;
  let held = 0;
  const enough = (): boolean => ('count' in size ? count >= size.count : held >= size.energy * total * (1 - 1e-12));
  while (count < real && !enough()) held += values[count++]!;
  return { d, basis: vectors.slice(0, count * d), count, energies: values, held: total > 0 ? held / total : 0 };
}

/** Eigenpairs of Σ f fᵀ where there are fewer samples than dimensions, by the n × n matrix of their products. */
function directionsOfFew(
  features: Float32Array,
  n: number,
  d: number,
): { values: Float64Array; vectors: Float64Array } {
  const columns = transpose(features, n);
  const { values: found, vectors: samples } = symmetricEigen(crossMoment(columns, columns, d), n);
  const values = new Float64Array(d);
  values.set(found);
  const vectors = new Float64Array(n * d);
  for (let k = 0; k < n && found[k]! > 1e-12 * found[0]!; k++) {
    // v = Fᵀ u / √λ.
    const scale = 1 / Math.sqrt(found[k]!);
    for (let i = 0; i < n; i++) {
      const weight = samples[k * n + i]! * scale;
      for (let j = 0; j < d; j++) vectors[k * d + j]! += weight * features[i * d + j]!;
    }
  }
  return { values, vectors };
}

/**
 * Principal angles between two subspaces of feature space, in radians, ascending; as many as the smaller has
 * dimensions. A fixed head sees this: it reads along directions of feature space. Angles below about 1e-7 are rounding.
 */
export function principalAngles(a: Subspace, b: Subspace): number[] {
  if (a.d !== b.d) throw new RangeError(`The subspaces lie in spaces of ${a.d} and ${b.d} dimensions.`);
  return anglesOf(products(a, b), a.count, b.count);
}

/**
 * Principal angles between what the leading directions of two representations say about the same n samples: between
 * subspaces of functions on the samples, so that a rotation of feature space changes nothing. Two networks that learn
 * the same up to rotation have angles zero; a new head could undo all of the change. In radians, ascending.
 */
export function functionAngles(
  before: Float32Array,
  after: Float32Array,
  n: number,
  size: SubspaceSize,
  options: { readonly centred?: boolean } = {},
): number[] {
  const [x, y] = options.centred ? [centre(before, n), centre(after, n)] : [before, after];
  return anglesOfFunctions(x, y, n, featureSubspace(x, n, size), featureSubspace(y, n, size));
}

/** The same for subspaces that are known: a of x, b of y, both n × d. */
export function anglesOfFunctions(x: Float32Array, y: Float32Array, n: number, a: Subspace, b: Subspace): number[] {
  const cross = crossMoment(x, y, n);
  // u_i = X v_i / √λ_i are orthonormal functions on the samples; their products are vᵀ XᵀY w / √(λ μ).
  const overlap = new Float64Array(a.count * b.count);
  for (let i = 0; i < a.count; i++) {
    const row = new Float64Array(b.d);
    for (let p = 0; p < a.d; p++) {
      const weight = a.basis[i * a.d + p]!;
      for (let q = 0; q < b.d; q++) row[q]! += weight * cross[p * b.d + q]!;
    }
    for (let j = 0; j < b.count; j++) {
      let sum = 0;
      for (let q = 0; q < b.d; q++) sum += row[q]! * b.basis[j * b.d + q]!;
      overlap[i * b.count + j] = sum / Math.sqrt(a.energies[i]! * b.energies[j]!);
    }
  }
  return anglesOf(overlap, a.count, b.count);
}

/**
 * Share of the moves after − before that lies in a subspace: Σ ‖P δ_i‖² / Σ ‖δ_i‖², P the projection. With the subspace
 * of ID features it says how much of a change happens along directions that the training data use. `byChance` is what
 * moves in random directions would have, count / d. NaN where nothing moved.
 */
export function shareInSpan(
  before: Float32Array,
  after: Float32Array,
  span: Subspace,
): { share: number; byChance: number } {
  const { d, basis, count } = span;
  if (before.length !== after.length || before.length % d !== 0)
    throw new RangeError(`Expected two n × ${d} arrays, got ${before.length} and ${after.length} values.`);
  let [inside, total] = [0, 0];
  const move = new Float64Array(d);
  for (let at = 0; at < before.length; at += d) {
    for (let j = 0; j < d; j++) {
      move[j] = after[at + j]! - before[at + j]!;
      total += move[j]! ** 2;
    }
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let j = 0, b = i * d; j < d; j++, b++) sum += basis[b]! * move[j]!;
      inside += sum * sum;
    }
  }
  return { share: Math.min(1, inside / total), byChance: count / d };
}

function products(a: Subspace, b: Subspace): Float64Array {
  const overlap = new Float64Array(a.count * b.count);
  for (let i = 0; i < a.count; i++) {
    for (let j = 0; j < b.count; j++) {
      let sum = 0;
      for (let t = 0; t < a.d; t++) sum += a.basis[i * a.d + t]! * b.basis[j * b.d + t]!;
      overlap[i * b.count + j] = sum;
    }
  }
  return overlap;
}

function anglesOf(overlap: Float64Array, rows: number, columns: number): number[] {
  return singularValues(overlap, rows, columns).map((cosine) => Math.acos(Math.min(1, cosine)));
}

function centre(values: Float32Array, n: number): Float32Array {
  const mean = columnMeans(values, n);
  return values.map((value, i) => value - mean[i % mean.length]!);
}
