import type { ReportFigure } from '../../engine/report/payload';
import { barChart, barsLayout, describeBar, type Bar, type BarGroups } from './bars';
import { chartPanel } from './panel';
import { colourOf } from './theme';

const shiftColours = { ID: 0, OOD: 1, none: 2 } as const;
const tuned = ['LP', 'FT', 'LP-FT', 'L2-SP', 'first-blocks', 'last-blocks', 'layer-decay', 'WiSE-FT'];
const methodOrder = ['random-network', 'source-only', 'dann', 'spectral', ...tuned];

/** Figures of one kind as bars: a group for each method, a bar for each place that it was measured in. */
export function methodGroups(figures: readonly ReportFigure[], axis: string, chance?: number): BarGroups | undefined {
  const first = figures[0];
  if (!first) return undefined;
  const methods = orderMethods(figures.map(({ method }) => method ?? ''));
  const places = [...new Map(figures.map((figure) => [placeName(figure), figure])).values()].sort(
    (a, b) => Number(a.shift === 'OOD') - Number(b.shift === 'OOD'),
  );
  return {
    categories: methods.map(methodName),
    series: places.map((place) => ({
      name: placeName(place),
      colour: colourOf(shiftColours[place.shift ?? 'none']),
      bars: methods.map((method): Bar | undefined =>
        figures.find((figure) => (figure.method ?? '') === method && placeName(figure) === placeName(place)),
      ),
    })),
    unit: first.unit,
    axis,
    reference: chance === undefined ? undefined : { value: chance, text: 'chance' },
  };
}

function placeName({ shift, domain }: ReportFigure): string {
  if (!shift) return domain ?? 'all';
  return domain ? `${shift} · ${domain}` : shift;
}

export function methodName(method: string): string {
  return { 'random-network': 'random network', '': 'all' }[method] ?? method;
}

/**
 * Methods in the order in which they are shown: floors first, then what is held against them, as they come; other heads
 * of a method ("swav, voting") after it.
 */
export function orderMethods(methods: readonly string[]): string[] {
  const rank = (method: string): number => {
    const at = methodOrder.indexOf(method.replace(/, .*/, ''));
    return at < 0 ? methodOrder.length : at;
  };
  return [...new Set(methods)].sort((a, b) => rank(a) - rank(b));
}

/** Colour of a method, the same in every plot of a page. */
export function methodColour(methods: readonly string[], method: string): string {
  return colourOf(methodPlace(methods, method));
}

/**
 * Place of a method among the colours. Plots of fine-tuning show different ones of its methods, which have places of
 * their own; the probe, which moves no features, the last. Other heads of methods, which some plots lack, come after them.
 */
export function methodPlace(methods: readonly string[], method: string): number {
  const known = tuned.indexOf(method);
  if (known >= 0) return (known + tuned.length - 1) % tuned.length;
  const isOtherHead = (one: string): number => Number(one.includes(', '));
  const others = orderMethods(methods)
    .filter((one) => !tuned.includes(one))
    .sort((a, b) => isOtherHead(a) - isOtherHead(b));
  return others.indexOf(method) + (others.length < methods.length ? tuned.length : 0);
}

export interface Comparison {
  title: string;
  note: string;
  axis: string;
  figures: readonly ReportFigure[];
  chance?: number;
}

/** A bar plot of one kind of figure by method; undefined where there are no such figures. */
export function comparisonPanel({ title, note, axis, figures, chance }: Comparison): HTMLElement | undefined {
  const made = methodGroups(figures, axis, chance);
  if (!made) return undefined;
  const { categories, series, unit } = made;
  const { lying, height } = barsLayout(categories.length, series.length);
  // Colours are those of the theme at the time.
  const now = (): BarGroups => ({ ...methodGroups(figures, axis, chance)!, lying });
  const { element } = chartPanel({
    title,
    note,
    description: `${title}: ${series
      .flatMap(({ name, bars }) => bars.map((bar, i) => `${categories[i]}, ${name}: ${describeBar(bar, unit)}`))
      .join('; ')}`,
    height,
    legend: () => now().series.map(({ name, colour }) => ({ text: name, colour })),
    table: () => ({
      caption: title,
      columns: [{ text: 'method' }, ...series.map(({ name }) => ({ text: name, numeric: true }))],
      rows: categories.map((category, i) => [
        category,
        ...series.map(({ bars }) => [describeBar(bars[i], unit), bars[i]?.value ?? NaN] as const),
      ]),
    }),
    draw: (theme) => barChart(now(), theme),
  });
  element.classList.toggle('wide', lying);
  return element;
}
