import type { MeanFigure, RunView } from '../../engine/report/payload';
import { h, labelledSelect } from '../charts/dom';
import { heatTable } from '../charts/heat-table';
import { methodName, orderMethods } from '../charts/method-bars';
import { formatValue } from '../charts/numbers';
import { tableActions, type Cell } from '../charts/table';
import type { Choices } from '../shell/choices';
import { meanAsFigure, showsMeans } from '../shell/seeds';
import { listIn, numberIn, plainPanel, textIn } from '../shell/view';
import { ownMethod } from './own-method';

export interface PairResult {
  method: string;
  source: string;
  target: string;
  accuracy: number;
  interval?: readonly [low: number, high: number];
  seeds?: number;
}

/** Target accuracy for each source and target, by method; undefined where one pair alone was measured. */
export function pairMatrixPanel(view: RunView, choices: Choices): HTMLElement | undefined {
  const ofSweep = sweptPairs(view);
  const isSwept = ofSweep.length > 0 && (showsMeans(view, choices) || measuredPairs(view).length === 0);
  const results = isSwept ? ofSweep : measuredPairs(view);
  if (results.length === 0) return undefined;
  const methods = orderMethods(results.map(({ method }) => method));
  const sources = [...new Set(results.map(({ source }) => source))];
  const targets = [...new Set(results.flatMap(({ source, target }) => [source, target]))];
  const content = h('div');
  let chosen = choices.among('pairs.method', methods, ownMethod(view, methods));
  const find = (row: number, column: number): PairResult | undefined =>
    results.find(
      ({ method, source, target }) => method === chosen && source === sources[row] && target === targets[column],
    );
  const fill = (): void =>
    content.replaceChildren(
      heatTable({
        caption: `Target accuracy of ${methodName(chosen)} by source and target`,
        corner: 'source ↓  target →',
        columns: targets,
        rows: sources.map((name, row) => ({
          name,
          values: targets.map((_, column) => find(row, column)?.accuracy ?? NaN),
        })),
        shade: (value) => value,
        format: (value) => formatValue(value, 'fraction'),
        ...(isSwept && { aside: (row, column) => halfText(find(row, column)) }),
      }),
    );
  fill();
  const seeds = Math.max(...results.map((one) => one.seeds ?? 0));
  const note = [
    'Accuracy on the target of a head that saw labels of the source alone.',
    isSwept &&
      seeds > 1 &&
      `Means over seeds (up to ${seeds}) with half their 95 % interval, from the rows of the sweep.`,
    isSwept && seeds === 1 && 'From the rows of the sweep.',
  ];
  return plainPanel('Source and target', note.filter((part) => part !== false).join(' '), [
    h(
      'div',
      { class: 'controls' },
      labelledSelect(
        'Method',
        methods.map((value) => ({ value, text: methodName(value) })),
        chosen,
        (value) => {
          chosen = value;
          choices.set('pairs.method', value);
          fill();
        },
      ),
    ),
    content,
    tableActions(() => ({
      caption: 'Accuracy by method, source and target',
      columns: [
        ...['method', 'source', 'target'].map((text) => ({ text })),
        { text: 'accuracy', numeric: true },
        ...(isSwept ? ['low', 'high', 'seeds'].map((text) => ({ text, numeric: true })) : []),
      ],
      rows: results.map(({ method, source, target, accuracy, interval, seeds: n }): Cell[] => [
        ...[method, source, target],
        [formatValue(accuracy, 'fraction'), accuracy],
        ...(isSwept ? [boundCell(interval?.[0]), boundCell(interval?.[1]), [String(n), n ?? NaN] as const] : []),
      ]),
    })),
  ]);
}

/** What the run itself measured, where its study names more than two domains. */
function measuredPairs({ details }: RunView): PairResult[] {
  return listIn(details.transfer, 'matrix').flatMap((row): PairResult[] => {
    const [method, source, target] = ['method', 'source', 'target'].map((name) => textIn(row, name));
    const accuracy = numberIn(row, 'targetAccuracy');
    if (method === undefined || source === undefined || target === undefined || accuracy === undefined) return [];
    return [{ method, source, target, accuracy }];
  });
}

const domainFields = ['data.source', 'data.target'];

/**
 * The pairs of domains that a sweep has measured: those of the run's setting, and of settings that differ from it in
 * their domains alone. None where there is no more than one pair.
 */
export function sweptPairs({ sweep, study }: RunView): PairResult[] {
  if (!sweep) return [];
  const { own, near, fields } = sweep;
  const beside = near.filter(({ settings }) =>
    fields.every(
      (field) =>
        domainFields.includes(field) || JSON.stringify(settings[field]) === JSON.stringify(own.settings[field]),
    ),
  );
  const found = new Map<string, PairResult>();
  for (const { settings, figures } of [own, ...beside]) {
    const set = settings['data.source'];
    const source = typeof set === 'string' ? set : textIn(study, 'data', 'source');
    for (const figure of figures) {
      const pair = pairOf(figure, source);
      const key = pair && [pair.method, pair.source, pair.target].join('\0');
      if (key !== undefined && !found.has(key)) found.set(key, pair!);
    }
  }
  const pairs = [...found.values()];
  const across = new Set(
    pairs.filter(({ source, target }) => source !== target).map((one) => one.source + '\0' + one.target),
  );
  return across.size > 1 ? pairs : [];
}

function pairOf(figure: MeanFigure, studySource: string | undefined): PairResult | undefined {
  const source = figure.source ?? studySource;
  const { id, method, domain, shift } = figure;
  if (id !== 'transfer.accuracy' || method === undefined || domain === undefined || source === undefined) return;
  // Its own accuracy in distribution stands on the diagonal.
  if (shift === 'ID' && domain !== source) return;
  const { value, interval, seeds } = meanAsFigure(figure);
  return { method, source, target: domain, accuracy: value, interval, seeds };
}

function halfText(pair: PairResult | undefined): string | undefined {
  return pair?.interval && `± ${(100 * (pair.interval[1] - pair.accuracy)).toFixed(1)}`;
}

function boundCell(value: number | undefined): Cell {
  return value === undefined ? '' : [formatValue(value, 'fraction'), value];
}
