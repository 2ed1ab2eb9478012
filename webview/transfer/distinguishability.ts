import type { RunView } from '../../engine/report/payload';
import { labelledPoints } from '../charts/labelled-points';
import { methodColour, methodName, orderMethods } from '../charts/method-bars';
import { formatNumber, formatValue } from '../charts/numbers';
import { chartPanel } from '../charts/panel';
import type { Choices } from '../shell/choices';
import { showsMeans, shownFigures } from '../shell/seeds';

const axes = { x: 'domains told apart', y: 'classes told apart', percent: true };

/**
 * How well domains and how well classes can be told apart in each representation, beside what carries over: domains that
 * stay far apart need not keep a head from it. Undefined where it was not measured.
 */
export function distinguishabilityPanel(view: RunView, choices: Choices): HTMLElement | undefined {
  const figures = shownFigures(view, choices);
  const of = (id: string, shift?: 'OOD'): Map<string, number> =>
    new Map(
      figures
        .filter((one) => one.id === `transfer.${id}` && one.source === undefined && (!shift || one.shift === shift))
        .map(({ method = '', value }) => [method, value]),
    );
  const [domains, classes, accuracy] = [of('domain-error'), of('class-error'), of('accuracy', 'OOD')];
  const distance = of('domain-distance');
  const methods = orderMethods([...domains.keys()].filter((method) => classes.has(method)));
  if (methods.length === 0) return undefined;
  const points = (): { name: string; x: number; y: number; colour: string }[] =>
    methods.map((method) => ({
      name: methodName(method),
      x: 1 - domains.get(method)!,
      y: 1 - classes.get(method)!,
      colour: methodColour(methods, method),
    }));
  const cell = (value: number | undefined, unit: 'fraction' | 'value') =>
    value === undefined
      ? '–'
      : ([unit === 'fraction' ? formatValue(value, unit) : formatNumber(value, 3), value] as const);
  return chartPanel({
    title: 'Domains and classes told apart',
    note:
      'How often a linear classifier on the frozen features tells two domains apart (across) and two classes of one domain (up). Domains far apart need not keep a head from carrying over.' +
      (showsMeans(view, choices) ? ' Means over seeds.' : ''),
    description: points()
      .map(({ name, x, y }) => `${name}: domains ${formatValue(x, 'fraction')}, classes ${formatValue(y, 'fraction')}`)
      .join('; '),
    height: 320,
    zoom: 'xy',
    table: () => ({
      caption: 'Domains and classes told apart',
      columns: [
        { text: 'method' },
        ...['error on domains', 'error on classes', 'proxy A-distance of domains', 'target accuracy'].map((text) => ({
          text,
          numeric: true,
        })),
      ],
      rows: methods.map((method) => [
        methodName(method),
        cell(domains.get(method), 'fraction'),
        cell(classes.get(method), 'fraction'),
        cell(distance.get(method), 'value'),
        cell(accuracy.get(method), 'fraction'),
      ]),
    }),
    draw: (theme) => labelledPoints(points(), axes, theme),
  }).element;
}
