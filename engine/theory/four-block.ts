/**
 * Two classes in two domains (Shen et al. 2022, "Connect, Not Collapse"): expected edge weights between a sample and
 * one of the same class and domain (rho), of the same class in the other domain (alpha), of the other class in the
 * same domain (beta), and of the other class in the other domain (gamma).
 */
export interface Connectivity {
  readonly rho: number;
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
}

export type BlockEigenvectorName = 'constant' | 'class' | 'domain' | 'xor';

export interface BlockEigenpair {
  readonly name: BlockEigenvectorName;
  /** Divided by s = ρ + α + β + γ, so that the constant vector has 1. */
  readonly value: number;
  /** On (class 1 source, class 2 source, class 1 target, class 2 target), length 2: divide by 2 for unit norm. */
  readonly vector: readonly [number, number, number, number];
}

export type Transfer = 'transfers' | 'chance' | 'fails' | 'undetermined';

export interface FourBlockReport {
  /** Descending eigenvalues. */
  readonly eigenpairs: readonly BlockEigenpair[];
  /**
   * Margin on the target of the minimum-norm least-squares head fitted to ±1 on the source, on the representation
   * of 2, 3 and 4 dimensions. Undefined where the last dimension is drawn from a degenerate eigenspace.
   */
  readonly margins: Readonly<Record<2 | 3 | 4, number | undefined>>;
  /** Pairs among alpha, beta and gamma that are equal within the tolerance. */
  readonly ties: readonly string[];
  /**
   * The claim about three dimensions: transfers when min(α, β) > γ, and by the sign of the margin otherwise;
   * 'undetermined' at any tie.
   */
  readonly verdict: Transfer;
}

const vectors = {
  constant: [1, 1, 1, 1],
  class: [1, -1, 1, -1],
  domain: [1, 1, -1, -1],
  xor: [1, -1, -1, 1],
} as const;

/** K in the order (class 1 source, class 2 source, class 1 target, class 2 target). */
export function blockMatrix({ rho, alpha, beta, gamma }: Connectivity): number[][] {
  return [
    [rho, beta, alpha, gamma],
    [beta, rho, gamma, alpha],
    [alpha, gamma, rho, beta],
    [gamma, alpha, beta, rho],
  ];
}

/** The four eigenpairs, descending. A graph of n equal nodes a block has the same four and zeros. */
export function blockEigenpairs({ rho, alpha, beta, gamma }: Connectivity): BlockEigenpair[] {
  const sum = rho + alpha + beta + gamma;
  const pair = (name: BlockEigenvectorName, value: number): BlockEigenpair => ({
    name,
    value: value / sum,
    vector: vectors[name],
  });
  return [
    pair('constant', sum),
    pair('class', rho + alpha - beta - gamma),
    pair('domain', rho + beta - alpha - gamma),
    pair('xor', rho + gamma - alpha - beta),
  ].sort((a, b) => b.value - a.value);
}

/**
 * What connectivity says about transfer. Weights closer than `tolerance` (relative to ρ + α + β + γ) count as equal:
 * give the standard error of estimated weights there.
 */
export function fourBlock(connectivity: Connectivity, tolerance = 1e-9): FourBlockReport {
  for (const [name, value] of Object.entries(connectivity))
    if (!(value >= 0 && value < Infinity)) throw new RangeError(`Connectivity ${name} must not be negative: ${value}.`);
  const { rho, alpha, beta, gamma } = connectivity;
  const sum = rho + alpha + beta + gamma;
  if (!(sum > 0)) throw new RangeError('Some connectivity must be positive.');
  const eigenpairs = blockEigenpairs(connectivity);
  const same = (a: number, b: number) => Math.abs(a - b) <= tolerance * sum;
  const ties = [
    ...(same(alpha, gamma) ? ['alpha = gamma'] : []),
    ...(same(beta, gamma) ? ['beta = gamma'] : []),
    ...(same(alpha, beta) ? ['alpha = beta'] : []),
  ];
  const margin = (k: 2 | 3 | 4): number | undefined => {
    const cut = k < 4 ? eigenpairs[k - 1]!.value - eigenpairs[k]!.value : Infinity;
    // Eigenvalues differ by twice the difference of two weights.
    if (cut <= 2 * tolerance) return undefined;
    return targetMargin(eigenpairs.slice(0, k));
  };
  const margins = { 2: margin(2), 3: margin(3), 4: margin(4) };
  const verdict = ties.length > 0 ? 'undetermined' : transferOf(margins[3]);
  return { eigenpairs, margins, ties, verdict };
}

/**
 * The source labels lie in the span of the class and xor vectors, which agree there and are opposite on the target;
 * each counts by its eigenvalue (representation V_k √λ). A dimension whose eigenvalue is not positive is empty.
 */
function targetMargin(kept: readonly BlockEigenpair[]): number {
  const share = (name: BlockEigenvectorName) => Math.max(0, kept.find((pair) => pair.name === name)?.value ?? 0);
  const forClass = share('class');
  const forXor = share('xor');
  return forClass + forXor > 0 ? (forClass - forXor) / (forClass + forXor) : 0;
}

/** What a margin on the target means. */
export function transferOf(margin: number | undefined): Transfer {
  if (margin === undefined) return 'undetermined';
  return margin > 0 ? 'transfers' : margin < 0 ? 'fails' : 'chance';
}
