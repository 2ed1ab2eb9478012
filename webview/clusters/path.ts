import type { PathAnswer } from '../../engine/query/answers';
import { h } from '../charts/dom';
import { formatNumber } from '../charts/numbers';
import { tableActions } from '../charts/table';
import { className, domainName, entryOf } from '../data/run-data';
import { loading, messageOf, notice } from '../shell/states';
import { plainPanel } from '../shell/view';
import { sampleItem } from './gallery';
import type { ClusterPage } from './state';

/** The shortest path between two samples in the run's graph, as a strip of pictures. */
export function pathPanel(page: ClusterPage): HTMLElement | undefined {
  const { data } = page.context;
  if (!data.path && data.paths.length === 0) return undefined;
  const content = h('div', { 'aria-live': 'polite' });
  const title = 'Paths through the graph';
  if (!data.path) {
    content.replaceChildren(...data.paths.map((path) => pathStrip(page, path)));
    return plainPanel(
      title,
      data.paths[0] && `Shortest paths between samples drawn at random. ${graphText(data.paths[0])}`,
      [content],
      { wide: true },
    );
  }
  const find = data.path;
  const fill = async (): Promise<void> => {
    const { ends } = page.picks.value;
    const rows = ends.map((entry) => page.samples.rows[entry]!);
    if (rows.length < 2) {
      content.replaceChildren(
        h('p', { class: 'note' }, 'Click one sample in the plot, then another (with the keyboard: arrows, Enter).'),
        ...(rows.length === 1 ? [h('ul', { class: 'strip' }, sampleItem(page, rows[0]!, 56))] : []),
      );
      return;
    }
    content.replaceChildren(loading('Looking for the shortest path'));
    try {
      const path = await find(rows[0]!, rows[1]!);
      if (page.picks.value.ends !== ends) return;
      content.replaceChildren(pathStrip(page, path), h('p', { class: 'note' }, graphText(path)));
    } catch (error) {
      content.replaceChildren(notice('error', 'No path was found', [messageOf(error)]));
    }
  };
  let before = page.picks.value.ends;
  page.picks.follow(({ ends }) => {
    if (ends === before) return;
    before = ends;
    void fill();
  });
  void fill();
  return plainPanel(
    title,
    'The shortest path between two samples: what the graph takes for similar, step by step.',
    [content],
    { wide: true },
  );
}

function graphText({ graph }: PathAnswer): string {
  return `Graph: ${graph}.`;
}

function pathStrip(page: ClusterPage, { from, to, path, length }: PathAnswer): HTMLElement {
  const { samples } = page;
  const name = (row: number): string => samples.names[entryOf(samples, row)] || `sample ${row}`;
  if (!path || length === null)
    return h('p', {}, `There is no path from ${name(from)} to ${name(to)}: they lie in different components.`);
  return h(
    'section',
    { class: 'path', 'aria-label': `Path from ${name(from)} to ${name(to)}` },
    h(
      'p',
      { class: 'note' },
      `${path.length - 1} ${path.length === 2 ? 'step' : 'steps'}, length ${formatNumber(length, 3)}`,
    ),
    h(
      'ol',
      { class: 'strip path-strip' },
      ...path.map(({ row, weight }) => {
        const entry = entryOf(samples, row);
        const item = sampleItem(page, row, 64);
        item.append(
          h('span', { class: 'path-class' }, className(samples, samples.labels[entry] ?? -1)),
          h('span', { class: 'note' }, domainName(samples, samples.domains[entry] ?? 0)),
        );
        if (weight !== undefined)
          item.prepend(h('span', { class: 'path-weight', title: 'weight of the edge' }, formatNumber(weight, 2)));
        return item;
      }),
    ),
    tableActions(() => ({
      caption: `Path from ${name(from)} to ${name(to)}`,
      columns: [{ text: 'row', numeric: true }, { text: 'name' }, { text: 'class' }, { text: 'weight', numeric: true }],
      rows: path.map(({ row, weight }) => [
        [String(row), row],
        name(row),
        className(samples, samples.labels[entryOf(samples, row)] ?? -1),
        weight === undefined ? '' : [formatNumber(weight), weight],
      ]),
    })),
  );
}
