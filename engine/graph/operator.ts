import { setImmediate as pause } from 'node:timers/promises';
import { Cancelled } from '../errors';
import { symmetricEigen } from '../linear/symmetric-eigen';

export interface OperatorSpectrum {
  /** The d eigenvalues of E[f fᵀ], descending: every non-zero eigenvalue of the n × n operator. */
  readonly eigenvalues: Float64Array;
  /** n × count, row-major: column i is the unit eigenvector u_i of the operator; its largest entry is positive. */
  readonly eigenvectors: Float32Array;
  /** How many eigenvectors there are: as asked, less where the operator's rank is smaller. */
  readonly count: number;
}

export interface OperatorOptions {
  readonly signal?: AbortSignal;
  readonly progress?: (rowsDone: number) => void;
}

/**
 * Spectrum of the operator that a representation defines. With uniform weights w_x = 1/n and rows F_x = √w_x f(x)
 * it is K = F Fᵀ (n × n), the factorisation that the spectral contrastive loss fits to Ā (HaoChen et al. 2021,
 * theorem 3.1 and lemma 3.2): for a minimiser of the loss the eigenvalues of K are the leading ones of Ā, and its
 * eigenvectors u_i are Ā's. K's non-zero eigenvalues are those of the d × d second moment FᵀF = E[f fᵀ], with
 * u_i = F v_i / √λ_i.
 *
 * The mean is not subtracted: Ā's top eigenvector is √w, constant for uniform weights, with eigenvalue 1, and belongs
 * to the spectrum. A representation that was not trained by this loss has eigenvalues on a scale of its own.
 *
 * `features` is n × d, row-major. Takes O(n d²) + O(d³) time; sums are in double precision.
 */
export async function operatorSpectrum(
  features: Float32Array,
  n: number,
  d: number,
  count: number,
  options: OperatorOptions = {},
): Promise<OperatorSpectrum> {
  if (features.length !== n * d) throw new RangeError(`Expected ${n} × ${d} values, got ${features.length}.`);
  const moment = await secondMoment(features, n, d, options);
  const wanted = Math.min(count, n, d);
  const { values, vectors } = symmetricEigen(moment, d, wanted);
  // Singles carry 24 bits: below this share of λ₁ a direction is rounding noise, not part of the operator.
  const floor = (values[0] ?? 0) * 1e-12;
  let rank = 0;
  while (rank < wanted && values[rank]! > floor) rank++;
  const scales = Float64Array.from({ length: rank }, (_, i) => 1 / Math.sqrt(values[i]! * n));
  const eigenvectors = new Float32Array(n * rank);
  for (let x = 0; x < n; x++) {
    if (x % 4096 === 0) await breathe(options);
    for (let i = 0; i < rank; i++) {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += features[x * d + j]! * vectors[i * d + j]!;
      eigenvectors[x * rank + i] = sum * scales[i]!;
    }
  }
  fixSigns(eigenvectors, n, rank);
  return { eigenvalues: values, eigenvectors, count: rank };
}

/** E[f fᵀ] of n × d rows, d × d row-major, summed in double precision. */
export async function secondMoment(
  features: Float32Array,
  n: number,
  d: number,
  options: OperatorOptions = {},
): Promise<Float64Array> {
  const moment = new Float64Array(d * d);
  // Eight rows at a time: each entry of the moment is loaded and stored once for eight products.
  const block = 8;
  const rows = new Float64Array(block * d);
  const rowsAPause = Math.max(block, block * Math.floor(2e7 / (d * d * block)));
  for (let from = 0; from < n; from += block) {
    if (from % rowsAPause === 0) await breathe(options, from);
    rows.fill(0);
    rows.set(features.subarray(from * d, Math.min(n, from + block) * d));
    for (let i = 0; i < d; i++) addOuter(moment, rows, d, i);
  }
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) moment[j * d + i] = moment[i * d + j]! /= n;
  }
  return moment;
}

/** moment[i, j ≤ i] += Σ over the eight rows of row[i] · row[j]. */
function addOuter(moment: Float64Array, rows: Float64Array, d: number, i: number): void {
  const a0 = rows[i]!;
  const a1 = rows[d + i]!;
  const a2 = rows[2 * d + i]!;
  const a3 = rows[3 * d + i]!;
  const a4 = rows[4 * d + i]!;
  const a5 = rows[5 * d + i]!;
  const a6 = rows[6 * d + i]!;
  const a7 = rows[7 * d + i]!;
  for (let j = 0, to = i * d; j <= i; j++, to++) {
    moment[to]! +=
      a0 * rows[j]! +
      a1 * rows[d + j]! +
      a2 * rows[2 * d + j]! +
      a3 * rows[3 * d + j]! +
      a4 * rows[4 * d + j]! +
      a5 * rows[5 * d + j]! +
      a6 * rows[6 * d + j]! +
      a7 * rows[7 * d + j]!;
  }
}

async function breathe({ signal, progress }: OperatorOptions, done?: number): Promise<void> {
  if (done !== undefined) progress?.(done);
  if (!signal) return;
  await pause();
  if (signal.aborted) throw new Cancelled();
}

/** Turns each column so that its entry of largest magnitude is positive: eigenvectors have no sign of their own. */
function fixSigns(vectors: Float32Array, n: number, count: number): void {
  for (let i = 0; i < count; i++) {
    let largest = 0;
    for (let x = 0; x < n; x++)
      if (Math.abs(vectors[x * count + i]!) > Math.abs(largest)) largest = vectors[x * count + i]!;
    if (largest < 0) for (let x = 0; x < n; x++) vectors[x * count + i]! *= -1;
  }
}
