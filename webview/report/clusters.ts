import type { SpectrumView } from '../../engine/report/payload';
import { h } from '../charts/dom';
import { heatTable } from '../charts/heat-table';

/** The order of rows that brings each cluster's largest class to the diagonal: by that class, then by its count. */
export function diagonalOrder(matrix: readonly (readonly number[])[]): number[] {
  const peak = (row: readonly number[]): number => row.indexOf(Math.max(...row));
  return matrix
    .map((_, i) => i)
    .sort((a, b) => {
      const [rowA, rowB] = [matrix[a]!, matrix[b]!];
      return peak(rowA) - peak(rowB) || Math.max(...rowB) - Math.max(...rowA) || a - b;
    });
}

/** How the clusters and the classes meet. */
export function clusterPanel({ matrix, classNames }: SpectrumView): HTMLElement {
  return h(
    'figure',
    { class: 'panel' },
    h(
      'figcaption',
      {},
      h('h3', {}, 'Clusters and classes'),
      h(
        'p',
        { class: 'note' },
        'Samples of each class in each cluster. Clusters are found without labels; shading is the share of the row.',
      ),
    ),
    heatTable({
      caption: 'Number of samples by cluster and class',
      corner: 'cluster',
      columns: classNames,
      rows: diagonalOrder(matrix).map((i) => ({ name: String(i + 1), values: matrix[i]! })),
    }),
  );
}
