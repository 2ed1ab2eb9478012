import { UMAP } from 'umap-js';
import { stream } from '../data/random';
import { nearestNeighbours } from '../graph/knn';
import { principalComponents, projectOn } from './pca';

export interface UmapOptions {
  readonly seed: number;
  readonly neighbours?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, total: number) => void;
}

/**
 * UMAP (McInnes, Healy and Melville 2018) of n × d rows to n × 2, by umap-js, over neighbours that the engine's own
 * search found, beginning from the two principal components rather than from chance, so that the large picture is that
 * of the data. The same seed gives the same picture.
 */
export async function umap(values: Float32Array, n: number, d: number, options: UmapOptions): Promise<Float32Array> {
  const { seed, signal, progress } = options;
  const start = projectOn(principalComponents(values, n, d, 2, seed), values, n, d);
  const k = Math.min(options.neighbours ?? 15, n - 1);
  // So few points have no neighbourhoods to speak of.
  if (n < 5 || k < 2) return start;
  const { ids, distances } = await nearestNeighbours(values, n, d, { k, seed, signal });
  const random = stream(seed, 'umap');
  const map = new UMAP({ nNeighbors: k, minDist: 0.1, random: () => random.next() });
  const rows = <T extends Uint32Array | Float32Array>(array: T): number[][] =>
    Array.from({ length: n }, (_, i) => Array.from(array.subarray(i * k, (i + 1) * k)));
  map.setPrecomputedKNN(rows(ids), rows(distances));
  const epochs = map.initializeFit(Array.from({ length: n }, () => []));
  const places = map.getEmbedding();
  const width = Math.max(...columnDeviation(start, n)) || 1;
  const across = start.length / n;
  places.forEach((place, i) => {
    // Its own picture begins within ±10.
    place[0] = (start[i * across]! / width) * 5 + 1e-3 * random.normal();
    place[1] = ((start[i * across + 1] ?? 0) / width) * 5 + 1e-3 * random.normal();
  });
  for (let epoch = 0; epoch < epochs; epoch++) {
    map.step();
    if (epoch % 10 === 0) {
      signal?.throwIfAborted();
      progress?.(epoch, epochs);
    }
  }
  return Float32Array.from(map.getEmbedding().flatMap(([x = 0, y = 0]) => [x, y]));
}

function columnDeviation(values: Float32Array, n: number): number[] {
  const width = values.length / n;
  return Array.from({ length: width }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[i * width + j]! ** 2;
    return Math.sqrt(sum / n);
  });
}
