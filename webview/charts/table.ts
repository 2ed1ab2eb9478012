import { h } from './dom';

/** A table as data: numbers are already text, `numeric` says which columns stand to the right. */
export interface TableData {
  caption: string;
  columns: readonly { text: string; numeric?: boolean }[];
  rows: readonly (readonly string[])[];
}

/** A plain table; the first column heads its rows. */
export function dataTable({ caption, columns, rows }: TableData): HTMLElement {
  const cellClass = (column: number): string | undefined => (columns[column]?.numeric ? 'numeric' : undefined);
  const table = h(
    'table',
    {},
    h('caption', {}, caption),
    h('thead', {}, h('tr', {}, ...columns.map(({ text }, i) => h('th', { scope: 'col', class: cellClass(i) }, text)))),
    h(
      'tbody',
      {},
      ...rows.map((row) =>
        h(
          'tr',
          {},
          ...row.map((cell, i) =>
            i === 0 ? h('th', { scope: 'row', class: cellClass(i) }, cell) : h('td', { class: cellClass(i) }, cell),
          ),
        ),
      ),
    ),
  );
  // Wide tables scroll inside their own frame, which the keyboard must reach.
  return h('div', { class: 'table-frame', tabindex: 0, role: 'region', 'aria-label': caption }, table);
}

/** A table that opens below a plot. */
export function tableDetails(data: TableData): HTMLElement {
  return h('details', { class: 'data' }, h('summary', {}, 'Table'), dataTable(data));
}
