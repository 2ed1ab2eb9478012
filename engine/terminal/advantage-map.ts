import Table from 'cli-table3';
import type { Figure } from '../run/format';
import type { Colors } from './colors';
import { formatFigure, significant } from './numbers';
import { withoutInnerRules } from './rules';

/**
 * The advantage map as a table: levels of quality down, shifts across, each cell how much better LP-FT is than FT in
 * points of accuracy. Green where LP-FT wins, red where FT does.
 */
export function renderMap(figures: readonly Figure[], colors: Colors): string {
  const of = (id: string): Figure[] => figures.filter((figure) => figure.id === `advantage.${id}`);
  const cells = of('difference');
  const levels = [...new Set(cells.map(({ method }) => method!))];
  const shifts = [...new Set(cells.map(({ domain }) => domain!))];
  const cell = (level: string, shift: string): string => {
    const found = cells.find(({ method, domain }) => method === level && domain === shift);
    return found ? points(found.value, colors) : '';
  };
  const quality = (level: string): string => {
    const found = of('quality').find(({ method }) => method === level);
    return found ? formatFigure(found) : '';
  };
  const distance = (shift: string): string => {
    const found = of('shift').find(({ domain }) => domain === shift);
    return found ? significant(found.value) : '';
  };
  const head = ['advantage: LP-FT − FT', 'probe', ...shifts];
  const table = new Table({
    head: head.map((text) => colors.bold(text)),
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
    style: { head: [], border: [] },
  });
  for (const level of levels) table.push([level, quality(level), ...shifts.map((shift) => cell(level, shift))]);
  table.push(['distance of the shift', '', ...shifts.map(distance)]);
  const [predicted] = of('predicted');
  const notes = [
    'Points of accuracy on shifted samples, mean of all repetitions. probe: accuracy without shift;',
    'distance: from 0, features like those without shift, to 2, always told apart.',
    ...(predicted
      ? [
          `${predicted.label}: ${significant(predicted.value)}${predicted.value > 0 ? '' : ', no better than its mean'}.`,
        ]
      : []),
  ];
  return [withoutInnerRules(table.toString()), ...notes].join('\n');
}

function points(value: number, colors: Colors): string {
  if (!Number.isFinite(value)) return 'n/a';
  const text = `${value > 0 ? '+' : value < 0 ? '−' : ''}${(100 * Math.abs(value)).toFixed(1)}`;
  return value > 0 ? colors.green(text) : value < 0 ? colors.red(text) : text;
}
