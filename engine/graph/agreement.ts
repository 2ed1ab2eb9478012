import { maximumAssignment } from './hungarian';

/** How many samples of each class lie in each cluster: counts is clusters × classes, row-major. */
export interface Contingency {
  readonly clusters: number;
  readonly classes: number;
  readonly counts: Float64Array;
  readonly clusterTotals: Float64Array;
  readonly classTotals: Float64Array;
  /** Number of samples counted. */
  readonly total: number;
}

/**
 * Contingency table of two labelings of the same samples. Samples whose cluster or class is negative
 * (unlabelled) are left out. `rows` restricts the table to some samples.
 */
export function contingencyTable(
  clusters: ArrayLike<number>,
  classes: ArrayLike<number>,
  rows?: ArrayLike<number>,
): Contingency {
  if (clusters.length !== classes.length)
    throw new RangeError(`Labelings of different length: ${clusters.length} and ${classes.length}.`);
  const count = rows ? rows.length : clusters.length;
  let clusterCount = 0;
  let classCount = 0;
  for (let i = 0; i < clusters.length; i++) {
    clusterCount = Math.max(clusterCount, clusters[i]! + 1);
    classCount = Math.max(classCount, classes[i]! + 1);
  }
  const counts = new Float64Array(clusterCount * classCount);
  const clusterTotals = new Float64Array(clusterCount);
  const classTotals = new Float64Array(classCount);
  let total = 0;
  for (let r = 0; r < count; r++) {
    const i = rows ? rows[r]! : r;
    const a = clusters[i]!;
    const b = classes[i]!;
    if (a < 0 || b < 0) continue;
    counts[a * classCount + b]!++;
    clusterTotals[a]!++;
    classTotals[b]!++;
    total++;
  }
  return { clusters: clusterCount, classes: classCount, counts, clusterTotals, classTotals, total };
}

function entropy(totals: Float64Array, total: number): number {
  let sum = 0;
  for (const count of totals) if (count > 0) sum -= (count / total) * Math.log(count / total);
  return sum;
}

/**
 * Normalised mutual information I(clusters; classes) / ((H(clusters) + H(classes)) / 2): the arithmetic
 * mean, scikit-learn's default. 1 when both labelings have a single group, 0 when only one has.
 */
export function normalizedMutualInformation(table: Contingency): number {
  const { counts, clusterTotals, classTotals, classes, total } = table;
  const inhabited = (totals: Float64Array) => totals.filter((count) => count > 0).length;
  if (inhabited(clusterTotals) <= 1 && inhabited(classTotals) <= 1) return 1;
  let information = 0;
  counts.forEach((count, index) => {
    if (count === 0) return;
    const expected = clusterTotals[Math.floor(index / classes)]! * classTotals[index % classes]!;
    information += (count / total) * Math.log((count * total) / expected);
  });
  const mean = (entropy(clusterTotals, total) + entropy(classTotals, total)) / 2;
  return Math.min(1, Math.max(0, information / mean));
}

/** Adjusted Rand index (Hubert and Arabie 1985): 1 for equal partitions, 0 in expectation for random ones. */
export function adjustedRandIndex(table: Contingency): number {
  const pairs = (values: Float64Array) => values.reduce((sum, count) => sum + (count * (count - 1)) / 2, 0);
  const together = pairs(table.counts);
  const inClusters = pairs(table.clusterTotals);
  const inClasses = pairs(table.classTotals);
  const all = (table.total * (table.total - 1)) / 2;
  // Covers one group each, singletons each, and no pairs at all: the partitions are the same.
  if (inClusters === inClasses && together === inClusters) return 1;
  const expected = (inClusters * inClasses) / all;
  return (together - expected) / ((inClusters + inClasses) / 2 - expected);
}

export interface Matching {
  /** Share of samples whose cluster is matched to their class. */
  readonly accuracy: number;
  /** Class matched to each cluster, −1 for a cluster left over. */
  readonly classOfCluster: Int32Array;
}

/** Best one-to-one matching of clusters to classes (Hungarian algorithm) and its accuracy; NaN without samples. */
export function matchedAccuracy(table: Contingency): Matching {
  const classOfCluster = maximumAssignment(table.counts, table.clusters, table.classes);
  let hits = 0;
  classOfCluster.forEach((label, cluster) => {
    if (label >= 0) hits += table.counts[cluster * table.classes + label]!;
  });
  return { accuracy: hits / table.total, classOfCluster };
}

/** Share of each cluster's commonest class, length clusters; NaN for a cluster without samples. */
export function clusterPurity(table: Contingency): Float64Array {
  return Float64Array.from({ length: table.clusters }, (_, cluster) => {
    let largest = 0;
    for (let j = 0; j < table.classes; j++) largest = Math.max(largest, table.counts[cluster * table.classes + j]!);
    return largest / table.clusterTotals[cluster]!;
  });
}

/** Share of all samples that belong to their cluster's commonest class; NaN without samples. */
export function purity(table: Contingency): number {
  const each = clusterPurity(table);
  let sum = 0;
  each.forEach((value, cluster) => (sum += value > 0 ? value * table.clusterTotals[cluster]! : 0));
  return sum / table.total;
}
