import { h } from './dom';
import { exporter, fileName } from './export';

/** What stands in a cell; with a number behind it where rows are sorted and exported by one. */
export type Cell = string | readonly [text: string, value: number];

/** A table as data; `numeric` says which columns stand to the right. */
export interface TableData {
  caption: string;
  columns: readonly { text: string; numeric?: boolean }[];
  rows: readonly (readonly Cell[])[];
}

/** More rows than this are shown when they are asked for. */
const firstRows = 200;
const mostRows = 5000;

export function cellText(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell[0];
}

/** Compares cells: numbers by size and before texts, texts by the reader's alphabet. */
export function compareCells(a: Cell | undefined, b: Cell | undefined): number {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return x - y;
  if (x !== undefined || y !== undefined) return x !== undefined ? -1 : 1;
  return cellText(a ?? '').localeCompare(cellText(b ?? ''), undefined, { numeric: true });
}

function numberOf(cell: Cell | undefined): number | undefined {
  if (cell === undefined) return undefined;
  if (typeof cell !== 'string') return Number.isFinite(cell[1]) ? cell[1] : undefined;
  const text = cell.replace(/[\u202f\s]/g, '').replace('−', '-');
  const value = Number(/^-?[\d.]+(?=%?$)/.exec(text)?.[0] ?? 'x');
  return Number.isFinite(value) ? value : undefined;
}

/** The table as comma-separated values (RFC 4180); numbers in full precision. */
export function toCsv({ columns, rows }: TableData): string {
  const field = (cell: Cell): string => {
    const text = typeof cell === 'string' ? cell : Number.isFinite(cell[1]) ? String(cell[1]) : '';
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${[columns.map(({ text }) => text), ...rows].map((row) => row.map(field).join(',')).join('\r\n')}\r\n`;
}

/** The table as GitHub's Markdown. */
export function toMarkdown({ columns, rows }: TableData): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [
    line(columns.map(({ text }) => text)),
    `|${columns.map(({ numeric }) => (numeric ? '--:' : '---')).join('|')}|`,
    ...rows.map((row) => line(row.map(cellText))),
    '',
  ].join('\n');
}

/** A table whose columns sort; the first column heads its rows. */
export function dataTable(data: TableData): HTMLElement {
  const { caption, columns } = data;
  let rows = [...data.rows];
  let sorted: { column: number; descending: boolean } | undefined;
  let shown = firstRows;
  const cellClass = (column: number): string | undefined => (columns[column]?.numeric ? 'numeric' : undefined);
  const body = h('tbody');
  const more = h('p', { class: 'note', role: 'status' });
  const heads = columns.map(({ text }, column) => {
    const button = h('button', { type: 'button', class: 'sort' }, text);
    button.addEventListener('click', () => {
      const descending = sorted?.column === column ? !sorted.descending : (columns[column]?.numeric ?? false);
      sorted = { column, descending };
      rows = [...data.rows].sort((a, b) => (descending ? -1 : 1) * compareCells(a[column], b[column]));
      fill();
    });
    return h('th', { scope: 'col', class: cellClass(column) }, button);
  });
  const fill = (): void => {
    heads.forEach((head, i) =>
      head.setAttribute('aria-sort', sorted?.column !== i ? 'none' : sorted.descending ? 'descending' : 'ascending'),
    );
    body.replaceChildren(
      ...rows
        .slice(0, shown)
        .map((row) =>
          h(
            'tr',
            {},
            ...row.map((cell, i) =>
              h(i === 0 ? 'th' : 'td', { scope: i === 0 ? 'row' : undefined, class: cellClass(i) }, cellText(cell)),
            ),
          ),
        ),
    );
    more.hidden = rows.length <= shown;
    more.replaceChildren(`${shown} of ${rows.length} rows. `);
    if (shown < mostRows && rows.length > shown) {
      const button = h('button', { type: 'button' }, `Show ${Math.min(rows.length, mostRows)}`);
      button.addEventListener('click', () => {
        shown = mostRows;
        fill();
      });
      more.append(button);
    }
  };
  fill();
  const table = h('table', {}, h('caption', {}, caption), h('thead', {}, h('tr', {}, ...heads)), body);
  // Wide tables scroll inside their own frame, which the keyboard must reach.
  return h(
    'div',
    {},
    h('div', { class: 'table-frame', tabindex: 0, role: 'region', 'aria-label': caption }, table),
    more,
  );
}

/** Buttons that take a table along. */
export function tableActions(data: () => TableData): HTMLElement {
  const action = (text: string, act: (table: TableData) => void): HTMLElement => {
    const button = h('button', { type: 'button' }, text);
    button.addEventListener('click', () => act(data()));
    return button;
  };
  return h(
    'div',
    { class: 'table-actions' },
    action('Copy as Markdown', (table) => void exporter().copy(toMarkdown(table))),
    action(
      'Save as CSV',
      (table) => void exporter().save(fileName(table.caption, 'csv'), new Blob([toCsv(table)], { type: 'text/csv' })),
    ),
  );
}

/** A table that opens below a plot; it is made when it is opened. */
export function tableDetails(data: () => TableData): { element: HTMLDetailsElement; refresh: () => void } {
  const content = h('div');
  const element = h('details', { class: 'data' }, h('summary', {}, 'Table'), content);
  const refresh = (): void => {
    if (element.open) content.replaceChildren(dataTable(data()), tableActions(data));
    else content.replaceChildren();
  };
  element.addEventListener('toggle', refresh);
  return { element, refresh };
}
