/**
 * Σ_i a_i b_iᵀ over the rows of two matrices, n × p and n × q, row-major: p × q, row-major, in double precision.
 * Means are subtracted first where they are given. O(n p q).
 */
export function crossMoment(
  a: Float32Array,
  b: Float32Array,
  n: number,
  means?: { readonly a: Float64Array; readonly b: Float64Array },
): Float64Array {
  const p = a.length / n;
  const q = b.length / n;
  const out = new Float64Array(p * q);
  // Eight rows at a time: each entry of the result is loaded and stored once for eight products.
  const block = 8;
  const left = new Float64Array(block * p);
  const right = new Float64Array(block * q);
  for (let from = 0; from < n; from += block) {
    const rows = Math.min(block, n - from);
    fill(left, a, from, rows, p, means?.a);
    fill(right, b, from, rows, q, means?.b);
    for (let i = 0; i < p; i++) addOuter(out, left, right, p, q, i);
  }
  return out;
}

function fill(
  block: Float64Array,
  source: Float32Array,
  from: number,
  rows: number,
  width: number,
  mean: Float64Array | undefined,
): void {
  block.fill(0);
  block.set(source.subarray(from * width, (from + rows) * width));
  if (mean) for (let r = 0; r < rows; r++) for (let j = 0; j < width; j++) block[r * width + j]! -= mean[j]!;
}

function addOuter(out: Float64Array, left: Float64Array, right: Float64Array, p: number, q: number, i: number): void {
  const [a0, a1, a2, a3] = [left[i]!, left[p + i]!, left[2 * p + i]!, left[3 * p + i]!];
  const [a4, a5, a6, a7] = [left[4 * p + i]!, left[5 * p + i]!, left[6 * p + i]!, left[7 * p + i]!];
  for (let j = 0, to = i * q; j < q; j++, to++) {
    out[to]! +=
      a0 * right[j]! +
      a1 * right[q + j]! +
      a2 * right[2 * q + j]! +
      a3 * right[3 * q + j]! +
      a4 * right[4 * q + j]! +
      a5 * right[5 * q + j]! +
      a6 * right[6 * q + j]! +
      a7 * right[7 * q + j]!;
  }
}

/** The mean of the rows of an n × d matrix. */
export function columnMeans(values: Float32Array, n: number): Float64Array {
  const d = values.length / n;
  const mean = new Float64Array(d);
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) mean[j]! += values[at]!;
  return mean.map((sum) => sum / n);
}

/** An n × d matrix, row-major, as d × n. */
export function transpose(values: Float32Array, n: number): Float32Array {
  const d = values.length / n;
  const out = new Float32Array(values.length);
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) out[j * n + i] = values[at]!;
  return out;
}
