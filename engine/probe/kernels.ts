/**
 * The two passes over the data that multinomial logistic regression consists of, on a range of rows.
 * X is n × d float32; weights, gradients and directions are classes × d and bias-like vectors are of length classes.
 */
export class LogisticKernels {
  /** Class probabilities at the last evaluated point, n × classes. */
  private readonly probabilities: Float64Array;

  constructor(
    private readonly X: Float32Array,
    private readonly labels: Int32Array,
    readonly n: number,
    readonly d: number,
    readonly classes: number,
  ) {
    this.probabilities = new Float64Array(n * classes);
  }

  /** Adds Σ (p − y) xᵀ and Σ (p − y) to the gradients, Σ p (1 − p) to the curvature; returns the log-loss's sum. */
  evaluate(
    from: number,
    to: number,
    weights: Float64Array,
    bias: Float64Array,
    gradient: Float64Array,
    biasGradient: Float64Array,
    curvature: Float64Array,
  ): number {
    const { classes, labels, probabilities: p } = this;
    this.project(from, to, weights, bias, p);
    let loss = 0;
    const residual = new Float64Array((to - from) * classes);
    for (let i = from; i < to; i++) {
      const at = i * classes;
      let top = -Infinity;
      for (let k = 0; k < classes; k++) if (p[at + k]! > top) top = p[at + k]!;
      const own = p[at + labels[i]!]! - top;
      let sum = 0;
      for (let k = 0; k < classes; k++) sum += p[at + k] = Math.exp(p[at + k]! - top);
      loss += Math.log(sum) - own;
      for (let k = 0; k < classes; k++) {
        const probability = (p[at + k]! /= sum);
        const difference = probability - (k === labels[i] ? 1 : 0);
        residual[(i - from) * classes + k] = difference;
        biasGradient[k]! += difference;
        curvature[k]! += probability * (1 - probability);
      }
    }
    this.collect(from, to, residual, gradient);
    return loss;
  }

  /** Adds Σ (diag p − p pᵀ)(V x + v) xᵀ, the Hessian of the log-loss times a direction, and its part for the bias. */
  curve(
    from: number,
    to: number,
    direction: Float64Array,
    biasDirection: Float64Array,
    product: Float64Array,
    biasProduct: Float64Array,
  ): void {
    const { classes, probabilities: p } = this;
    const a = new Float64Array((to - from) * classes);
    this.project(from, to, direction, biasDirection, a, from);
    for (let i = from; i < to; i++) {
      const at = (i - from) * classes;
      let mean = 0;
      for (let k = 0; k < classes; k++) mean += p[i * classes + k]! * a[at + k]!;
      for (let k = 0; k < classes; k++) biasProduct[k]! += a[at + k] = p[i * classes + k]! * (a[at + k]! - mean);
    }
    this.collect(from, to, a, product);
  }

  /** out[i] = W x_i + b for rows from … to, four rows and two classes at a time. */
  private project(
    from: number,
    to: number,
    weights: Float64Array,
    bias: Float64Array,
    out: Float64Array,
    first = 0,
  ): void {
    const { X, d, classes } = this;
    for (let i = from; i < to; i += 4) {
      const rows = Math.min(4, to - i);
      const x0 = i * d;
      const x1 = rows > 1 ? x0 + d : x0;
      const x2 = rows > 2 ? x0 + 2 * d : x0;
      const x3 = rows > 3 ? x0 + 3 * d : x0;
      for (let k = 0; k < classes; k += 2) {
        const w0 = k * d;
        const w1 = k + 1 < classes ? w0 + d : w0;
        let [a0, a1, a2, a3, b0, b1, b2, b3] = [0, 0, 0, 0, 0, 0, 0, 0];
        for (let j = 0; j < d; j++) {
          const w = weights[w0 + j]!;
          const u = weights[w1 + j]!;
          a0 += w * X[x0 + j]!;
          a1 += w * X[x1 + j]!;
          a2 += w * X[x2 + j]!;
          a3 += w * X[x3 + j]!;
          b0 += u * X[x0 + j]!;
          b1 += u * X[x1 + j]!;
          b2 += u * X[x2 + j]!;
          b3 += u * X[x3 + j]!;
        }
        const a = [a0, a1, a2, a3];
        const b = [b0, b1, b2, b3];
        for (let r = 0; r < rows; r++) {
          const at = (i - first + r) * classes + k;
          out[at] = a[r]! + bias[k]!;
          if (k + 1 < classes) out[at + 1] = b[r]! + bias[k + 1]!;
        }
      }
    }
  }

  /** out (classes × d) += Rᵀ X over rows from … to; R has (to − from) × classes entries. */
  private collect(from: number, to: number, R: Float64Array, out: Float64Array): void {
    const { X, d, classes } = this;
    for (let i = from; i < to; i += 4) {
      const rows = Math.min(4, to - i);
      const x0 = i * d;
      const x1 = rows > 1 ? x0 + d : x0;
      const x2 = rows > 2 ? x0 + 2 * d : x0;
      const x3 = rows > 3 ? x0 + 3 * d : x0;
      for (let k = 0; k < classes; k++) {
        const at = (i - from) * classes + k;
        const r0 = R[at]!;
        const r1 = rows > 1 ? R[at + classes]! : 0;
        const r2 = rows > 2 ? R[at + 2 * classes]! : 0;
        const r3 = rows > 3 ? R[at + 3 * classes]! : 0;
        for (let j = 0, w = k * d; j < d; j++, w++)
          out[w]! += r0 * X[x0 + j]! + r1 * X[x1 + j]! + r2 * X[x2 + j]! + r3 * X[x3 + j]!;
      }
    }
  }
}
