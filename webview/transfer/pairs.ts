import type { RunView } from '../../engine/report/payload';
import { h, labelledSelect } from '../charts/dom';
import { heatTable } from '../charts/heat-table';
import { methodName, orderMethods } from '../charts/method-bars';
import { formatValue } from '../charts/numbers';
import { tableActions } from '../charts/table';
import type { Choices } from '../shell/choices';
import { listIn, numberIn, plainPanel, textIn } from '../shell/view';

interface PairResult {
  method: string;
  source: string;
  target: string;
  accuracy: number;
}

/** Target accuracy for each source and target, by method; undefined where one pair alone was measured. */
export function pairMatrixPanel({ details }: RunView, choices: Choices): HTMLElement | undefined {
  const results = listIn(details.transfer, 'matrix').flatMap((row): PairResult[] => {
    const [method, source, target] = ['method', 'source', 'target'].map((name) => textIn(row, name));
    const accuracy = numberIn(row, 'targetAccuracy');
    if (method === undefined || source === undefined || target === undefined || accuracy === undefined) return [];
    return [{ method, source, target, accuracy }];
  });
  if (results.length === 0) return undefined;
  const methods = orderMethods(results.map(({ method }) => method));
  const sources = [...new Set(results.map(({ source }) => source))];
  const targets = [...new Set(results.flatMap(({ source, target }) => [source, target]))];
  const content = h('div');
  let chosen = choices.among('pairs.method', methods, methods.at(-1));
  const fill = (): void =>
    content.replaceChildren(
      heatTable({
        caption: `Target accuracy of ${chosen} by source and target`,
        corner: 'source ↓  target →',
        columns: targets,
        rows: sources.map((source) => ({
          name: source,
          values: targets.map(
            (target) =>
              results.find((one) => one.method === chosen && one.source === source && one.target === target)
                ?.accuracy ?? NaN,
          ),
        })),
        shade: (value) => value,
        format: (value) => formatValue(value, 'fraction'),
      }),
    );
  fill();
  return plainPanel('Source and target', 'Accuracy on the target of a head that saw labels of the source alone.', [
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
      columns: [{ text: 'method' }, { text: 'source' }, { text: 'target' }, { text: 'accuracy', numeric: true }],
      rows: results.map(({ method, source, target, accuracy }) => [
        method,
        source,
        target,
        [formatValue(accuracy, 'fraction'), accuracy],
      ]),
    })),
  ]);
}
