import { availableParallelism } from 'node:os';
import { stream } from '../../data/random';
import { Cancelled, UserError } from '../../errors';
import { unitRows } from '../../linear/unit-rows';
import { KnnKernels } from './kernels';
import { chooseScale } from './rows';

export interface KnnOptions {
  /** Neighbours of each row, itself left out. */
  readonly k: number;
  readonly seed: number;
  /** 'auto': exact while that takes moments, else approximate. */
  readonly method?: 'auto' | 'exact' | 'approximate';
  /** 'cosine' compares rows scaled to length 1; distances are those of the scaled rows, √(2 − 2 cos). */
  readonly metric?: 'euclidean' | 'cosine';
  /** Recall that the approximate search goes on for while it can; default .99. */
  readonly recall?: number;
  /** Rows on which recall is measured by exact search; default 500, 0 measures none. */
  readonly sample?: number;
  /** Worker threads; 0 computes on the calling one. By default as many as the machine has, at most 8. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, total: number) => void;
}

export interface Neighbours {
  readonly k: number;
  /** n × k row indices by rising distance, ties by index. */
  readonly ids: Uint32Array;
  /** n × k Euclidean distances. */
  readonly distances: Float32Array;
  readonly method: 'exact' | 'approximate';
  /**
   * Share of true neighbours found, over `samples` random rows searched exactly; a neighbour at the distance of the
   * k-th true one counts as true. 1 for exact search. `error` is the standard error of the mean over rows.
   */
  readonly recall: { readonly value: number; readonly error: number; readonly samples: number };
  /** Rounds of descent. */
  readonly rounds: number;
}

/** An exact search of this many multiplications takes about a second on two threads. */
const exactWork = 6e10;

/**
 * The k nearest rows of each of n × d rows, row-major. Exact: every pair, screened with rows rounded to 16 bits;
 * screened distances have known error bounds, and queries that these do not settle are searched again as given, where
 * only distances that are equal in single precision may change places. Approximate: random-projection trees, then nearest-neighbour descent (Dong,
 * Charikar and Li 2011) until hardly an entry changes and the recall asked for is reached on the sample. The result
 * depends on the seed, never on the number of threads.
 */
export async function nearestNeighbours(
  values: Float32Array,
  n: number,
  d: number,
  options: KnnOptions,
): Promise<Neighbours> {
  const { k, seed, signal } = options;
  if (values.length !== n * d) throw new RangeError(`Expected ${n} × ${d} values, got ${values.length}.`);
  if (!Number.isInteger(k) || k < 1 || k >= n)
    throw new UserError(
      'knn-count',
      `${k} neighbours were asked of each of ${n} rows; set neighbours to 1 to ${n - 1}.`,
    );
  const exact = options.method === 'exact' || n <= 1024 || (options.method !== 'approximate' && n * n * d <= exactWork);
  const rows = options.metric === 'cosine' ? unitRows(values, n, d) : values;
  const scale = chooseScale(rows, n, d, exact);
  const threads = options.threads ?? (n * d < 200_000 ? 0 : Math.min(8, availableParallelism()));
  const kernels = new KnnKernels({ n, d, k, threads, approximate: !exact });
  const stop = () => kernels.stop();
  signal?.addEventListener('abort', stop);
  try {
    if (signal?.aborted) throw new Cancelled();
    await kernels.load(rows, scale);
    if (exact) {
      const all = Uint32Array.from({ length: n }, (_, i) => i);
      const found = await kernels.exact(all, (done) => options.progress?.(done, n));
      if (signal?.aborted) throw new Cancelled();
      return { k, ...found, method: 'exact', recall: { value: 1, error: 0, samples: n }, rounds: 0 };
    }
    const sample = drawSample(n, Math.min(n, options.sample ?? 500), seed);
    const truth = sample.length > 0 ? await kernels.exact(sample) : undefined;
    let rounds = 0;
    for (let attempt = 0; ; attempt++) {
      rounds += await kernels.approximate(seed, attempt, (done) => options.progress?.(done, n));
      if (signal?.aborted) throw new Cancelled();
      const found = await kernels.refineAll();
      const recall = measureRecall(found, truth, sample, k);
      if (!truth || recall.value >= (options.recall ?? 0.99) || attempt === 3)
        return { k, ...found, method: 'approximate', recall, rounds };
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    await kernels.close();
  }
}

function drawSample(n: number, count: number, seed: number): Uint32Array {
  const random = stream(seed, 'knn sample');
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(random.below(n));
  return Uint32Array.from(chosen).sort();
}

interface Found {
  readonly ids: Uint32Array;
  readonly distances: Float32Array;
}

function measureRecall(found: Found, truth: Found | undefined, sample: Uint32Array, k: number): Neighbours['recall'] {
  if (!truth) return { value: NaN, error: NaN, samples: 0 };
  const shares = Float64Array.from(sample, (row, i) => {
    const reach = truth.distances[i * k + k - 1]!;
    let hits = 0;
    for (let e = 0; e < k; e++) if (found.distances[row * k + e]! <= reach) hits++;
    return hits / k;
  });
  const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
  const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / Math.max(1, shares.length - 1);
  return { value: mean, error: Math.sqrt(variance / shares.length), samples: shares.length };
}
