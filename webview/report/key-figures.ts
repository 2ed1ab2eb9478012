import type { Figure } from '../../engine/run/format';
import { h } from '../charts/dom';
import { formatNumber, formatValue } from '../charts/numbers';

export interface KeyFigure {
  label: string;
  value: string;
  note: string;
}

type Where = Partial<Pick<Figure, 'method' | 'shift'>>;

/** The first figure with this identifier and, where given, of this method and shift. */
export function findFigure(figures: readonly Figure[], id: string, where: Where = {}): Figure | undefined {
  return figures.find(
    (figure) =>
      figure.id === id &&
      (where.method === undefined || figure.method === where.method) &&
      (where.shift === undefined || figure.shift === where.shift),
  );
}

/** The run's answers in a handful of numbers, each with what it is to be compared with. */
export function keyFigures(figures: readonly Figure[]): KeyFigure[] {
  const find = (id: string, where?: Where): Figure | undefined => findFigure(figures, id, where);
  const text = (figure: Figure): string => formatValue(figure.value, figure.unit);
  const cards: KeyFigure[] = [];
  const add = (label: string, figure: Figure | undefined, ...notes: (string | undefined)[]): void => {
    if (figure)
      cards.push({ label, value: text(figure), note: notes.filter((note) => note !== undefined).join(' · ') });
  };
  const compared = (name: string, figure: Figure | undefined): string | undefined =>
    figure && `${name} ${text(figure)}`;

  const transferred = find('transfer.accuracy', { method: 'spectral', shift: 'OOD' });
  add(
    `Target accuracy${transferred?.domain ? ` (${transferred.domain})` : ''}, spectral`,
    transferred,
    compared('source-only', find('transfer.accuracy', { method: 'source-only', shift: 'OOD' })),
  );
  add(
    'Linear probe accuracy',
    find('probe.accuracy', { method: 'spectral' }),
    compared('random network', find('probe.accuracy', { method: 'random-network' })),
  );
  add(
    'Clusters matched to classes',
    find('spectrum.accuracy'),
    compared('NMI', find('spectrum.nmi')),
    compared('ARI', find('spectrum.ari')),
  );
  const clusters = find('spectrum.clusters');
  add('Eigengap', find('spectrum.gap'), clusters && `after eigenvalue ${text(clusters)}`);
  const kept =
    find('finetune.accuracy', { method: 'LP-FT', shift: 'OOD' }) ?? find('finetune.accuracy', { shift: 'OOD' });
  add(
    `OOD accuracy, ${kept?.method ?? 'fine-tuned'}`,
    kept,
    ...['FT', 'LP']
      .filter((method) => method !== kept?.method)
      .map((method) => compared(method, find('finetune.accuracy', { method, shift: 'OOD' }))),
  );
  const [full, gentle] = ['FT', 'LP-FT'].map((method) => find('finetune.distortion', { method, shift: 'OOD' }));
  if (full && gentle && gentle.value > 0)
    cards.push({
      label: 'OOD distortion, FT to LP-FT',
      value: `${formatNumber(full.value / gentle.value, 3)} ×`,
      note: `FT ${text(full)} · LP-FT ${text(gentle)}`,
    });
  return cards;
}

export function keyFigureCards(figures: readonly Figure[]): HTMLElement | undefined {
  const cards = keyFigures(figures);
  if (cards.length === 0) return undefined;
  return h(
    'ul',
    { class: 'cards', 'aria-label': 'Key figures' },
    ...cards.map(({ label, value, note }) =>
      h('li', {}, h('span', { class: 'label' }, label), h('strong', {}, value), h('span', { class: 'note' }, note)),
    ),
  );
}
