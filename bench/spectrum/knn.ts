import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stream } from '../../engine/data/random';
import { nearestNeighbours } from '../../engine/graph/knn';
import type { BenchFigure } from '../support/contract';
import { runPython } from '../support/python';

export interface KnnSetup {
  readonly n: number;
  readonly d: number;
  readonly k: number;
  readonly rounds: number;
}

/** 100 clusters of falling spectrum: features of a trained network look like this. */
export function clusteredFeatures(n: number, d: number, seed: number): Float32Array {
  const random = stream(seed, 'clustered features');
  const centers = Float32Array.from({ length: 100 * d }, () => random.normal());
  const values = new Float32Array(n * d);
  for (let i = 0; i < n; i++) {
    const center = random.below(100) * d;
    for (let j = 0; j < d; j++) values[i * d + j] = centers[center + j]! + (0.5 * random.normal()) / (1 + 0.2 * j);
  }
  return values;
}

/** Times one peer, warm: what it compiles is compiled on a part of the data first. Debian has all three. */
const peers = `
import json, sys, time
import numpy as np
given = json.load(sys.stdin)
k, d, rounds, threads = given['k'], given['d'], given['rounds'], given['threads']
x = np.fromfile(given['file'], dtype=np.float32).reshape(-1, d)
def search():
    try:
        import pynndescent
        pynndescent.NNDescent(x[:5000], n_neighbors=k + 1, random_state=0, n_jobs=threads)
        def run(seed): return pynndescent.NNDescent(x, n_neighbors=k + 1, random_state=seed, n_jobs=threads).neighbor_graph[0]
        return 'pynndescent', run
    except ImportError:
        pass
    try:
        import hnswlib
        def run(seed):
            index = hnswlib.Index(space='l2', dim=d)
            index.init_index(max_elements=len(x), ef_construction=200, M=16, random_seed=seed)
            index.set_num_threads(threads)
            index.add_items(x)
            index.set_ef(100)
            return index.knn_query(x, k=k + 1)[0]
        return 'hnswlib', run
    except ImportError:
        pass
    from sklearn.neighbors import NearestNeighbors
    def run(seed): return NearestNeighbors(n_neighbors=k + 1, algorithm='brute', n_jobs=threads).fit(x).kneighbors(x)[1]
    return 'scikit-learn brute force', run
name, run = search()
seconds = []
for seed in range(rounds):
    start = time.perf_counter()
    found = run(seed)
    seconds.append(time.perf_counter() - start)
rows = np.random.RandomState(0).choice(len(x), 500, replace=False)
norms = (x.astype(np.float64) ** 2).sum(1)
hits = 0
for row in rows:
    distances = norms - 2 * (x @ x[row])
    distances[row] = np.inf
    true = np.argpartition(distances, k)[:k]
    own = [j for j in found[row] if j != row][:k]
    hits += len(set(true.tolist()) & set(int(j) for j in own))
print(json.dumps({'name': name, 'seconds': min(seconds), 'recall': hits / (500 * k)}))
`;

interface Peer {
  readonly name: string;
  readonly seconds: number;
  readonly recall: number;
}

/** Approximate search beside the best peer that is installed, on the same rows; the fastest of some rounds of each. */
export async function knnFigures({ n, d, k, rounds }: KnnSetup): Promise<BenchFigure[]> {
  const values = clusteredFeatures(n, d, 1);
  const folder = mkdtempSync(join(tmpdir(), 'eigenprobe-knn-'));
  try {
    const file = join(folder, 'rows.f32');
    writeFileSync(file, new Uint8Array(values.buffer));
    let seconds = Infinity;
    let recall = 1;
    const measure = async (seed: number): Promise<void> => {
      const start = performance.now();
      const found = await nearestNeighbours(values, n, d, { k, seed, method: 'approximate', threads: 2 });
      seconds = Math.min(seconds, (performance.now() - start) / 1000);
      recall = Math.min(recall, found.recall.value);
    };
    // Before and after the peer: a machine that is busy for a while is busy for both.
    for (let seed = 0; seed < rounds; seed++) await measure(seed);
    const peer = (await runPython(peers, { file, d, k, rounds, threads: 2 })) as Peer;
    for (let seed = 0; seed < rounds; seed++) await measure(rounds + seed);
    const what = `kNN ${n} × ${d}, k = ${k}`;
    return [
      { name: `${what}: recall`, value: recall, unit: 'fraction', target: 0.99, better: 'higher' },
      { name: `${what}: time, recall's measurement included`, value: seconds, unit: 's', better: 'lower' },
      { name: `${what}: ${peer.name}, warm, recall`, value: peer.recall, unit: 'fraction', better: 'higher' },
      { name: `${what}: ${peer.name}, warm`, value: peer.seconds, unit: 's', better: 'lower' },
      {
        name: `${what}: time over ${peer.name}`,
        value: seconds / peer.seconds,
        unit: 'ratio',
        target: 1,
        better: 'lower',
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
