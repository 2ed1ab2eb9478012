import { h, labelledSelect } from '../charts/dom';
import { formatNumber } from '../charts/numbers';
import { areImages, className, entryOf } from '../data/run-data';
import { numberIn, numbersIn, plainPanel } from '../shell/view';
import { separationOf, type ClusterPage } from './state';

/** Eigenvectors shown at once. */
const atOnce = 4;

/** The samples at both ends of the eigenvectors: what each tells apart, to look at. */
export function galleryPanel(page: ClusterPage): HTMLElement | undefined {
  const { view, choices } = page.context;
  const spectrum = view.details.spectrum;
  const count = Array.from({ length: 64 }, (_, i) => i).filter(
    (i) => numbersIn(spectrum, 'eigenvectors', String(i), 'ends', 'low').length > 0,
  ).length;
  // A report carries the samples of some eigenvectors alone.
  const known = Array.from({ length: count }, (_, i) => i).filter((i) => rowsAt(page, i, 'low').length > 0);
  if (known.length === 0) return undefined;
  const pages = Array.from({ length: Math.ceil(known.length / atOnce) }, (_, i) => {
    const own = known.slice(i * atOnce, (i + 1) * atOnce);
    return { value: String(i), text: `${own[0]! + 1} – ${own.at(-1)! + 1}` };
  });
  const content = h('div', { class: 'gallery' });
  const fill = (at: number): void =>
    content.replaceChildren(...known.slice(at * atOnce, (at + 1) * atOnce).map((i) => vectorRow(page, i)));
  const chosen = choices.among(
    'gallery.page',
    pages.map(({ value }) => value),
  );
  fill(Number(chosen));
  return plainPanel(
    'Extremes of the eigenvectors',
    'The samples with the lowest and the highest values on each.',
    [
      pages.length > 1 &&
        h(
          'div',
          { class: 'controls' },
          labelledSelect('Eigenvectors', pages, chosen, (value) => {
            choices.set('gallery.page', value);
            fill(Number(value));
          }),
        ),
      content,
    ],
    { wide: true },
  );
}

function rowsAt(page: ClusterPage, vector: number, end: 'low' | 'high'): number[] {
  const rows = numbersIn(page.context.view.details.spectrum, 'eigenvectors', String(vector), 'ends', end);
  return rows.filter((row) => entryOf(page.samples, row) >= 0);
}

function vectorRow(page: ClusterPage, vector: number): HTMLElement {
  const { view } = page.context;
  const of = (name: string): number | undefined =>
    numberIn(view.details.spectrum, 'eigenvectors', String(vector), name);
  const [value, classRatio, domainRatio] = ['eigenvalue', 'classRatio', 'domainRatio'].map(of);
  const what = separationOf(view, vector);
  const facts = [
    value === undefined ? '' : `λ = ${formatNumber(value, 3)}`,
    what === 'class' ? 'separates classes' : what === 'domain' ? 'separates domains' : '',
    classRatio === undefined ? '' : `η² class ${classRatio.toFixed(2)}`,
    domainRatio === undefined ? '' : `domain ${domainRatio.toFixed(2)}`,
  ];
  return h(
    'section',
    { class: 'gallery-row', 'aria-label': `Eigenvector ${vector + 1}` },
    h('h4', {}, `Eigenvector ${vector + 1}`, h('span', { class: 'note' }, ` ${facts.filter(Boolean).join(' · ')}`)),
    h(
      'div',
      { class: 'gallery-ends' },
      ...(['low', 'high'] as const).map((end) =>
        h(
          'div',
          {},
          h('span', { class: 'note' }, end === 'low' ? 'lowest' : 'highest'),
          h('ul', { class: 'strip' }, ...rowsAt(page, vector, end).map((row) => sampleItem(page, row))),
        ),
      ),
    ),
  );
}

/** A sample as an item of a strip. */
export function sampleItem({ samples, context }: ClusterPage, row: number, side = 48): HTMLElement {
  const entry = entryOf(samples, row);
  const label = className(samples, samples.labels[entry] ?? -1);
  const name = samples.names[entry] || `sample ${row}`;
  const picture = areImages(samples) ? context.data.picture(samples, row, side) : undefined;
  return h('li', { title: `${name}, ${label}` }, picture ?? h('span', { class: 'sample-name' }, `${name} (${label})`));
}
