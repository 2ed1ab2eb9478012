import { h } from '../charts/dom';
import { formatCount } from '../charts/numbers';
import { dataTable, tableActions, type TableData } from '../charts/table';
import { className, domainName, type Samples } from '../data/run-data';
import { plainPanel } from '../shell/view';
import type { ClusterPage } from './state';

/** Pictures of a selection that are shown at once. */
const mostPictures = 60;

/** What was selected in the scatter plot: how many of each class and domain, and the samples. */
export function selectionPanel(page: ClusterPage): HTMLElement {
  const content = h('div', { 'aria-live': 'polite' });
  const fill = (): void => {
    const { selected } = page.picks.value;
    if (selected.length === 0) {
      content.replaceChildren(
        h(
          'p',
          { class: 'note' },
          'Nothing is selected. Choose Rectangle or Lasso above the plot and drag, or drag with Shift.',
        ),
      );
      return;
    }
    const counts = selectionCounts(page.samples, selected);
    content.replaceChildren(
      h('p', {}, `${formatCount(selected.length)} samples selected.`),
      dataTable(counts),
      tableActions(() => selectionList(page, selected)),
      ...pictures(page, selected),
    );
  };
  page.picks.follow(fill);
  fill();
  return plainPanel('Selection', undefined, [content]);
}

/** Selected samples by class and domain. */
export function selectionCounts(samples: Samples, selected: readonly number[]): TableData {
  const domains = [...new Set(selected.map((entry) => samples.domains[entry]!))].sort((a, b) => a - b);
  const classes = [...new Set(selected.map((entry) => samples.labels[entry]!))].sort((a, b) => a - b);
  const counts = new Map<string, number>();
  for (const entry of selected) {
    const key = `${samples.labels[entry]} ${samples.domains[entry]}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const cell = (value: number): [string, number] => [formatCount(value), value];
  return {
    caption: 'Selected samples by class and domain',
    columns: [
      { text: 'class' },
      ...domains.map((domain) => ({ text: domainName(samples, domain), numeric: true })),
      { text: 'total', numeric: true },
    ],
    rows: classes.map((label) => {
      const each = domains.map((domain) => counts.get(`${label} ${domain}`) ?? 0);
      return [className(samples, label), ...each.map(cell), cell(each.reduce((a, b) => a + b, 0))];
    }),
  };
}

function selectionList({ samples, state }: ClusterPage, selected: readonly number[]): TableData {
  const { clusters } = state.value;
  return {
    caption: 'Selected samples',
    columns: [
      { text: 'row', numeric: true },
      { text: 'name' },
      { text: 'class' },
      { text: 'domain' },
      { text: 'cluster', numeric: true },
    ],
    rows: selected.map((entry) => [
      [String(samples.rows[entry]), samples.rows[entry]!],
      samples.names[entry] ?? '',
      className(samples, samples.labels[entry]!),
      domainName(samples, samples.domains[entry]!),
      clusters ? [String(clusters[entry]! + 1), clusters[entry]! + 1] : '',
    ]),
  };
}

function pictures({ samples, context }: ClusterPage, selected: readonly number[]): HTMLElement[] {
  const shown = selected.slice(0, mostPictures);
  const items = shown.map((entry) => {
    const row = samples.rows[entry]!;
    const name = samples.names[entry] || `sample ${row}`;
    const picture = context.data.picture(samples, row, 48);
    return h('li', { title: name }, picture ?? h('span', { class: 'sample-name' }, name));
  });
  return [
    h('ul', { class: 'strip', 'aria-label': 'Selected samples' }, ...items),
    ...(shown.length < selected.length
      ? [h('p', { class: 'note' }, `${shown.length} of ${formatCount(selected.length)} shown.`)]
      : []),
  ];
}
