import type { ChartConfiguration } from 'chart.js';
import type { RunView } from '../../engine/report/payload';
import { barChart } from '../charts/bars';
import { h, labelledSelect } from '../charts/dom';
import { heatTable } from '../charts/heat-table';
import { methodColour, methodName, orderMethods } from '../charts/method-bars';
import { formatValue } from '../charts/numbers';
import { chartPanel } from '../charts/panel';
import { tableActions, type TableData } from '../charts/table';
import type { Choices } from '../shell/choices';
import { listIn, numberIn, part, plainPanel } from '../shell/view';

/** So many classes are drawn; the table has all. */
const mostClasses = 40;
/** With more methods the bars of a class are too thin to be told apart; a shaded table has a row for each. */
const mostBars = 8;
const shifts = ['OOD', 'ID'] as const;

/** Accuracy on each class by method: which classes carry over, and which do not. */
export function perClassPanel(
  view: RunView,
  stage: 'transfer' | 'finetune',
  choices: Choices,
): HTMLElement | undefined {
  const details = view.details[stage];
  const methods = orderMethods(Object.keys((part(details, 'methods') as Record<string, unknown> | undefined) ?? {}));
  const names = listIn(details, 'classNames').map(String);
  const measured = shifts.filter((shift) =>
    methods.some((method) => listIn(details, 'methods', method, 'classAccuracy', shift).length > 0),
  );
  if (measured.length === 0 || names.length < 2) return undefined;
  const key = `${stage}.class-shift`;
  let shift = choices.among(key, measured);
  const value = (method: string, label: number): number | undefined =>
    numberIn(details, 'methods', method, 'classAccuracy', shift, String(label));
  // The classes that differ most between methods tell most.
  const order = (): number[] => {
    const spread = (label: number): number => {
      const all = methods.flatMap((method) => value(method, label) ?? []);
      return all.length > 0 ? Math.max(...all) - Math.min(...all) : -1;
    };
    const labels = names.map((_, label) => label);
    return labels.length <= mostClasses ? labels : labels.sort((a, b) => spread(b) - spread(a)).slice(0, mostClasses);
  };
  const control: HTMLElement[] = [];
  let redraw = (): void => undefined;
  if (measured.length > 1)
    control.push(
      labelledSelect(
        'Measured on',
        measured.map((one) => ({ value: one, text: one === 'ID' ? 'source (ID)' : 'target (OOD)' })),
        shift,
        (next) => {
          shift = next as typeof shift;
          choices.set(key, next);
          redraw();
        },
      ),
    );
  const title = 'Accuracy by class';
  const note =
    names.length > mostClasses
      ? `The ${mostClasses} of ${names.length} classes whose accuracy differs most between methods; the table has all.`
      : undefined;
  const table = (): TableData => ({
    caption: `Accuracy by class, ${shift}`,
    columns: [{ text: 'class' }, ...methods.map((text) => ({ text: methodName(text), numeric: true }))],
    rows: names.map((name, label) => [
      name,
      ...methods.map((method) => {
        const one = value(method, label);
        return one === undefined ? '–' : ([formatValue(one, 'fraction'), one] as const);
      }),
    ]),
  });
  if (methods.length > mostBars) {
    const content = h('div');
    redraw = () => {
      const labels = order();
      content.replaceChildren(
        heatTable({
          caption: `${title}, ${shift}`,
          corner: 'method ↓  class →',
          columns: labels.map((label) => names[label]!),
          rows: methods.map((method) => ({
            name: methodName(method),
            values: labels.map((label) => value(method, label) ?? NaN),
          })),
          shade: (accuracy) => accuracy,
          format: (accuracy) => (Number.isFinite(accuracy) ? formatValue(accuracy, 'fraction') : '–'),
        }),
      );
    };
    redraw();
    const controls = control.length > 0 && h('div', { class: 'controls' }, ...control);
    return plainPanel(title, note, [controls, content, tableActions(table)], { wide: true });
  }
  const panel = chartPanel({
    title,
    note,
    description: `Accuracy of each method on each of ${names.length} classes.`,
    height: 300,
    controls: control,
    legend: () => methods.map((method) => ({ text: methodName(method), colour: methodColour(methods, method) })),
    table,
    draw: (theme): ChartConfiguration => {
      const labels = order();
      const config = barChart(
        {
          categories: labels.map((label) => names[label]!),
          series: methods.map((method) => ({
            name: methodName(method),
            colour: methodColour(methods, method),
            bars: labels.map((label) => {
              const one = value(method, label);
              return one === undefined ? undefined : { value: one };
            }),
          })),
          unit: 'fraction',
          axis: 'accuracy',
          values: labels.length * methods.length <= 24,
        },
        theme,
      );
      return config;
    },
  });
  redraw = () => panel.redraw();
  if (names.length * methods.length > 16) panel.element.classList.add('wide');
  return panel.element;
}
