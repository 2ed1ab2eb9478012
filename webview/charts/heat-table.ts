import { h, styled } from './dom';
import { formatCount } from './numbers';

export interface HeatTable {
  caption: string;
  corner: string;
  columns: readonly string[];
  rows: readonly { name: string; values: readonly number[] }[];
}

/** Counts as a table whose cells are shaded by their share of the row. */
export function heatTable({ caption, corner, columns, rows }: HeatTable): HTMLElement {
  const body = rows.map(({ name, values }) => {
    const total = values.reduce((sum, value) => sum + value, 0);
    const cells = values.map((value) => {
      const share = total > 0 ? value / total : 0;
      const cell = h(
        'td',
        { class: 'heat', title: total > 0 ? `${(100 * share).toFixed(1)} % of ${name}` : undefined },
        value === 0 ? '·' : formatCount(value),
      );
      if (share > 0.6) cell.classList.add('strong');
      return styled(cell, { '--share': share.toFixed(3) });
    });
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      ...cells,
      h('td', { class: 'numeric total' }, formatCount(total)),
    );
  });
  const head = [corner, ...columns, 'total'].map((text) => h('th', { scope: 'col' }, text));
  return h(
    'div',
    { class: 'table-frame', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      { class: 'heat-table' },
      h('caption', {}, caption),
      h('thead', {}, h('tr', {}, ...head)),
      h('tbody', {}, ...body),
    ),
  );
}
