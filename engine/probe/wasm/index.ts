// The passes of multinomial logistic regression over its data. All sizes and places are set once; X is n rows (padded
// with zero rows to a multiple of 32) of `stride` f32, probabilities are rows of `classes` f32, classes even.

import { collect32, collect64 } from './collect';
import { momentBlock } from './moment';
import { project32, project64 } from './project';

export { factorRows, inverseColumns, inverseRows } from './inverse';
export { recallDown, recallUp } from './memory';

/** Rows that are worked on together: their part of X stays in the cache between the two products. */
const blockRows: i32 = 32;

/** First address that the tables of exp and log leave free. */
export function firstFree(): usize {
  return __heap_base;
}

let n: i32 = 0;
let stride: usize = 0;
/** As stored, even, and as they are. */
let classes: i32 = 0;
let realClasses: i32 = 0;
let x: usize = 0;
let labels: usize = 0;
let probabilities: usize = 0;
/** Room for 64 rows of X and for 32 rows of scores. */
let scratch: usize = 0;

export function setProblem(
  rows: i32,
  rowStride: i32,
  storedClasses: i32,
  trueClasses: i32,
  xAt: usize,
  labelsAt: usize,
  probabilitiesAt: usize,
  scratchAt: usize,
): void {
  n = rows;
  stride = rowStride;
  classes = storedClasses;
  realClasses = trueClasses;
  x = xAt;
  labels = labelsAt;
  probabilities = probabilitiesAt;
  scratch = scratchAt;
}

/** From scores to residuals p − y, in place, for one row; keeps p. Adds to the sums and returns the row's loss. */
function softmax(row: i32, scores: usize, sums: usize): f64 {
  const kept = probabilities + ((<usize>(row * classes)) << 2);
  const label = load<i32>(labels + ((<usize>row) << 2));
  let top = load<f64>(scores);
  for (let k = 1; k < realClasses; k++) top = Math.max(top, load<f64>(scores + ((<usize>k) << 3)));
  const own = load<f64>(scores + ((<usize>label) << 3)) - top;
  let total: f64 = 0;
  for (let k = 0; k < realClasses; k++) {
    const at = scores + ((<usize>k) << 3);
    const power = Math.exp(load<f64>(at) - top);
    store<f64>(at, power);
    total += power;
  }
  const curvatures = sums + ((<usize>classes) << 3);
  for (let k = 0; k < realClasses; k++) {
    const offset = (<usize>k) << 3;
    const p = load<f64>(scores + offset) / total;
    store<f32>(kept + ((<usize>k) << 2), <f32>p);
    const residual = k == label ? p - 1 : p;
    store<f64>(scores + offset, residual);
    store<f64>(sums + offset, load<f64>(sums + offset) + residual);
    store<f64>(curvatures + offset, load<f64>(curvatures + offset) + p * (1 - p));
  }
  for (let k = realClasses; k < classes; k++) store<f64>(scores + ((<usize>k) << 3), 0);
  return Math.log(total) - own;
}

/**
 * Rows [from, to), from a multiple of 32. Adds Σ (p − y) xᵀ to `gradient` (classes × stride f64), Σ (p − y) and
 * Σ p (1 − p) to `sums` (2 classes f64), and returns the sum of the log-losses.
 */
export function evaluate(from: i32, to: i32, weights: usize, bias: usize, gradient: usize, sums: usize): f64 {
  let loss: f64 = 0;
  const scoreBytes = (<usize>classes) << 3;
  for (let row = from; row < to; row += blockRows) {
    const rows = min(blockRows, to - row);
    const at = x + ((<usize>row * stride) << 2);
    project64(at, (rows + 3) & ~3, stride, weights, bias, classes, scratch);
    for (let i = 0; i < rows; i++) loss += softmax(row + i, scratch + <usize>i * scoreBytes, sums);
    collect64(at, rows, stride, scratch, classes, gradient);
  }
  return loss;
}

/**
 * From scores v to (diag p − p pᵀ) v, in place, for one row. Scores are taken relative to the label's, whose own part is
 * minus the sum of the others: so nothing cancels where its probability is almost one.
 */
function curveRow(row: i32, scores: usize, biasDirection: usize, biasProduct: usize): void {
  const bytes = (<usize>classes) << 2;
  const p = probabilities + <usize>row * bytes;
  const label = (<usize>load<i32>(labels + ((<usize>row) << 2))) << 2;
  const own = load<f32>(scores + label) + load<f32>(biasDirection + label);
  let mean: f32 = 0;
  for (let k: usize = 0; k < bytes; k += 4) {
    const score = load<f32>(scores + k) + load<f32>(biasDirection + k) - own;
    store<f32>(scores + k, score);
    mean += load<f32>(p + k) * score;
  }
  let others: f32 = 0;
  for (let k: usize = 0; k < bytes; k += 4) {
    const value = load<f32>(p + k) * (load<f32>(scores + k) - mean);
    store<f32>(scores + k, value);
    if (k != label) others += value;
  }
  store<f32>(scores + label, -others);
  for (let k: usize = 0; k < bytes; k += 4) {
    const at = biasProduct + (k << 1);
    store<f64>(at, load<f64>(at) + <f64>load<f32>(scores + k));
  }
}

/**
 * Rows [from, to): adds Σ (diag p − p pᵀ)(V x + v) xᵀ to `product` (classes × stride f32) and, without xᵀ, to
 * `biasProduct` (classes f64). V is classes × stride f32, v is classes f32.
 */
export function curve(
  from: i32,
  to: i32,
  direction: usize,
  biasDirection: usize,
  product: usize,
  biasProduct: usize,
): void {
  const scoreBytes = (<usize>classes) << 2;
  for (let row = from; row < to; row += blockRows) {
    const rows = min(blockRows, to - row);
    const at = x + ((<usize>row * stride) << 2);
    project32(at, (rows + 3) & ~3, stride, direction, classes, scratch, scoreBytes, 4);
    for (let i = 0; i < rows; i++) {
      curveRow(row + i, scratch + <usize>i * scoreBytes, biasDirection, biasProduct);
    }
    collect32(at, rows, stride, scratch, classes, product);
  }
}

/** Rows [from, to): adds Σ z zᵀ, z = (x − mean) · inverseScale, to `out` (stride × stride f64, lower blocks). */
export function moment(from: i32, to: i32, mean: usize, inverseScale: usize, out: usize): void {
  const bytes = stride << 2;
  for (let row = from; row < to; row += 64) {
    const rows = min(64, to - row);
    for (let i = 0; i < rows; i++) {
      const source = x + <usize>(row + i) * bytes;
      const target = scratch + <usize>i * bytes;
      for (let j: usize = 0; j < bytes; j += 16) {
        const centred = f32x4.sub(v128.load(source + j), v128.load(mean + j));
        v128.store(target + j, f32x4.mul(centred, v128.load(inverseScale + j)));
      }
    }
    momentBlock(scratch, rows, <i32>stride, out);
  }
}

/** out[k] = A v[k] for a symmetric matrix (d rows of stride f32, rows padded with zeros to a multiple of 4). */
export function multiply(matrix: usize, d: i32, vectors: usize, out: usize): void {
  project32(matrix, (d + 3) & ~3, stride, vectors, classes, out, 4, stride << 2);
}
