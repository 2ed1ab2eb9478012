import { h } from '../charts/dom';
import { heatTable } from '../charts/heat-table';
import { tableActions } from '../charts/table';
import { plainPanel } from '../shell/view';
import type { ClusterPage } from './state';

/** More classes or clusters than this make a matrix that nobody reads. */
const mostSide = 60;

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

/** Counts of cluster × class over labelled samples. */
export function countMatrix(clusters: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number[][] {
  let rows = 0;
  for (let i = 0; i < clusters.length; i++) rows = Math.max(rows, clusters[i]! + 1);
  const matrix = Array.from({ length: rows }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i++)
    if (labels[i]! >= 0 && clusters[i]! >= 0) matrix[clusters[i]!]![labels[i]!]!++;
  return matrix;
}

/** How the clusters and the classes meet. */
export function matrixPanel(page: ClusterPage): HTMLElement {
  const { samples, state } = page;
  const content = h('div');
  const fill = (): void => {
    const { clusters, busy } = state.value;
    // Without the stage's own table the page counts what it has.
    const matrix =
      state.value.matrix ?? (clusters ? countMatrix(clusters, samples.labels, samples.classNames.length) : []);
    if (matrix.length === 0 || samples.classNames.length === 0) {
      content.replaceChildren(
        h('p', { class: 'note' }, 'No sample has a label, so there is nothing to hold the clusters against.'),
      );
      return;
    }
    const order = diagonalOrder(matrix).slice(0, mostSide);
    const columns = samples.classNames.slice(0, mostSide);
    const cut = matrix.length > mostSide || samples.classNames.length > mostSide;
    content.classList.toggle('stale', busy === true);
    content.replaceChildren(
      heatTable({
        caption: 'Number of samples by cluster and class',
        corner: 'cluster',
        columns,
        rows: order.map((i) => ({ name: String(i + 1), values: matrix[i]!.slice(0, mostSide) })),
      }),
      ...(cut
        ? [
            h(
              'p',
              { class: 'note' },
              `${order.length} of ${matrix.length} clusters and ${columns.length} of ${samples.classNames.length} classes; all are in the CSV.`,
            ),
          ]
        : []),
      tableActions(() => ({
        caption: 'Samples by cluster and class',
        columns: [{ text: 'cluster', numeric: true }, ...samples.classNames.map((text) => ({ text, numeric: true }))],
        rows: diagonalOrder(matrix).map((i) => [
          [String(i + 1), i + 1] as const,
          ...matrix[i]!.map((value) => [String(value), value] as const),
        ]),
      })),
    );
  };
  state.follow(fill);
  fill();
  return plainPanel(
    'Clusters and classes',
    'Samples of each class in each cluster. Clusters are found without labels; shading is the share of the row.',
    [content],
  );
}
