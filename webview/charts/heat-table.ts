import { h, styled } from './dom';
import { formatCount } from './numbers';
import { shortened } from './text';

/** Characters of a column's name that are shown; the whole name is its title. */
const longest = 40;

export interface HeatTable {
  caption: string;
  corner: string;
  columns: readonly string[];
  rows: readonly { name: string; values: readonly number[] }[];
  /** By default a cell is shaded by its share of the row; this says how dark it is, 0…1. */
  shade?: (value: number) => number;
  format?: (value: number) => string;
  /** A second, smaller line in a cell: how sure its value is. */
  aside?: (row: number, column: number) => string | undefined;
  /** Called with the cell that was chosen. */
  onChoose?: (row: number, column: number) => void;
}

/** A table whose cells are shaded: counts by their share of the row, or values by a measure of their own. */
export function heatTable({ caption, corner, columns, rows, shade, format, aside, onChoose }: HeatTable): HTMLElement {
  const counts = shade === undefined;
  const body = rows.map(({ name, values }, row) => {
    const total = values.reduce((sum, value) => sum + value, 0);
    const cells = values.map((value, column) => {
      const share = shade ? Math.max(0, Math.min(1, shade(value))) : total > 0 ? value / total : 0;
      const text = format ? format(value) : value === 0 ? '·' : formatCount(value);
      const title = counts && total > 0 ? `${(100 * share).toFixed(1)} % of ${name}` : `${name}, ${columns[column]}`;
      const button = onChoose && h('button', { type: 'button', class: 'cell-button' }, text);
      button?.addEventListener('click', () => onChoose?.(row, column));
      const beside = aside?.(row, column);
      const cell = h(
        'td',
        { class: 'heat', title },
        button ?? text,
        beside !== undefined && h('small', { class: 'aside' }, beside),
      );
      if (share > 0.55) cell.classList.add('strong');
      return styled(cell, { '--share': (Number.isFinite(share) ? share : 0).toFixed(3) });
    });
    return h(
      'tr',
      {},
      h('th', { scope: 'row', title: name }, name),
      ...cells,
      counts && h('td', { class: 'numeric total' }, formatCount(total)),
    );
  });
  const head = [corner, ...columns, ...(counts ? ['total'] : [])].map((text) =>
    h('th', { scope: 'col', title: text }, shortened(text, longest)),
  );
  return h(
    'div',
    { class: 'table-frame', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      { class: `heat-table${columns.length > 10 ? ' dense' : ''}` },
      h('caption', {}, caption),
      h('thead', {}, h('tr', {}, ...head)),
      h('tbody', {}, ...body),
    ),
  );
}
