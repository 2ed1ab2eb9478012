import type { ReportFigure } from '../../engine/report/payload';
import { h, styled } from '../charts/dom';

/** A cell of a map of advantages, blue for a gain and orange for a loss, as dark as its share of the largest. */
export function advantageCell(figure: ReportFigure | undefined, most: number, where: string): HTMLElement {
  if (!figure || !Number.isFinite(figure.value)) return h('td', { class: 'map-cell' }, '–');
  const { value, interval, seeds } = figure;
  const share = Math.abs(value) / (most || 1);
  const over = interval && ` (95 %: ${points(interval[0])} to ${points(interval[1])}, ${seeds} seeds)`;
  const isClear = interval !== undefined && (interval[0] > 0 || interval[1] < 0);
  const cell = h(
    'td',
    {
      class: `map-cell ${value >= 0 ? 'gain' : 'loss'}${share > 0.6 ? ' strong' : ''}${isClear ? ' clear' : ''}`,
      title: `${where}: ${points(value)} points${over ?? ''}`,
    },
    points(value),
    interval && h('small', { class: 'aside' }, `± ${(100 * (interval[1] - value)).toFixed(1)}`),
  );
  return styled(cell, { '--share': share.toFixed(3) });
}

/** A difference of accuracies in percentage points, with its sign. */
export function points(value: number): string {
  const size = (100 * Math.abs(value)).toFixed(1);
  return `${Number(size) === 0 ? '±' : value > 0 ? '+' : '−'}${size}`;
}

/** The largest of some values by size. */
export function largest(values: readonly number[]): number {
  return values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
}
