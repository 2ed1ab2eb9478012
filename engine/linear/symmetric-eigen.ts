import { stream } from '../data/random';

export interface SymmetricEigen {
  /** All n eigenvalues, descending. */
  readonly values: Float64Array;
  /** count × n, row-major: row i is the unit eigenvector of values[i]. */
  readonly vectors: Float64Array;
}

/**
 * Eigenvalues and the `count` leading eigenvectors of a dense symmetric n × n matrix (row-major; only the lower
 * triangle is read, the input is left as it is). Householder tridiagonalisation, then implicit QL (EISPACK tred2
 * and tql2, on rows so that every inner loop runs along memory). When few vectors are wanted they come from inverse
 * iteration on the tridiagonal matrix (LAPACK dstein's scheme), checked by residual and redone by QL on failure.
 */
export function symmetricEigen(matrix: Float64Array, n: number, count = n): SymmetricEigen {
  if (matrix.length !== n * n) throw new RangeError(`Expected ${n} × ${n} values, got ${matrix.length}.`);
  const reduced = tridiagonalize(matrix, n);
  let solved: SymmetricEigen | undefined;
  if (n > 96 && count <= n / 3) solved = inverseIteration(reduced, n, count);
  solved ??= implicitQl(reduced.diagonal.slice(), reduced.offDiagonal.slice(), n, count, true);
  backTransform(reduced, n, solved.vectors);
  return solved;
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** offDiagonal[i] couples i − 1 and i; entry 0 is unused. */
  readonly offDiagonal: Float64Array;
  /** Row i holds the Householder vector, of length i, that reduced row i. */
  readonly reflectors: Float64Array;
  /** 2 / ‖v‖² of each reflector, 0 where none was needed. */
  readonly scales: Float64Array;
}

function tridiagonalize(matrix: Float64Array, n: number): Tridiagonal {
  const a = matrix.slice();
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  const scales = new Float64Array(n);
  const product = new Float64Array(n);
  for (let i = n - 1; i > 0; i--) {
    const v = a.subarray(i * n, i * n + i);
    diagonal[i] = a[i * n + i]!;
    const last = v[i - 1]!;
    let largest = 0;
    for (let j = 0; j < i - 1; j++) largest = Math.max(largest, Math.abs(v[j]!));
    if (largest === 0) {
      offDiagonal[i] = last;
      continue;
    }
    largest = Math.max(largest, Math.abs(last));
    let squares = 0;
    for (let j = 0; j < i; j++) {
      v[j]! /= largest;
      squares += v[j]! * v[j]!;
    }
    const norm = v[i - 1]! > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    offDiagonal[i] = norm * largest;
    const scale = 1 / (squares - v[i - 1]! * norm);
    v[i - 1]! -= norm;
    scales[i] = scale;
    // product = scale · A v over the leading i × i block, from its lower triangle.
    product.fill(0, 0, i);
    for (let r = 0; r < i; r++) {
      const row = r * n;
      const vr = v[r]!;
      let sum = 0;
      for (let c = 0; c < r; c++) {
        const value = a[row + c]!;
        sum += value * v[c]!;
        product[c]! += value * vr;
      }
      product[r]! += sum + a[row + r]! * vr;
    }
    let overlap = 0;
    for (let r = 0; r < i; r++) {
      product[r]! *= scale;
      overlap += product[r]! * v[r]!;
    }
    const shift = (overlap * scale) / 2;
    for (let r = 0; r < i; r++) product[r]! -= shift * v[r]!;
    for (let r = 0; r < i; r++) {
      const row = r * n;
      const vr = v[r]!;
      const wr = product[r]!;
      for (let c = 0; c <= r; c++) a[row + c]! -= vr * product[c]! + wr * v[c]!;
    }
  }
  diagonal[0] = a[0] ?? 0;
  return { diagonal, offDiagonal, reflectors: a, scales };
}

/** z ← H_{n−1} … H_2 z for each of the row vectors: from the tridiagonal matrix's basis to the original one. */
function backTransform({ reflectors, scales }: Tridiagonal, n: number, vectors: Float64Array): void {
  for (let from = 0; from < vectors.length; from += n) {
    const z = vectors.subarray(from, from + n);
    for (let i = 2; i < n; i++) {
      if (scales[i] === 0) continue;
      const row = i * n;
      let dot = 0;
      for (let j = 0; j < i; j++) dot += reflectors[row + j]! * z[j]!;
      dot *= scales[i]!;
      for (let j = 0; j < i; j++) z[j]! -= dot * reflectors[row + j]!;
    }
  }
}

/** Implicit QL with Wilkinson's shift on a tridiagonal matrix; both arrays are overwritten. */
function implicitQl(d: Float64Array, e: Float64Array, n: number, count: number, withVectors: boolean): SymmetricEigen {
  const z = new Float64Array(withVectors ? n * n : 0);
  if (withVectors) for (let i = 0; i < n; i++) z[i * n + i] = 1;
  e.copyWithin(0, 1);
  if (n > 0) e[n - 1] = 0;
  // Relative to the whole matrix: blocks of rounding noise beside large eigenvalues never converge relative to themselves.
  let negligible = 0;
  for (let i = 0; i < n; i++) negligible = Math.max(negligible, Number.EPSILON * (Math.abs(d[i]!) + Math.abs(e[i]!)));
  for (let l = 0; l < n; l++) {
    for (let sweeps = 0; ; sweeps++) {
      let m = l;
      for (; m < n - 1; m++) {
        if (Math.abs(e[m]!) <= negligible) break;
      }
      if (m === l) break;
      if (sweeps === 60) throw new Error('The QL iteration did not converge.');
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      let r = Math.hypot(g, 1);
      g = d[m]! - d[l]! + e[l]! / (g + (g >= 0 ? r : -r));
      let sine = 1;
      let cosine = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = sine * e[i]!;
        const b = cosine * e[i]!;
        r = Math.sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1]! -= p;
          e[m] = 0;
          break;
        }
        sine = f / r;
        cosine = g / r;
        g = d[i + 1]! - p;
        r = (d[i]! - g) * sine + 2 * cosine * b;
        p = sine * r;
        d[i + 1] = g + p;
        g = cosine * r - b;
        if (withVectors) rotate(z, i * n, n, sine, cosine);
      }
      if (r === 0 && i >= l) continue;
      d[l]! -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => d[j]! - d[i]!);
  const vectors = new Float64Array(withVectors ? count * n : 0);
  if (withVectors) for (let i = 0; i < count; i++) vectors.set(z.subarray(order[i]! * n, order[i]! * n + n), i * n);
  return { values: Float64Array.from(order, (i) => d[i]!), vectors };
}

/** Rotates row i and the row after it. */
function rotate(z: Float64Array, row: number, n: number, sine: number, cosine: number): void {
  for (let a = row, b = row + n, end = row + n; a < end; a++, b++) {
    const f = z[b]!;
    const value = z[a]!;
    z[b] = sine * value + cosine * f;
    z[a] = cosine * value - sine * f;
  }
}

/** Undefined when some vector fails its residual or orthogonality check. */
function inverseIteration(
  { diagonal, offDiagonal }: Tridiagonal,
  n: number,
  count: number,
): SymmetricEigen | undefined {
  const { values } = implicitQl(diagonal.slice(), offDiagonal.slice(), n, 0, false);
  let norm = 0;
  for (let i = 0; i < n; i++)
    norm = Math.max(norm, Math.abs(diagonal[i]!) + Math.abs(offDiagonal[i]!) + Math.abs(offDiagonal[i + 1] ?? 0));
  const vectors = new Float64Array(count * n);
  const random = stream(0, 'inverse iteration');
  let shift = Infinity;
  for (let i = 0; i < count; i++) {
    const x = vectors.subarray(i * n, i * n + n);
    // Shifts of a cluster are kept apart by a little, so that their solutions differ.
    shift = Math.min(values[i]!, shift - 10 * Number.EPSILON * norm);
    const solve = factorShifted(diagonal, offDiagonal, n, shift, Number.EPSILON * norm);
    for (let j = 0; j < n; j++) x[j] = random.uniform(-1, 1);
    let clusterStart = i;
    while (clusterStart > 0 && values[clusterStart - 1]! - values[clusterStart]! < 1e-3 * norm) clusterStart--;
    let residual = Infinity;
    for (let pass = 0; pass < 6 && residual > 1e-13 * norm * Math.sqrt(n); pass++) {
      solve(x);
      normalize(x);
      for (let sweep = 0; sweep < 2; sweep++) {
        for (let j = clusterStart; j < i; j++) {
          let dot = 0;
          for (let t = 0; t < n; t++) dot += vectors[j * n + t]! * x[t]!;
          for (let t = 0; t < n; t++) x[t]! -= dot * vectors[j * n + t]!;
        }
      }
      normalize(x);
      residual = tridiagonalResidual(diagonal, offDiagonal, n, values[i]!, x);
    }
    if (!(residual <= 1e-11 * norm * Math.sqrt(n))) return undefined;
  }
  return { values, vectors };
}

function normalize(x: Float64Array): void {
  let largest = 0;
  for (const value of x) largest = Math.max(largest, Math.abs(value));
  let squares = 0;
  for (let i = 0; i < x.length; i++) {
    x[i]! /= largest;
    squares += x[i]! * x[i]!;
  }
  const scale = 1 / Math.sqrt(squares);
  for (let i = 0; i < x.length; i++) x[i]! *= scale;
}

function tridiagonalResidual(d: Float64Array, e: Float64Array, n: number, value: number, x: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < n; i++) {
    let sum = (d[i]! - value) * x[i]!;
    if (i > 0) sum += e[i]! * x[i - 1]!;
    if (i < n - 1) sum += e[i + 1]! * x[i + 1]!;
    squares += sum * sum;
  }
  return Math.sqrt(squares);
}

/** LU of T − shift·I with partial pivoting; zero pivots become `tiny`. Returns the solver, in place. */
function factorShifted(
  d: Float64Array,
  e: Float64Array,
  n: number,
  shift: number,
  tiny: number,
): (x: Float64Array) => void {
  const pivot = new Float64Array(n);
  const upper = new Float64Array(n);
  const upper2 = new Float64Array(n);
  const lower = new Float64Array(n);
  const swapped = new Uint8Array(n);
  pivot[0] = d[0]! - shift;
  upper[0] = n > 1 ? e[1]! : 0;
  for (let i = 0; i < n - 1; i++) {
    const below = e[i + 1]!;
    const nextDiagonal = d[i + 1]! - shift;
    const nextUpper = i + 2 < n ? e[i + 2]! : 0;
    if (Math.abs(pivot[i]!) >= Math.abs(below)) {
      if (pivot[i] === 0) pivot[i] = tiny;
      lower[i] = below / pivot[i]!;
      pivot[i + 1] = nextDiagonal - lower[i]! * upper[i]!;
      upper[i + 1] = nextUpper;
    } else {
      swapped[i] = 1;
      lower[i] = pivot[i]! / below;
      const above = upper[i]!;
      pivot[i] = below;
      upper[i] = nextDiagonal;
      upper2[i] = nextUpper;
      pivot[i + 1] = above - lower[i]! * nextDiagonal;
      upper[i + 1] = -lower[i]! * nextUpper;
    }
  }
  for (let i = 0; i < n; i++) if (Math.abs(pivot[i]!) < tiny) pivot[i] = pivot[i]! < 0 ? -tiny : tiny;
  return (x) => {
    for (let i = 0; i < n - 1; i++) {
      if (swapped[i]) {
        const swap = x[i]!;
        x[i] = x[i + 1]!;
        x[i + 1] = swap - lower[i]! * x[i]!;
      } else x[i + 1]! -= lower[i]! * x[i]!;
    }
    for (let i = n - 1; i >= 0; i--) {
      let value = x[i]!;
      if (i + 1 < n) value -= upper[i]! * x[i + 1]!;
      if (i + 2 < n) value -= upper2[i]! * x[i + 2]!;
      x[i] = value / pivot[i]!;
      // The direction alone matters: pull the tail back before it overflows.
      if (Math.abs(x[i]!) > 1e200) for (let j = 0; j < n; j++) x[j]! *= 1e-200;
    }
  };
}
