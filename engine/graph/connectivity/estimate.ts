import { setImmediate as pause } from 'node:timers/promises';
import { stream } from '../../data/random';
import { Cancelled } from '../../errors';
import { fourBlock, type FourBlockReport, type Transfer } from '../../theory/four-block';
import { meansByRelation, relations, type Cells, type Relation, type RelationMeans } from './cells';
import type { CellWeights } from './weights';

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface ConnectivityEstimate {
  /** Mean weight of each relation, divided by the mean over all cells' pairs: 1 is an average pair. */
  readonly weights: Readonly<Record<Relation, Interval | undefined>>;
  /** α/γ and β/γ; undefined without them and where γ is negative, Infinity where it is 0. */
  readonly ratios: { readonly alphaGamma: Interval | undefined; readonly betaGamma: Interval | undefined };
  /** Share of the resamples in which α > γ, β > γ and α > β. */
  readonly orders: Readonly<Record<'alpha > gamma' | 'beta > gamma' | 'alpha > beta', number>>;
  /** Closed forms of the four-block graph with these weights; undefined without all four. */
  readonly fourBlock: FourBlockReport | undefined;
  /** The four-block verdict, where at least 95 % of the resamples agree on it; else 'undetermined'. */
  readonly verdict: Transfer;
  readonly agreement: number;
  /** Mean weights between cells, count × count, in the same unit. */
  readonly matrix: Float64Array;
}

export interface EstimateOptions {
  readonly bootstrap: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, total: number) => void;
}

const agreementNeeded = 0.95;

/**
 * ρ, α, β and γ from the weights between cells, means over all pairs of cells, with 95 % percentile intervals of a
 * bootstrap that draws samples within each cell.
 */
export async function estimateConnectivity(
  cells: Cells,
  weigh: CellWeights,
  { bootstrap, seed, signal, progress }: EstimateOptions,
): Promise<ConnectivityEstimate> {
  const samples = cells.cellOf.length;
  const whole = weigh(new Float64Array(samples).fill(1));
  const unit = whole.reduce((a, b) => a + b, 0) / whole.length;
  const scale = unit > 0 ? 1 / unit : 1;
  const matrix = whole.map((value) => value * scale);
  const point = meansByRelation(cells, matrix);
  const resampled: RelationMeans[] = [];
  for (let round = 0; round < bootstrap; round++) {
    if (signal?.aborted) throw new Cancelled();
    const random = stream(seed, 'connectivity', round);
    const copies = new Float64Array(samples);
    for (const rows of cells.rows) for (let i = 0; i < rows.length; i++) copies[rows[random.below(rows.length)]!]!++;
    const weights = weigh(copies).map((value) => value * scale);
    resampled.push(meansByRelation(cells, weights));
    progress?.(round + 1, bootstrap);
    await pause();
  }
  const interval = (of: (means: RelationMeans) => number): Interval | undefined =>
    Number.isNaN(of(point)) ? undefined : { value: of(point), ...percentiles(resampled.map(of)) };
  const share = (holds: (means: RelationMeans) => boolean) => resampled.filter(holds).length / bootstrap;
  const report = fourBlockOf(point);
  const agreement = report ? share((means) => fourBlockOf(means)?.verdict === report.verdict) : 0;
  return {
    weights: Object.fromEntries(relations.map((name) => [name, interval((means) => means[name])])) as Record<
      Relation,
      Interval | undefined
    >,
    ratios: {
      alphaGamma: interval(({ alpha, gamma }) => ratio(alpha, gamma)),
      betaGamma: interval(({ beta, gamma }) => ratio(beta, gamma)),
    },
    orders: {
      'alpha > gamma': share(({ alpha, gamma }) => alpha > gamma),
      'beta > gamma': share(({ beta, gamma }) => beta > gamma),
      'alpha > beta': share(({ alpha, beta }) => alpha > beta),
    },
    fourBlock: report,
    verdict: report && agreement >= agreementNeeded ? report.verdict : 'undetermined',
    agreement,
    matrix,
  };
}

/** An operator's weights may be below zero, and then a ratio says nothing. */
function ratio(weight: number, gamma: number): number {
  return gamma < 0 ? NaN : weight / gamma;
}

/** Weights of an operator may be a little below zero; a graph's are not. */
function fourBlockOf({ rho, alpha, beta, gamma }: RelationMeans): FourBlockReport | undefined {
  const weights = {
    rho: Math.max(0, rho),
    alpha: Math.max(0, alpha),
    beta: Math.max(0, beta),
    gamma: Math.max(0, gamma),
  };
  const known = Object.values(weights).every((value) => Number.isFinite(value));
  return known && Object.values(weights).some((value) => value > 0) ? fourBlock(weights) : undefined;
}

/** 2.5 and 97.5 % quantiles, linearly between order statistics. */
export function percentiles(values: readonly number[]): { low: number; high: number } {
  const sorted = Float64Array.from(values.filter((value) => !Number.isNaN(value))).sort();
  const quantile = (q: number): number => {
    const at = q * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
    return below === above ? below : below + (at - Math.floor(at)) * (above - below);
  };
  return { low: quantile(0.025), high: quantile(0.975) };
}
