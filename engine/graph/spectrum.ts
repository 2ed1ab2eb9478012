import type { Dataset } from '../data/dataset';
import { UserError } from '../errors';
import type { StageOutput } from '../run/stage';
import {
  adjustedRandIndex,
  clusterPurity,
  contingencyTable,
  matchedAccuracy,
  normalizedMutualInformation,
  purity,
  type Contingency,
} from './agreement';
import { correlationRatios, spectralClusters, spectralGap, suggestClusters } from './clusters';
import { eigenvectorEnds } from './extremes';
import type { OperatorSpectrum } from './operator';

export interface SpectrumOptions {
  /** How many leading eigenpairs to report. */
  readonly eigenvectors: number;
  readonly clusters: number | 'classes' | 'gap';
  readonly seed: number;
  readonly warn: (message: string) => void;
  /** What the eigenpairs are of, for the reader; by default the operator of a representation. */
  readonly operator?: string;
}

const operatorText =
  'K = F Fᵀ with rows f(x)/√n, not centred: for a minimiser of the spectral contrastive loss its eigenvalues are the ' +
  'leading ones of the normalised positive-pair graph, the first of them 1 with a constant eigenvector.';

type Groups = Pick<Dataset, 'labels' | 'domains' | 'classNames' | 'domainNames'>;
type Figures = StageOutput['figures'];

export interface SpectrumReport extends StageOutput {
  /** Cluster of each sample, length n. */
  readonly clusters: Int32Array;
}

/**
 * What a representation's spectrum says about a dataset: clusters of the samples by the leading eigenvectors, their
 * agreement with classes (labelled samples only) over all and in each domain, and what each eigenvector separates.
 */
export function reportSpectrum(operator: OperatorSpectrum, data: Groups, options: SpectrumOptions): SpectrumReport {
  const n = data.labels.length;
  const { eigenvalues, eigenvectors, count: available } = operator;
  const suggested = suggestClusters(eigenvalues, { limit: options.eigenvectors });
  const count = clusterCount(data, n, suggested?.count, options);
  if (count > available)
    options.warn(
      `There are ${available} eigenvectors, fewer than the ${count} clusters asked for: they share its eigenvectors.`,
    );
  const { labels: clusters } = spectralClusters(eigenvectors, n, available, count, options.seed);

  const figures: Figures = [
    figure('largest-eigenvalue', 'Largest eigenvalue λ₁', eigenvalues[0] ?? 0, 'eigenvalue', n),
    figure('clusters', 'Clusters k', count, 'count', n),
  ];
  if (count <= eigenvalues.length)
    figures.push(figure('gap', 'Spectral gap λₖ − λₖ₊₁', spectralGap(eigenvalues, count), 'eigenvalue', n));
  if (suggested)
    figures.push(figure('suggested-clusters', 'Clusters at the largest eigengap', suggested.count, 'count', n));

  const agreement = describeAgreement(clusters, data, figures);
  const reported = Math.min(options.eigenvectors, eigenvalues.length);
  return {
    clusters,
    figures,
    details: {
      operator: options.operator ?? operatorText,
      eigenvalues: [...eigenvalues.subarray(0, reported)],
      rank: available,
      clusters: count,
      suggested: {
        gap: suggested ?? null,
        relativeGap: suggestClusters(eigenvalues, { limit: options.eigenvectors, relative: true }) ?? null,
      },
      ...agreement,
      eigenvectors: describeEigenvectors(operator, data, Math.min(reported, available)),
    },
  };
}

function clusterCount(data: Groups, n: number, suggested: number | undefined, options: SpectrumOptions): number {
  let count = options.clusters === 'gap' ? suggested : options.clusters;
  if (count === 'classes') {
    count = new Set(data.labels.filter((label) => label >= 0)).size;
    if (count < 2) {
      options.warn('Fewer than two classes are labelled: the number of clusters is taken at the largest eigengap.');
      count = suggested;
    }
  }
  count ??= 2;
  if (count > n)
    throw new UserError(
      'spectrum-clusters',
      `The study asks for ${count} clusters of ${n} samples; set "spectrum.clusters" to at most ${n}.`,
    );
  return count;
}

function figure(
  name: string,
  label: string,
  value: number,
  unit: Figures[number]['unit'],
  samples: number,
  domain?: string,
): Figures[number] {
  const better = unit === 'fraction' || unit === 'score' ? { better: 'higher' as const } : {};
  return {
    id: `spectrum.${name}`,
    label,
    value,
    unit,
    samples,
    ...better,
    ...(domain === undefined ? {} : { domain }),
  };
}

/** Adds the agreement figures and returns their details. */
function describeAgreement(clusters: Int32Array, data: Groups, figures: Figures): Record<string, unknown> {
  const overall = contingencyTable(clusters, data.labels);
  const details: Record<string, unknown> = {};
  if (data.domainNames.length > 1) {
    const byDomain = contingencyTable(clusters, data.domains);
    figures.push({
      ...figure(
        'domain-nmi',
        'Clusters against domains, NMI',
        normalizedMutualInformation(byDomain),
        'score',
        byDomain.total,
      ),
      better: 'lower',
    });
    details['domainContingency'] = rowsOf(byDomain.counts, byDomain.clusters, byDomain.classes);
  }
  if (overall.total === 0) return details;
  const { classOfCluster } = matchedAccuracy(overall);
  const add = (table: typeof overall, domain?: string) => {
    figures.push(
      figure('nmi', 'Clusters against classes, NMI', normalizedMutualInformation(table), 'score', table.total, domain),
      figure(
        'ari',
        'Clusters against classes, adjusted Rand index',
        adjustedRandIndex(table),
        'score',
        table.total,
        domain,
      ),
      figure(
        'accuracy',
        'Clusters matched to classes, accuracy',
        matchedAccuracy(table).accuracy,
        'fraction',
        table.total,
        domain,
      ),
      figure('purity', 'Cluster purity', purity(table), 'fraction', table.total, domain),
    );
  };
  add(overall);
  details['contingency'] = rowsOf(overall.counts, overall.clusters, overall.classes);
  details['clusterPurity'] = [...clusterPurity(overall)].map((value) => (Number.isNaN(value) ? null : value));
  details['classOfCluster'] = [...classOfCluster];
  details['confusion'] = confusionOf(overall, classOfCluster);
  if (data.domainNames.length < 2) return details;

  details['domains'] = Object.fromEntries(
    data.domainNames.flatMap((name, domain) => {
      const rows = [...data.domains.keys()].filter((x) => data.domains[x] === domain);
      const table = contingencyTable(clusters, data.labels, rows);
      if (table.total === 0) return [];
      // Each domain is matched on its own; how well one matching serves all is told beside it.
      add(table, name);
      let hits = 0;
      classOfCluster.forEach((label, c) => (hits += label < 0 ? 0 : table.counts[c * table.classes + label]!));
      const contingency = rowsOf(table.counts, table.clusters, table.classes);
      return [[name, { contingency, accuracyOfOverallMatching: hits / table.total }]];
    }),
  );
  return details;
}

function rowsOf(values: Float64Array, rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, (_, i) => [...values.subarray(i * columns, (i + 1) * columns)]);
}

/** Labelled samples by [true class][class matched to their cluster]; the last column counts clusters without a class. */
function confusionOf({ counts, classes }: Contingency, classOfCluster: Int32Array): number[][] {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes + 1).fill(0));
  classOfCluster.forEach((matched, cluster) => {
    const column = matched < 0 ? classes : matched;
    for (let c = 0; c < classes; c++) confusion[c]![column]! += counts[cluster * classes + c]!;
  });
  return confusion;
}

/** An eigenvector that shares less variance than this with classes and with domains separates neither. */
const separationFloor = 0.1;
/** Samples listed at each end of an eigenvector. */
const endSamples = 8;

function describeEigenvectors(operator: OperatorSpectrum, data: Groups, reported: number): unknown[] {
  const { eigenvalues, eigenvectors, count } = operator;
  const n = data.labels.length;
  const byClass = correlationRatios(eigenvectors, n, count, data.labels);
  const byDomain = correlationRatios(eigenvectors, n, count, data.domains);
  const classMeans = groupMeans(eigenvectors, n, count, data.labels, data.classNames.length);
  const domainMeans = groupMeans(eigenvectors, n, count, data.domains, data.domainNames.length);
  return Array.from({ length: reported }, (_, i) => {
    const [ofClass, ofDomain] = [byClass[i]!, byDomain[i]!];
    const separates =
      Math.max(ofClass, ofDomain) < separationFloor ? 'neither' : ofClass >= ofDomain ? 'class' : 'domain';
    return {
      index: i + 1,
      eigenvalue: eigenvalues[i],
      classRatio: ofClass,
      domainRatio: ofDomain,
      separates,
      classMeans: classMeans.map((means) => means[i] ?? null),
      domainMeans: domainMeans.map((means) => means[i] ?? null),
      // Rows of the samples at its ends.
      ends: eigenvectorEnds(eigenvectors, n, count, i, endSamples),
    };
  });
}

/** Mean of each eigenvector over each group, in units of the constant unit vector's entry 1/√n; groups × count. */
function groupMeans(
  values: Float32Array,
  n: number,
  count: number,
  groups: Int32Array,
  groupCount: number,
): number[][] {
  const sizes = new Float64Array(groupCount);
  const sums = Array.from({ length: groupCount }, () => new Float64Array(count));
  for (let x = 0; x < n; x++) {
    const group = groups[x]!;
    if (group < 0) continue;
    sizes[group]!++;
    for (let i = 0; i < count; i++) sums[group]![i]! += values[x * count + i]!;
  }
  return sums.map((sum, group) =>
    sizes[group] === 0 ? [] : Array.from(sum, (v) => (v * Math.sqrt(n)) / sizes[group]!),
  );
}
