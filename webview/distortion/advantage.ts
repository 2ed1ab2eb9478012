import type { ReportFigure, RunView } from '../../engine/report/payload';
import { h } from '../charts/dom';
import { formatNumber, formatValue } from '../charts/numbers';
import { tableActions, type Cell, type TableData } from '../charts/table';
import type { Choices } from '../shell/choices';
import { showsMeans, shownFigures } from '../shell/seeds';
import { plainPanel } from '../shell/view';
import { advantageCell, largest, points } from './advantage-cell';

/** Where LP-FT beats FT: quality of the features down, size of the shift across. */
export function advantagePanel(view: RunView, choices: Choices): HTMLElement | undefined {
  const figures = shownFigures(view, choices);
  const of = (id: string): ReportFigure[] => figures.filter((figure) => figure.id === `advantage.${id}`);
  const cells = of('difference');
  const levels = [...new Set(cells.map(({ method }) => method ?? ''))];
  const shifts = [...new Set(cells.map(({ domain }) => domain ?? ''))];
  if (cells.length === 0) return undefined;
  const find = (level: number, shift: number): ReportFigure | undefined =>
    cells.find(({ method, domain }) => method === levels[level] && domain === shifts[shift]);
  const quality = (level: number) => of('quality').find(({ method }) => method === levels[level])?.value;
  const distance = (shift: number) => of('shift').find(({ domain }) => domain === shifts[shift])?.value;
  const isMean = showsMeans(view, choices);
  const deviation = isMean ? new Map<string, number>() : deviations(view.details.advantage);
  const most = largest(cells.map(({ value }) => value));
  const body = levels.map((name, level) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      h('td', { class: 'numeric' }, quality(level) === undefined ? '–' : formatValue(quality(level)!, 'fraction')),
      ...shifts.map((shiftName, shift) => {
        const spread = deviation.get(`${level} ${shift}`);
        const over = spread === undefined ? '' : ` (deviation over repetitions ${(100 * spread).toFixed(1)})`;
        return advantageCell(find(level, shift), most, `${name}, ${shiftName}${over}`);
      }),
    ),
  );
  const [predicted] = of('predicted');
  const data = (): TableData => ({
    caption: 'Advantage of LP-FT over FT',
    columns: [{ text: 'features' }, ...['probe', ...shifts].map((text) => ({ text, numeric: true }))],
    rows: levels.map((name, level): Cell[] => [
      name,
      quality(level) === undefined ? '' : [formatValue(quality(level)!, 'fraction'), quality(level)!],
      ...shifts.map((_, shift): Cell => {
        const value = find(level, shift)?.value;
        return value === undefined ? '' : [points(value), value];
      }),
    ]),
  });
  return plainPanel(
    'Advantage map',
    'Accuracy of LP-FT minus that of FT in points, on shifted samples. Down: quality of the pretrained features (probe accuracy). Across: the shift, and how well a linear classifier tells its features from those without shift (proxy A-distance, 0 to 2).',
    [
      h(
        'div',
        { class: 'table-frame', tabindex: 0, role: 'region', 'aria-label': 'Advantage map' },
        h(
          'table',
          { class: 'heat-table map' },
          h('caption', {}, 'Accuracy of LP-FT minus that of FT, in points'),
          h(
            'thead',
            {},
            h('tr', {}, ...['features', 'probe', ...shifts].map((text) => h('th', { scope: 'col' }, text))),
          ),
          h(
            'tbody',
            {},
            ...body,
            h(
              'tr',
              {},
              h('th', { scope: 'row' }, 'distance of the shift'),
              h('td', {}),
              ...shifts.map((_, shift) =>
                h('td', { class: 'numeric' }, distance(shift) === undefined ? '–' : formatNumber(distance(shift)!, 2)),
              ),
            ),
          ),
        ),
      ),
      h(
        'p',
        { class: 'note' },
        `Blue: LP-FT is better. Orange: FT is.${isMean ? ' Means over seeds with half their 95 % interval; bold where that leaves zero out.' : ''}${predicted ? ` ${predictionText(predicted.value)}` : ''}`,
      ),
      tableActions(data),
    ],
    { wide: true },
  );
}

/** Deviation of the advantage over repetitions, by `level shift`. */
function deviations(details: unknown): Map<string, number> {
  const cells = typeof details === 'object' && details !== null && 'cells' in details ? details.cells : undefined;
  const found = new Map<string, number>();
  if (!Array.isArray(cells)) return found;
  for (const cell of cells as { level?: unknown; shift?: unknown; deviation?: unknown }[])
    if (typeof cell.deviation === 'number') found.set(`${String(cell.level)} ${String(cell.shift)}`, cell.deviation);
  return found;
}

/** How well quality and shift tell the map; below zero, worse than its mean does. */
function predictionText(value: number): string {
  return value > 0
    ? `Quality and shift predict ${formatValue(value, 'fraction')} of the map’s variance, each cell left out in turn.`
    : 'Quality and shift predict the map no better than its mean does.';
}
