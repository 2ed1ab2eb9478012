import type { ClusterPage } from './state';

export interface Option {
  value: string;
  text: string;
}

/** What samples can be placed by. */
export function layoutOptions({ context: { data }, vectors }: ClusterPage): Option[] {
  const hasFeatures = data.arrays.includes('represent/features') || data.clusters === undefined;
  return [
    ...(vectors ? [{ value: 'eigenvectors', text: 'two eigenvectors' }] : []),
    ...(hasFeatures
      ? [
          { value: 'pca', text: 'PCA of the features' },
          { value: 'umap', text: 'UMAP of the features' },
        ]
      : []),
  ];
}

/** What samples can be coloured by. */
export function colourOptions({ samples, context, vectors, state }: ClusterPage): Option[] {
  const judged = context.data.arrays.filter((name) =>
    /^(probe\/(.*-)?predictions|transfer\/predictions-.*)$/.test(name),
  );
  return [
    ...(samples.classNames.length > 0 ? [{ value: 'class', text: 'class' }] : []),
    ...(state.value.clusters ? [{ value: 'cluster', text: 'cluster' }] : []),
    { value: 'domain', text: 'domain' },
    ...judged.map((name) => ({ value: `correct:${name}`, text: `correct (${judgeName(name)})` })),
    ...Array.from({ length: Math.min(32, vectors?.count ?? 0) }, (_, i) => ({
      value: `vector:${i}`,
      text: `eigenvector ${i + 1}`,
    })),
  ];
}

function judgeName(array: string): string {
  const [, stage = '', method] = /^(\w+)\/(?:predictions-)?(.*)$/.exec(array) ?? [];
  if (stage === 'probe') return method === 'predictions' ? 'probe' : 'probe, random network';
  return `${stage}, ${method}`;
}
