import { UserError } from '../../errors';
import { Team } from '../eigen/team';
import { Regions } from './memory';
import type { RowScale } from './rows';

export interface KnnProblem {
  readonly n: number;
  readonly d: number;
  readonly k: number;
  readonly threads: number;
  /** Whether memory for trees and descent is wanted. */
  readonly approximate: boolean;
}

/** Rows that a leaf holds at most. */
const leaf = 128;
const trees = 8;
/** New and old candidates of a row in one round of descent. */
const candidates = 20;
/** Rows whose finds are made together. */
const block = 4096;
/** A round that replaces fewer than this share of all entries is the last. */
const settled = 0.001;
const rounds = 12;

type RegionName =
  | ('state' | 'floats' | 'rows' | 'norms' | 'errors' | 'mean' | 'lists' | 'limits' | 'queries' | 'ids' | 'found')
  | ('sure' | 'sampleLists' | 'sampleLimits' | 'scratch' | 'orders' | 'starts' | 'news' | 'olds' | 'finds' | 'changes');

/** The neighbour search's rows and lists in the kernels' memory, and the operations on them. */
export class KnnKernels {
  private readonly regions: Regions<RegionName>;
  private readonly team: Team;
  private readonly size: number;
  private readonly rowBytes: number;
  private readonly scratchBytes: number;
  private readonly findBytes: number;
  private scale = 1;
  private worstError = 0;

  constructor(private readonly problem: KnnProblem) {
    const { n, d, k, approximate } = problem;
    const threads = Math.max(1, problem.threads);
    this.size = k + Math.max(4, Math.ceil(k / 3));
    this.rowBytes = Math.ceil(d / 8) * 16;
    this.scratchBytes = 64 + Math.max(leaf, 2 * candidates) * (16 + this.rowBytes) + this.rowBytes + 8192;
    const pairs = candidates * candidates + (candidates * (candidates - 1)) / 2;
    this.findBytes = (Math.ceil(block / threads) + 1) * pairs * 12;
    const tree = approximate ? 1 : 0;
    this.regions = new Regions<RegionName>({
      state: 16,
      floats: n * d * 4,
      rows: (n + 4) * this.rowBytes,
      norms: (n + 4) * 4,
      errors: n * 4,
      mean: d * 4,
      lists: n * this.size * 8,
      limits: n * 4,
      queries: n * 4,
      ids: n * k * 4,
      found: n * k * 4,
      sure: n,
      sampleLists: tree * 4096 * this.size * 8,
      sampleLimits: tree * 4096 * 4,
      scratch: threads * Math.max(this.scratchBytes, this.size * 16),
      orders: tree * trees * n * 4,
      starts: tree * trees * (n + 2) * 4,
      news: tree * n * (8 + 8 * candidates),
      olds: tree * n * (8 + 8 * candidates),
      finds: tree * threads * (this.findBytes + 16),
      changes: threads * 4,
    });
    if (this.regions.bytes > 2 ** 32)
      throw new UserError(
        'knn-size',
        `Neighbours among ${n} rows of ${d} values need ${(this.regions.bytes / 2 ** 30).toFixed(1)} GiB of the 4 that can be addressed; ` +
          'search in a space with fewer dimensions (features, or smaller images), or sample the data.',
      );
    this.team = new Team(this.regions.bytes, problem.threads);
  }

  /** Stores the rows, as given and rounded. */
  async load(values: Float32Array, { mean, scale, limit }: RowScale): Promise<void> {
    const { regions, team } = this;
    const { n, d } = this.problem;
    regions.floats(team, 'floats').set(values);
    regions.floats(team, 'mean').set(mean);
    const at = (name: RegionName) => regions.at(name);
    await team.run('knnRows', n, d, this.rowBytes, at('floats'), at('rows'), at('norms'), at('errors'));
    await team.run('knnRound', at('mean'), scale, limit);
    this.scale = scale;
    this.worstError = regions
      .floats(team, 'errors')
      .subarray(0, n)
      .reduce((a, b) => Math.max(a, b), 0);
  }

  /** The k nearest of each query (row numbers), as if all distances were taken in double precision. */
  async exact(
    queries: Uint32Array,
    progress?: (done: number) => void,
  ): Promise<{ ids: Uint32Array; distances: Float32Array }> {
    const whole = queries.length === this.problem.n;
    await this.useLists(whole ? 'lists' : 'sampleLists', whole ? 'limits' : 'sampleLimits');
    const found = await this.watched(progress, () => this.search(queries, false));
    const open = queries.filter((_, i) => found.sure[i] === 0);
    if (open.length === 0) return found;
    const again = await this.watched(undefined, () => this.search(open, true));
    const { k } = this.problem;
    const placeOf = new Map(Array.from(open, (row, i) => [row, i]));
    queries.forEach((row, i) => {
      const from = placeOf.get(row);
      if (from === undefined) return;
      found.ids.set(again.ids.subarray(from * k, from * k + k), i * k);
      found.distances.set(again.distances.subarray(from * k, from * k + k), i * k);
    });
    return found;
  }

  private async search(queries: Uint32Array, given: boolean) {
    const { regions, team } = this;
    const at = (name: RegionName) => regions.at(name);
    regions.words(team, 'queries').set(queries);
    if (given) await team.run('knnSearchGiven', at('state'), at('queries'), queries.length);
    else
      await team.run(
        'knnSearch',
        ...[at('state'), at('queries'), queries.length, at('norms'), at('scratch'), this.scratchBytes, 32],
      );
    return this.refine(queries);
  }

  /** Trees and rounds of descent on the lists; a later attempt adds trees of its own. Returns the rounds done. */
  async approximate(seed: number, attempt: number, progress?: (done: number) => void): Promise<number> {
    const { regions, team } = this;
    const { n, k } = this.problem;
    const at = (name: RegionName) => regions.at(name);
    await this.useLists('lists', 'limits');
    let done = 0;
    await this.watched(progress, async () => {
      const word = (seed ^ Math.imul(attempt + 1, 0x85ebca6b)) | 0;
      await team.run(
        'knnTrees',
        ...[at('state'), word, trees, leaf, at('orders'), at('starts'), at('scratch'), this.scratchBytes],
        attempt === 0 ? 1 : 0,
      );
      const used = Math.min(this.size, k + 2 * attempt);
      while (done < rounds && !this.stopped) {
        done++;
        await team.run(
          'knnDescend',
          ...[at('state'), word + 0x10001 * done, used, candidates, at('news'), at('olds')],
          ...[at('scratch'), this.scratchBytes, at('finds'), this.findBytes, block, at('changes')],
        );
        const changed = regions.words(team, 'changes').reduce((a, b) => a + b, 0);
        if (changed < settled * n * k) break;
      }
    });
    return done;
  }

  /** The k nearest of every row among what its list holds. */
  async refineAll(): Promise<{ ids: Uint32Array; distances: Float32Array }> {
    await this.useLists('lists', 'limits');
    const { regions, team } = this;
    const all = Uint32Array.from({ length: this.problem.n }, (_, i) => i);
    regions.words(team, 'queries').set(all);
    return this.refine(all);
  }

  private async refine(queries: Uint32Array) {
    const { regions, team } = this;
    const { k } = this.problem;
    const at = (name: RegionName) => regions.at(name);
    const count = queries.length;
    await team.run(
      'knnRefine',
      ...[at('queries'), count, k, this.scale, this.worstError, at('ids'), at('found'), at('sure'), at('scratch')],
    );
    return {
      ids: regions.words(team, 'ids').slice(0, count * k),
      distances: regions.floats(team, 'found').slice(0, count * k),
      sure: regions.bytesOf(team, 'sure').slice(0, count),
    };
  }

  private async useLists(lists: RegionName, limits: RegionName): Promise<void> {
    await this.team.run('knnLists', this.size, this.regions.at(lists), this.regions.at(limits));
  }

  private async watched<T>(progress: ((done: number) => void) | undefined, work: () => Promise<T>): Promise<T> {
    const state = new Int32Array(this.team.memory.buffer, this.regions.at('state'), 4);
    Atomics.store(state, 2, 0);
    const timer = progress && setInterval(() => progress(Atomics.load(state, 2)), 250);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }

  private get stopped(): boolean {
    return Atomics.load(new Int32Array(this.team.memory.buffer, this.regions.at('state'), 4), 3) !== 0;
  }

  /** Lets the kernel in progress return early. */
  stop(): void {
    Atomics.store(new Int32Array(this.team.memory.buffer, this.regions.at('state'), 4), 3, 1);
  }

  async close(): Promise<void> {
    await this.team.close();
  }
}
