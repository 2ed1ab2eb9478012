import type { StoredDataset } from '../data/stored-dataset';
import { makeCells } from '../graph/connectivity/cells';
import { type ClassifierEstimate, classifierConnectivity } from '../graph/connectivity/classifiers';
import { estimateConnectivity, type Interval } from '../graph/connectivity/estimate';
import { operatorWeights } from '../graph/connectivity/weights';
import { openEncoder } from '../model/network';
import type { LabelledFeatures } from '../probe';
import type { StageContext, StageOutput } from '../run/stage';

/** Target accuracy of a method on one ordered pair of domains. */
export interface PairAccuracy {
  readonly method: string;
  readonly source: string;
  readonly target: string;
  readonly targetAccuracy?: number;
}

type Ratio = 'alphaGamma' | 'betaGamma';
const ratioNames: Readonly<Record<Ratio, string>> = { alphaGamma: 'α/γ', betaGamma: 'β/γ' };

interface PairRatios extends Partial<Record<Ratio, Interval>> {
  readonly domains: readonly [string, string];
  /** Test errors of classifiers, as published, where the study asks for them. */
  readonly classifiers?: ClassifierEstimate['errors'];
}

/**
 * α/γ and β/γ of every pair of domains, from the weights f(x)ᵀf(x') that the study's own pretraining has learned, beside
 * the target accuracies on them, and their correlation over pairs.
 */
export async function pairConnectivity(
  context: StageContext,
  embedding: LabelledFeatures,
  dataset: StoredDataset,
  accuracies: readonly PairAccuracy[],
): Promise<StageOutput> {
  const { study, report, signal, device } = context;
  const { bootstrap, classifiers } = study.transfer!.connectivity!;
  const encoder = await openEncoder(study, dataset, context.inputs);
  const found: PairRatios[] = [];
  for (const [a, b] of unorderedPairs(accuracies)) {
    const indices = [a, b].map((name) => dataset.domainNames.indexOf(name));
    const cells = makeCells(dataset, indices);
    if (cells.count < 2) continue;
    const label = `Connectivity of ${a} and ${b}`;
    const progress = (done: number, total: number): void => report.progress(done, total, label);
    const weights = operatorWeights(embedding.features, embedding.d, cells);
    const { ratios } = await estimateConnectivity(cells, weights, { bootstrap, seed: study.seed, signal, progress });
    const trained =
      classifiers &&
      (await classifierConnectivity(
        cells,
        { ...classifiers, bootstrap, augmentation: classifiers.augmentation ?? study.pretrain?.augmentation ?? 'none' },
        { device, encoder, dataset, seed: study.seed, signal, progress },
      ));
    found.push({ domains: [a, b], ...ratios, ...(trained && { classifiers: trained.errors }) });
  }
  const between = ({ source, target }: PairAccuracy): PairRatios | undefined =>
    found.find(({ domains }) => domains.includes(source) && domains.includes(target));
  const rows = accuracies.map((row) => ({
    ...{ method: row.method, source: row.source, target: row.target, targetAccuracy: row.targetAccuracy },
    ...{ alphaGamma: between(row)?.alphaGamma?.value, betaGamma: between(row)?.betaGamma?.value },
  }));
  const correlations = [...new Set(rows.map(({ method }) => method))].flatMap((method) =>
    (['alphaGamma', 'betaGamma'] as const).flatMap((ratio) => {
      const points = rows.flatMap((row) => {
        const x = row[ratio];
        const y = row.targetAccuracy;
        return row.method === method && x !== undefined && Number.isFinite(x) && y !== undefined
          ? [[x, y] as const]
          : [];
      });
      const [x, y] = [points.map(([value]) => value), points.map(([, value]) => value)];
      const pearson = correlation(x, y);
      if (pearson === undefined) return [];
      return [{ method, ratio, pearson, spearman: correlation(ranks(x), ranks(y)), pairs: points.length }];
    }),
  );
  return {
    figures: correlations.map(({ method, ratio, pearson, pairs }) => ({
      id: `transfer.correlation-${ratio === 'alphaGamma' ? 'alpha' : 'beta'}-gamma`,
      label: `Correlation of target accuracy with ${ratioNames[ratio]} over pairs of domains`,
      ...{ value: pearson, unit: 'value' as const, method, samples: pairs },
    })),
    details: { connectivity: { pairs: found, rows, correlations } },
  };
}

function unorderedPairs(accuracies: readonly PairAccuracy[]): [string, string][] {
  const seen = new Map<string, [string, string]>();
  for (const { source, target } of accuracies) {
    const pair: [string, string] = source < target ? [source, target] : [target, source];
    seen.set(JSON.stringify(pair), pair);
  }
  return [...seen.values()];
}

/** Pearson's; undefined for fewer than three points or where one side never changes. */
export function correlation(x: readonly number[], y: readonly number[]): number | undefined {
  const n = x.length;
  if (n < 3) return undefined;
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  x.forEach((value, i) => {
    xy += (value - mx) * (y[i]! - my);
    xx += (value - mx) ** 2;
    yy += (y[i]! - my) ** 2;
  });
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : undefined;
}

/** Ranks from 1 on; equals share their mean rank. With them, Pearson's correlation is Spearman's. */
export function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}
