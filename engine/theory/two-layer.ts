import { inverse, Matrix, SingularValueDecomposition } from 'ml-matrix';

/**
 * Two-layer linear networks (Kumar et al. 2022, "Fine-Tuning can Distort Pretrained Features and Underperform
 * Out-of-Distribution"): prediction vᵀB x, loss ‖X Bᵀ v − Y‖², trained by gradient flow.
 */
export interface TwoLayerNetwork {
  /** Head, k × 1. */
  readonly v: Matrix;
  /** Features, k × d. */
  readonly B: Matrix;
}

export interface LinearTask {
  /** Inputs of the training distribution, n × d. */
  readonly X: Matrix;
  /** Targets, n × 1. */
  readonly Y: Matrix;
}

/** ‖X Bᵀ v − Y‖². */
export function trainingLoss({ v, B }: TwoLayerNetwork, { X, Y }: LinearTask): number {
  return X.mmul(B.transpose().mmul(v)).sub(Y).norm('frobenius') ** 2;
}

/** ‖B⋆ᵀ v⋆ − Bᵀ v‖²: the loss in the worst direction, for inputs of identity second moment. */
export function outOfDistributionLoss(network: TwoLayerNetwork, truth: TwoLayerNetwork): number {
  return Matrix.sub(truth.B.transpose().mmul(truth.v), network.B.transpose().mmul(network.v)).norm('frobenius') ** 2;
}

/** Linear probe: v = (B Xᵀ X Bᵀ)⁻¹ B Xᵀ Y, features kept. */
export function linearProbe(B: Matrix, { X, Y }: LinearTask): TwoLayerNetwork {
  const features = X.mmul(B.transpose());
  const gram = features.transpose().mmul(features);
  return { v: inverse(gram).mmul(features.transpose().mmul(Y)), B };
}

function slope({ v, B }: TwoLayerNetwork, { X, Y }: LinearTask): TwoLayerNetwork {
  const pull = X.transpose()
    .mmul(X.mmul(B.transpose().mmul(v)).sub(Y))
    .mul(-2);
  return { v: B.mmul(pull), B: v.mmul(pull.transpose()) };
}

function moved(from: TwoLayerNetwork, by: TwoLayerNetwork, step: number): TwoLayerNetwork {
  return { v: Matrix.add(from.v, Matrix.mul(by.v, step)), B: Matrix.add(from.B, Matrix.mul(by.B, step)) };
}

/**
 * Fine-tuning as gradient flow of the training loss in v and B together, from `start`, by the classical
 * Runge–Kutta method. v vᵀ − B Bᵀ and B u for u orthogonal to the rows of X are constant along it.
 */
export function gradientFlow(
  start: TwoLayerNetwork,
  task: LinearTask,
  options: { step: number; steps: number },
): TwoLayerNetwork {
  let network = start;
  const { step } = options;
  for (let i = 0; i < options.steps; i++) {
    const k1 = slope(network, task);
    const k2 = slope(moved(network, k1, step / 2), task);
    const k3 = slope(moved(network, k2, step / 2), task);
    const k4 = slope(moved(network, k3, step), task);
    const ends = moved(k1, k4, 1);
    const middle = moved(k2, k3, 1);
    network = moved(network, moved(ends, middle, 2), step / 6);
  }
  return network;
}

/** v vᵀ − B Bᵀ, k × k. */
export function balance({ v, B }: TwoLayerNetwork): Matrix {
  return v.mmul(v.transpose()).sub(B.mmul(B.transpose()));
}

/** Orthonormal basis of the row space, as d × rank columns, and of its complement. */
export function rowSpace(matrix: Matrix): { basis: Matrix; complement: Matrix } {
  const d = matrix.columns;
  // The square matrix has a full set of right singular vectors.
  const { rightSingularVectors, diagonal } = new SingularValueDecomposition(matrix.transpose().mmul(matrix), {
    autoTranspose: true,
  });
  const rank = diagonal.filter((value) => value > 1e-12 * (diagonal[0] ?? 0)).length;
  const columns = (from: number, to: number) =>
    to > from ? rightSingularVectors.subMatrix(0, d - 1, from, to - 1) : Matrix.zeros(d, 0);
  return { basis: columns(0, rank), complement: columns(rank, d) };
}

export interface FineTuningBound {
  /** Lower bound of √L_ood for fine-tuning at every time (may be negative: then it says nothing). */
  readonly bound: number;
  /** cos θ_k(R, S⊥): how far the features' row space lies outside the data's. */
  readonly cosine: number;
  /** φ: how badly the head starts, √|(v₀ᵀv⋆)² − (v⋆ᵀv⋆)²|. */
  readonly headError: number;
  /** ε: spectral distance of the features to the aligned true ones. */
  readonly featureError: number;
}

/**
 * √L_ood ≥ (cos θ_k(R, S⊥)/√k) · min(φ, φ²/‖w⋆‖)/(1 + ‖w⋆‖)² − ε for fine-tuning from (v₀, B₀) at every time
 * (Kumar et al. 2022, theorem 3.2), R = rowspace(B₀), S = rowspace(X), both B₀ and B⋆ with orthonormal rows.
 * B⋆ and v⋆ are first turned by the orthogonal U that brings B⋆ nearest to B₀.
 */
export function fineTuningBound(start: TwoLayerNetwork, truth: TwoLayerNetwork, X: Matrix): FineTuningBound {
  const k = start.B.rows;
  const svd = new SingularValueDecomposition(start.B.mmul(truth.B.transpose()));
  const U = svd.leftSingularVectors.mmul(svd.rightSingularVectors.transpose());
  const alignedHead = U.mmul(truth.v);
  const featureError = new SingularValueDecomposition(Matrix.sub(start.B, U.mmul(truth.B)), { autoTranspose: true })
    .diagonal[0]!;
  const R = rowSpace(start.B).basis;
  const outside = rowSpace(X).complement;
  const cosines =
    outside.columns === 0
      ? []
      : new SingularValueDecomposition(R.transpose().mmul(outside), { autoTranspose: true }).diagonal;
  const cosine = Math.min(1, cosines[k - 1] ?? 0);
  const strength = alignedHead.dot(alignedHead);
  const headError = Math.sqrt(Math.abs(start.v.dot(alignedHead) ** 2 - strength ** 2));
  const size = truth.B.transpose().mmul(truth.v).norm('frobenius');
  const bound = ((cosine / Math.sqrt(k)) * Math.min(headError, headError ** 2 / size)) / (1 + size) ** 2 - featureError;
  return { bound, cosine, headError, featureError };
}

export interface ToyLimit {
  /** v∞ */
  readonly head: number;
  /** b₁ at the end, the feature's weight along the training input. */
  readonly feature: number;
  /** L_ood at the end. */
  readonly outOfDistributionLoss: number;
}

/**
 * Where fine-tuning ends in the smallest case, in closed form: d = 2, k = 1, one training input (1, 0),
 * B₀ = (cosine, sine) of unit length, w⋆ = v⋆ (cosine, sine), head v₀. From the invariant v² − b₁² = q and v b₁ = v⋆ c.
 */
export function toyLimit(v0: number, target: number, cosine: number, sine: number): ToyLimit {
  const q = v0 * v0 - cosine * cosine;
  const goal = target * cosine;
  const squared = (q + Math.sqrt(q * q + 4 * goal * goal)) / 2;
  if (q === 0 && v0 * cosine * goal < 0) {
    // The one start from which the flow ends at the saddle (0, 0) instead of fitting its example.
    return { head: 0, feature: 0, outOfDistributionLoss: target * target };
  }
  const sign = q < 0 ? Math.sign(goal) : Math.sign(v0);
  const head = sign * Math.sqrt(squared);
  return {
    head,
    feature: head === 0 ? Math.sign(cosine) * Math.sqrt(-q) : goal / head,
    outOfDistributionLoss: sine * sine * (target - head) ** 2,
  };
}
