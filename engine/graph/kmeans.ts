import { stream, type Random } from '../data/random';

export interface KmeansOptions {
  readonly clusters: number;
  readonly seed: number;
  /** Independent k-means++ starts; the one with the smallest inertia is kept. Default 10. */
  readonly restarts?: number;
  /** Lloyd iterations at most, for each start. Default 300. */
  readonly iterations?: number;
}

export interface KmeansResult {
  /** Cluster of each row, length n. Clusters are numbered by falling size. */
  readonly labels: Int32Array;
  /** clusters × d, row-major. */
  readonly centers: Float64Array;
  /** Sum of squared distances to the nearest centre. */
  readonly inertia: number;
  readonly iterations: number;
  /** False when the best start was stopped by the iteration limit. */
  readonly converged: boolean;
}

interface Points {
  readonly values: Float64Array | Float32Array;
  readonly n: number;
  readonly d: number;
}

/** Above twice this many points the starts run on a random sample of this size… */
const sampleRows = 10_000;
/** …and this many of the best go on over all points. */
const refined = 2;

/**
 * k-means on n × d row-major points: greedy k-means++ (Arthur and Vassilvitskii 2007, with 2 + ⌊ln k⌋ candidates
 * for each centre), then Lloyd's algorithm until no label changes, its distances skipped by Hamerly's bounds (2010),
 * which change no label. An emptied cluster is given the point farthest from its centre. With fewer distinct points
 * than clusters, clusters stay empty. Above 20,000 points every start converges on a sample of 10,000 and the best two
 * of them are carried on over all points until they converge there.
 */
export function kmeans(
  values: Float64Array | Float32Array,
  n: number,
  d: number,
  options: KmeansOptions,
): KmeansResult {
  const k = options.clusters;
  if (values.length !== n * d) throw new RangeError(`Expected ${n} × ${d} values, got ${values.length}.`);
  if (!Number.isInteger(k) || k < 1 || k > n) throw new RangeError(`Cannot make ${k} clusters of ${n} points.`);
  const iterations = options.iterations ?? 300;
  const restarts = options.restarts ?? 10;
  if (restarts < 1) throw new RangeError('k-means needs at least one start.');
  const all = { values, n, d };
  const sampled = n > 2 * sampleRows && k < sampleRows / 50;
  const points = sampled ? sampleOf(all, stream(options.seed, 'kmeans sample')) : all;
  const starts = Array.from({ length: restarts }, (_, restart) =>
    lloyd(points, k, plusPlus(points, k, stream(options.seed, 'kmeans', restart)), iterations),
  ).sort((x, y) => x.inertia - y.inertia);
  const finals = sampled ? starts.slice(0, refined).map((start) => lloyd(all, k, start.centers, iterations)) : starts;
  const best = finals.reduce((x, y) => (y.inertia < x.inertia ? y : x));
  return bySize(best, k, d);
}

function sampleOf({ values, n, d }: Points, random: Random): Points {
  const rows = Int32Array.from({ length: n }, (_, i) => i);
  const sample = new Float64Array(sampleRows * d);
  for (let i = 0; i < sampleRows; i++) {
    const j = i + random.below(n - i);
    const row = rows[j]!;
    rows[j] = rows[i]!;
    sample.set(values.subarray(row * d, row * d + d), i * d);
  }
  return { values: sample, n: sampleRows, d };
}

function squaredDistance({ values, d }: Points, row: number, centers: Float64Array, center: number): number {
  let sum = 0;
  for (let a = row * d, b = center * d, end = a + d; a < end; a++, b++) {
    const difference = values[a]! - centers[b]!;
    sum += difference * difference;
  }
  return sum;
}

function plusPlus(points: Points, k: number, random: Random): Float64Array {
  const { values, n, d } = points;
  const centers = new Float64Array(k * d);
  const place = (center: number, row: number) => centers.set(values.subarray(row * d, row * d + d), center * d);
  place(0, random.below(n));
  let nearest = new Float64Array(n);
  for (let i = 0; i < n; i++) nearest[i] = squaredDistance(points, i, centers, 0);
  const trials = 2 + Math.floor(Math.log(k));
  let candidate = new Float64Array(n);
  for (let center = 1; center < k; center++) {
    const total = nearest.reduce((a, b) => a + b, 0);
    let bestTotal = Infinity;
    let bestRow = 0;
    let bestNearest = new Float64Array(n);
    for (let trial = 0; trial < trials; trial++) {
      const row = drawProportional(nearest, total, random);
      place(center, row);
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const distance = Math.min(nearest[i]!, squaredDistance(points, i, centers, center));
        candidate[i] = distance;
        sum += distance;
      }
      if (sum < bestTotal) {
        bestTotal = sum;
        bestRow = row;
        [bestNearest, candidate] = [candidate, bestNearest];
      }
    }
    place(center, bestRow);
    nearest = bestNearest;
  }
  return centers;
}

function drawProportional(weights: Float64Array, total: number, random: Random): number {
  if (!(total > 0)) return random.below(weights.length);
  let left = random.next() * total;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    last = i;
    left -= weights[i]!;
    if (left < 0) return i;
  }
  return last;
}

function lloyd(points: Points, k: number, centers: Float64Array, limit: number): KmeansResult {
  const { n, d } = points;
  const labels = new Int32Array(n).fill(-1);
  // Hamerly: an upper bound on the distance to the own centre and a lower bound on that to any other.
  const upper = new Float64Array(n).fill(Infinity);
  const lower = new Float64Array(n).fill(-Infinity);
  const halfGap = new Float64Array(k);
  let iterations = 0;
  let converged = false;
  while (iterations < limit && !converged) {
    iterations++;
    halfGaps(centers, k, d, halfGap);
    let changed = 0;
    for (let i = 0; i < n; i++) {
      const label = labels[i]!;
      if (label >= 0) {
        const bound = Math.max(halfGap[label]!, lower[i]!);
        if (upper[i]! < bound) continue;
        upper[i] = Math.sqrt(squaredDistance(points, i, centers, label));
        if (upper[i]! < bound) continue;
      }
      let first = Infinity;
      let second = Infinity;
      let nearest = 0;
      for (let j = 0; j < k; j++) {
        const distance = squaredDistance(points, i, centers, j);
        // At a tie the point stays where it is, so that the iteration cannot cycle.
        if (distance < first || (distance === first && j === label)) {
          second = first;
          first = distance;
          nearest = j;
        } else if (distance < second) second = distance;
      }
      upper[i] = Math.sqrt(first);
      lower[i] = Math.sqrt(second);
      if (nearest !== label) {
        labels[i] = nearest;
        changed++;
      }
    }
    if (changed === 0) {
      converged = true;
      break;
    }
    const moved = moveCenters(points, k, labels, centers);
    if (moved === undefined) {
      upper.fill(Infinity);
      lower.fill(-Infinity);
      continue;
    }
    const farthest = moved.reduce((a, b) => Math.max(a, b), 0);
    for (let i = 0; i < n; i++) {
      upper[i]! += moved[labels[i]!]!;
      lower[i]! -= farthest;
    }
  }
  let inertia = 0;
  for (let i = 0; i < n; i++) inertia += squaredDistance(points, i, centers, labels[i]!);
  return { labels, centers, inertia, iterations, converged };
}

/** Half the distance from each centre to its nearest other centre. */
function halfGaps(centers: Float64Array, k: number, d: number, out: Float64Array): void {
  out.fill(Infinity);
  const all = { values: centers, n: k, d };
  for (let a = 0; a < k; a++) {
    for (let b = a + 1; b < k; b++) {
      const half = Math.sqrt(squaredDistance(all, a, centers, b)) / 2;
      out[a] = Math.min(out[a]!, half);
      out[b] = Math.min(out[b]!, half);
    }
  }
}

/**
 * Puts each centre at its points' mean and returns how far each went. When a cluster was empty it is given
 * a new point, labels change and undefined is returned: all bounds are void then.
 */
function moveCenters(points: Points, k: number, labels: Int32Array, centers: Float64Array): Float64Array | undefined {
  const { values, n, d } = points;
  const counts = new Float64Array(k);
  for (let i = 0; i < n; i++) counts[labels[i]!]!++;
  const repaired = counts.includes(0) && fillEmpty(points, labels, centers, counts);
  const means = new Float64Array(k * d);
  for (let i = 0; i < n; i++) {
    const to = labels[i]! * d;
    for (let j = 0; j < d; j++) means[to + j]! += values[i * d + j]!;
  }
  const moved = new Float64Array(k);
  for (let c = 0; c < k; c++) {
    if (counts[c] === 0) continue;
    let sum = 0;
    for (let j = c * d; j < c * d + d; j++) {
      const mean = means[j]! / counts[c]!;
      sum += (mean - centers[j]!) ** 2;
      centers[j] = mean;
    }
    moved[c] = Math.sqrt(sum);
  }
  return repaired ? undefined : moved;
}

/** Moves the worst-placed point of a larger cluster into each empty one; true when any was moved. */
function fillEmpty(points: Points, labels: Int32Array, centers: Float64Array, counts: Float64Array): boolean {
  let repaired = false;
  for (let c = 0; c < counts.length; c++) {
    if (counts[c]! > 0) continue;
    let worst = -1;
    let distance = 0;
    for (let i = 0; i < points.n; i++) {
      if (counts[labels[i]!]! < 2) continue;
      const own = squaredDistance(points, i, centers, labels[i]!);
      if (own > distance) {
        distance = own;
        worst = i;
      }
    }
    if (worst < 0) continue;
    counts[labels[worst]!]!--;
    labels[worst] = c;
    counts[c] = 1;
    // The centre stands on its point now, so that the point is not the worst for the next empty cluster.
    centers.set(points.values.subarray(worst * points.d, (worst + 1) * points.d), c * points.d);
    repaired = true;
  }
  return repaired;
}

function bySize(result: KmeansResult, k: number, d: number): KmeansResult {
  const counts = new Float64Array(k);
  for (const label of result.labels) counts[label]!++;
  const order = Array.from({ length: k }, (_, c) => c).sort((a, b) => counts[b]! - counts[a]! || a - b);
  const rank = new Int32Array(k);
  const centers = new Float64Array(k * d);
  order.forEach((old, position) => {
    rank[old] = position;
    centers.set(result.centers.subarray(old * d, old * d + d), position * d);
  });
  return { ...result, labels: result.labels.map((label) => rank[label]!), centers };
}
