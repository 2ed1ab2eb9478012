import type { ChartConfiguration } from 'chart.js';
import type { RunView } from '../../engine/report/payload';
import { barChart } from '../charts/bars';
import { labelledSelect } from '../charts/dom';
import { methodColour, methodName, orderMethods } from '../charts/method-bars';
import { formatValue } from '../charts/numbers';
import { chartPanel, type ChartPanel } from '../charts/panel';
import type { Choices } from '../shell/choices';
import { listIn, numberIn, part } from '../shell/view';

/** So many classes are drawn; the table has all. */
const mostClasses = 40;
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
  const panel: { current?: ChartPanel } = {};
  if (measured.length > 1)
    control.push(
      labelledSelect(
        'Measured on',
        measured.map((one) => ({ value: one, text: one === 'ID' ? 'source (ID)' : 'target (OOD)' })),
        shift,
        (next) => {
          shift = next as typeof shift;
          choices.set(key, next);
          panel.current?.redraw();
        },
      ),
    );
  panel.current = chartPanel({
    title: 'Accuracy by class',
    note:
      names.length > mostClasses
        ? `The ${mostClasses} of ${names.length} classes whose accuracy differs most between methods; the table has all.`
        : undefined,
    description: `Accuracy of each method on each of ${names.length} classes.`,
    height: 300,
    controls: control,
    legend: () => methods.map((method) => ({ text: methodName(method), colour: methodColour(methods, method) })),
    table: () => ({
      caption: `Accuracy by class, ${shift}`,
      columns: [{ text: 'class' }, ...methods.map((text) => ({ text: methodName(text), numeric: true }))],
      rows: names.map((name, label) => [
        name,
        ...methods.map((method) => {
          const one = value(method, label);
          return one === undefined ? '–' : ([formatValue(one, 'fraction'), one] as const);
        }),
      ]),
    }),
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
  if (names.length * methods.length > 16) panel.current.element.classList.add('wide');
  return panel.current.element;
}
