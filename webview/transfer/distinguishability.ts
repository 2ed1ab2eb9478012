import type { RunView } from '../../engine/report/payload';
import { labelledPoints } from '../charts/labelled-points';
import { methodColour, methodName, orderMethods } from '../charts/method-bars';
import { formatValue } from '../charts/numbers';
import { chartPanel } from '../charts/panel';

/**
 * How well classes and how well domains can be told apart in each representation: domains that stay far apart need not
 * keep a head from carrying over. Undefined where fewer than two methods were measured.
 */
export function distinguishabilityPanel({ figures }: RunView): HTMLElement | undefined {
  const of = (what: RegExp): Map<string, number> =>
    new Map(
      figures
        .filter(({ stage, id, method }) => stage === 'transfer' && what.test(id) && method !== undefined)
        .map(({ method, value }) => [method!, value]),
    );
  const domains = of(/domain-(distinguishability|error|accuracy)$/);
  const classes = of(/class-(distinguishability|error|accuracy)$/);
  const methods = orderMethods([...domains.keys()].filter((method) => classes.has(method)));
  if (methods.length === 0) return undefined;
  const points = (): { name: string; x: number; y: number; colour: string }[] =>
    methods.map((method) => ({
      name: methodName(method),
      x: domains.get(method)!,
      y: classes.get(method)!,
      colour: methodColour(methods, method),
    }));
  const label = (what: RegExp): string =>
    figures.find(({ stage, id }) => stage === 'transfer' && what.test(id))?.label ?? '';
  const [x, y] = [
    label(/domain-(distinguishability|error|accuracy)$/),
    label(/class-(distinguishability|error|accuracy)$/),
  ];
  return chartPanel({
    title: 'Domains against classes',
    note: 'How well a classifier on the frozen features tells domains apart (across) and classes (up), by method.',
    description: points()
      .map(
        (point) => `${point.name}: ${x} ${formatValue(point.x, 'fraction')}, ${y} ${formatValue(point.y, 'fraction')}`,
      )
      .join('; '),
    height: 320,
    zoom: 'xy',
    table: () => ({
      caption: 'Domain and class distinguishability',
      columns: [{ text: 'method' }, { text: x, numeric: true }, { text: y, numeric: true }],
      rows: points().map((point) => [
        point.name,
        [formatValue(point.x, 'fraction'), point.x],
        [formatValue(point.y, 'fraction'), point.y],
      ]),
    }),
    draw: (theme) => labelledPoints(points(), { x, y, percent: true }, theme),
  }).element;
}
