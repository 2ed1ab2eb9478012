import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/**
 * An explicit weighted graph: n × n symmetric weights, non-negative, of total 1 (positive-pair graph of HaoChen,
 * Wei, Gaidon and Ma 2021, "Provable Guarantees for Self-Supervised Deep Learning with Spectral Contrastive Loss").
 */
export interface ExplicitGraph {
  readonly weights: Matrix;
  /** w_x = Σ_x' w_xx', length n, all positive. */
  readonly nodeWeights: readonly number[];
}

/** Scales a symmetric non-negative matrix to total weight 1. */
export function explicitGraph(weights: Matrix): ExplicitGraph {
  const n = weights.rows;
  if (weights.columns !== n) throw new RangeError(`Weights are ${n} × ${weights.columns}, not square.`);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const [a, b] = [weights.get(i, j), weights.get(j, i)];
      if (!(a >= 0) || Math.abs(a - b) > 1e-12 * Math.max(a, b))
        throw new RangeError(
          `Weights must be symmetric and non-negative: entry (${i}, ${j}) is ${a}, its mirror ${b}.`,
        );
    }
  }
  const scaled = Matrix.div(weights, weights.sum());
  const nodeWeights = scaled.sum('row');
  const isolated = nodeWeights.findIndex((w) => !(w > 0));
  if (isolated >= 0) throw new RangeError(`Node ${isolated} has no weight.`);
  return { weights: scaled, nodeWeights };
}

/** Ā = D^-1/2 A D^-1/2 with D = diag(w_x), n × n. */
export function normalizedAdjacency({ weights, nodeWeights }: ExplicitGraph): Matrix {
  const roots = nodeWeights.map(Math.sqrt);
  return new Matrix(
    Array.from({ length: weights.rows }, (_, i) =>
      Array.from({ length: weights.rows }, (_, j) => weights.get(i, j) / (roots[i]! * roots[j]!)),
    ),
  );
}

/** Eigenvalues of Ā, descending, and the eigenvectors as columns in the same order. */
export function adjacencySpectrum(graph: ExplicitGraph): { values: number[]; vectors: Matrix } {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(normalizedAdjacency(graph), {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, i) => i).sort((i, j) => realEigenvalues[j]! - realEigenvalues[i]!);
  return {
    values: order.map((i) => realEigenvalues[i]!),
    vectors: eigenvectorMatrix.subMatrixColumn(order),
  };
}

/**
 * Population spectral contrastive loss L(f) = −2 E_{x,x⁺}[f(x)ᵀf(x⁺)] + E_{x,x'}[(f(x)ᵀf(x'))²]:
 * positive pairs are drawn by w_xx', independent ones by w_x w_x'. `f` is n × k.
 */
export function populationLoss({ weights, nodeWeights }: ExplicitGraph, f: Matrix): number {
  const inner = f.mmul(f.transpose());
  let loss = 0;
  for (let i = 0; i < inner.rows; i++) {
    for (let j = 0; j < inner.rows; j++) {
      const product = inner.get(i, j);
      loss += nodeWeights[i]! * nodeWeights[j]! * product * product - 2 * weights.get(i, j) * product;
    }
  }
  return loss;
}

/** ‖Ā − F Fᵀ‖²_F with rows F_x = √w_x f(x). It equals L(f) + ‖Ā‖²_F. */
export function factorizationResidual(graph: ExplicitGraph, f: Matrix): number {
  const roots = graph.nodeWeights.map(Math.sqrt);
  const F = f.clone().mulColumnVector(roots);
  return Matrix.sub(normalizedAdjacency(graph), F.mmul(F.transpose())).norm('frobenius') ** 2;
}

/** f* with rows V_k(x) √λ_i / √w_x, n × k: a minimiser of L. Negative eigenvalues contribute zero columns. */
export function minimizer(graph: ExplicitGraph, k: number): Matrix {
  const { values, vectors } = adjacencySpectrum(graph);
  return vectors
    .subMatrix(0, vectors.rows - 1, 0, k - 1)
    .mulRowVector(values.slice(0, k).map((value) => Math.sqrt(Math.max(0, value))))
    .divColumnVector(graph.nodeWeights.map(Math.sqrt));
}

/** min over n × k representations of L = −Σ_{i≤k} max(λ_i, 0)², eigenvalues descending. */
export function minimumLoss(eigenvalues: readonly number[], k: number): number {
  return -eigenvalues.slice(0, k).reduce((sum, value) => sum + Math.max(0, value) ** 2, 0);
}

/**
 * L_σ(f) = E‖f(x) − f(x⁺)‖² + σ‖E[f fᵀ] − I_k‖²_F (HaoChen, Wei, Kumar and Ma 2022, "Beyond Separability").
 * L_1 = L + k.
 */
export function generalizedLoss({ weights, nodeWeights }: ExplicitGraph, f: Matrix, sigma: number): number {
  const k = f.columns;
  const inner = f.mmul(f.transpose());
  let pull = 0;
  for (let i = 0; i < f.rows; i++)
    for (let j = 0; j < f.rows; j++)
      pull += weights.get(i, j) * (inner.get(i, i) + inner.get(j, j) - 2 * inner.get(i, j));
  const covariance = f.transpose().mmul(f.clone().mulColumnVector([...nodeWeights]));
  return pull + sigma * Matrix.sub(covariance, Matrix.eye(k)).norm('frobenius') ** 2;
}

/** Eigenvalues of E[f fᵀ] at the minimiser of L_σ: max(0, 1 − (1 − λ_i)/σ) for the k leading λ_i. */
export function generalizedCovarianceEigenvalues(eigenvalues: readonly number[], k: number, sigma: number): number[] {
  return eigenvalues.slice(0, k).map((value) => Math.max(0, 1 - (1 - value) / sigma));
}
