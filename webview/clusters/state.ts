import type { Observable } from '../shell/choices';
import { type ViewContext, matrixIn, numberIn, numbersIn, part } from '../shell/view';
import type { Samples } from '../data/run-data';

/** The clusters that the page shows: those of the run, or of another number, computed by the engine. */
export interface ClusterState {
  k: number | undefined;
  /** Cluster of each entry; undefined where it is not known. */
  clusters: ArrayLike<number> | undefined;
  matrix: number[][] | undefined;
  /** Class that each cluster is matched to, −1 for none. */
  classOfCluster: readonly number[];
  /** The run's own clusters. */
  own: boolean;
  busy?: boolean;
  error?: string;
}

/** Which samples the reader has picked: those selected, and up to two as the ends of a path. */
export interface Picks {
  selected: readonly number[];
  ends: readonly number[];
}

export interface ClusterPage {
  context: ViewContext;
  samples: Samples;
  /** n × count, row-major; undefined where the run has none. */
  vectors: { data: ArrayLike<number>; count: number } | undefined;
  eigenvalues: readonly number[];
  state: Observable<ClusterState>;
  picks: Observable<Picks>;
}

export function initialState({ view }: ViewContext, clusters: ArrayLike<number> | undefined): ClusterState {
  const spectrum = view.details.spectrum;
  return {
    k: numberIn(spectrum, 'clusters') ?? view.figures.find(({ id }) => id === 'spectrum.clusters')?.value,
    clusters,
    matrix: matrixIn(spectrum, 'contingency'),
    classOfCluster: numbersIn(spectrum, 'classOfCluster'),
    own: true,
  };
}

/** What each eigenvector tells apart, as the stage found. */
export function separationOf(view: ViewContext['view'], column: number): 'class' | 'domain' | 'neither' | undefined {
  const separates = part(view.details.spectrum, 'eigenvectors', String(column), 'separates');
  return separates === 'class' || separates === 'domain' || separates === 'neither' ? separates : undefined;
}

/** Asks the engine for clusters of another number and shows them. */
export function recluster(page: ClusterPage, k: number): void {
  const { state, context } = page;
  const { clusters } = context.data;
  if (!clusters || state.value.k === k) return;
  context.choices.set('clusters.k', k);
  state.value = { ...state.value, k, busy: true, error: undefined };
  const run = async (): Promise<void> => {
    const answer = await clusters(k);
    const { data } = await context.data.file(answer.file);
    // Another number may have been asked for meanwhile.
    if (state.value.k !== k) return;
    state.value = {
      ...{ k, clusters: data, matrix: answer.contingency, own: false },
      classOfCluster: answer.classOfCluster ?? [],
    };
  };
  run().catch((error: unknown) => {
    if (state.value.k === k)
      state.value = { ...state.value, busy: false, error: error instanceof Error ? error.message : String(error) };
  });
}
