import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CsrGraph } from '../../engine/graph/csr';
import { runPython } from '../support/python';

export type PeerName = 'eigsh' | 'lobpcg' | 'spectral embedding';

/** What a solver made of a problem; undefined where it ran out of time or memory. */
export interface Solved {
  readonly seconds: number;
  /** Sum of the eigenvalues found. */
  readonly trace: number;
  /** Largest ‖Āx − λx‖, in double precision on unit vectors. */
  readonly residual: number;
}

/**
 * Solves for the k largest eigenpairs of Ā, from the graph's weights on, in double precision as SciPy users do. The
 * fastest of as many runs as fit into `enough` seconds: three at most, or what fits into one second.
 */
const script = `
import json, sys, time, warnings
import numpy as np, scipy.sparse as sp
from scipy.sparse.linalg import eigsh, lobpcg
warnings.filterwarnings('ignore')
given = json.load(sys.stdin)
k, tolerance = given['k'], given['tolerance']
read = lambda name, kind: np.fromfile(given['folder'] + '/' + name, dtype=kind)
starts = read('starts', np.uint32).astype(np.int32)
columns = read('columns', np.uint32).astype(np.int32)
weights = sp.csr_matrix((read('values', np.float32).astype(np.float64), columns, starts))
n = weights.shape[0]
def normalized():
    d = np.asarray(weights.sum(1)).ravel()
    root = np.where(d > 0, 1 / np.sqrt(np.where(d > 0, d, 1)), 0)
    return (sp.diags(root) @ weights @ sp.diags(root)).tocsr(), root
def with_eigsh():
    a, _ = normalized()
    return eigsh(a, k=k, which='LA', tol=tolerance)
def with_lobpcg():
    a, _ = normalized()
    start = np.random.RandomState(0).standard_normal((n, k))
    return lobpcg(a, start, largest=True, tol=tolerance, maxiter=1000)
def with_embedding():
    from sklearn.manifold import spectral_embedding
    _, root = normalized()
    x = spectral_embedding(weights, n_components=k, drop_first=False, random_state=0, eigen_tol=tolerance)
    x = x / np.where(root > 0, root, 1)[:, None]
    return None, x
solve = {'eigsh': with_eigsh, 'lobpcg': with_lobpcg, 'spectral embedding': with_embedding}[given['peer']]
best, spent = float('inf'), 0.0
run = 0
while run < 3 or spent < 1:
    run += 1
    start = time.perf_counter()
    values, vectors = solve()
    seconds = time.perf_counter() - start
    best, spent = min(best, seconds), spent + seconds
    if spent + seconds > given['enough']:
        break
a, _ = normalized()
vectors = vectors / np.linalg.norm(vectors, axis=0)
images = a @ vectors
if values is None:
    values = (vectors * images).sum(0)
residual = np.linalg.norm(images - vectors * values, axis=0).max()
print(json.dumps({'seconds': best, 'trace': float(np.sum(values)), 'residual': float(residual)}))
`;

/** All of a small graph's largest eigenvalues: the default tolerance is machine precision. */
const precise =
  script.slice(0, script.indexOf('def with_eigsh')).replace("given['tolerance']", '0') +
  `
print(json.dumps(sorted(eigsh(normalized()[0], k=k, which='LA', return_eigenvectors=False).tolist())))
`;

export interface PeerOptions {
  readonly k: number;
  readonly tolerance: number;
  /** Seconds after which a run is ended. */
  readonly timeout: number;
  /** Seconds beyond which a run is not repeated. */
  readonly enough: number;
}

/** A graph in files that Python's peers read. */
export class PeerProblem {
  private readonly folder = mkdtempSync(join(tmpdir(), 'eigenprobe-spectrum-'));

  constructor(graph: CsrGraph) {
    for (const name of ['starts', 'columns', 'values'] as const) writeFileSync(join(this.folder, name), graph[name]);
  }

  /** Runs a peer; undefined where it did not end in time. */
  async solve(peer: PeerName, options: PeerOptions): Promise<Solved | undefined> {
    return (await runPython(script, { ...options, peer, folder: this.folder }, options.timeout)) as Solved | undefined;
  }

  /** The k largest eigenvalues to machine precision, of a small graph. */
  async values(k: number): Promise<number[]> {
    return (await runPython(precise, { folder: this.folder, k })) as number[];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
