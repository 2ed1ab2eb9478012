import type { MetricSeries } from '../../engine/report/payload';
import { formatCount, formatNumber, smooth } from './numbers';
import { lineChart, type Line } from './line';
import { methodColour } from './method-bars';
import type { LegendEntry } from './legend';
import { chartPanel, type ChartPanel } from './panel';
import { colourOf } from './theme';

/** From this many points on a curve is noise with a trend in it, and the trend is drawn over it. */
const smoothedFrom = 40;
/** Rows of the table behind a curve. */
const tableRows = 24;

/** Series that belong into one plot: of one stage and with the same last part of the name (`FT/loss`, `LP-FT/loss`). */
export function groupSeries(
  metrics: readonly MetricSeries[],
): { stage: string; quantity: string; series: MetricSeries[] }[] {
  const groups = new Map<string, { stage: string; quantity: string; series: MetricSeries[] }>();
  for (const series of metrics) {
    const quantity = series.name.split(/[/: ]/).at(-1) ?? series.name;
    const key = `${series.stage} ${quantity}`;
    const group = groups.get(key);
    if (group) group.series.push(series);
    else groups.set(key, { stage: series.stage, quantity, series: [series] });
  }
  return [...groups.values()];
}

/** Of methods their own, as in every other plot; where a method has several curves, one for each. */
function coloursOf(series: readonly MetricSeries[]): string[] {
  const methods = series.map(({ name }) => name.split('/')[0]!);
  const alone = new Set(methods).size === methods.length;
  return methods.map((method, i) => (alone ? methodColour(methods, method) : colourOf(i)));
}

/** One entry a series: its recorded values and its trend are hidden together. */
function legendOf(series: readonly MetricSeries[]): LegendEntry[] {
  let set = 0;
  const colours = coloursOf(series);
  return series.map(({ name, points }, i) => {
    const sets = points.length < smoothedFrom ? [set++] : [set++, set++];
    return { text: name, colour: colours[i]!, shape: 'line', sets };
  });
}

/** One plot for each quantity that a stage recorded while it trained. */
export function trainingPanels(metrics: readonly MetricSeries[]): HTMLElement[] {
  return groupSeries(metrics).map((group) => trainingPanel(() => group).element);
}

/** The plot of one quantity; `source` gives its series as they are when it is drawn. */
export function trainingPanel(source: () => ReturnType<typeof groupSeries>[number]): ChartPanel {
  const { stage, quantity, series: first } = source();
  return chartPanel({
    title: stage === 'pretrain' && quantity === 'loss' ? 'Pretraining loss' : `${stage}: ${quantity}`,
    note: first.some(({ points }) => points.length >= smoothedFrom)
      ? 'Thin: as recorded. Thick: moving average.'
      : undefined,
    description: `${quantity} of the stage ${stage} by training step.`,
    legend: () => (source().series.length > 1 ? legendOf(source().series) : []),
    table: () => ({
      caption: `${quantity} of ${stage}`,
      columns: [{ text: 'series' }, { text: 'step', numeric: true }, { text: quantity, numeric: true }],
      rows: source().series.flatMap(({ name, points }) =>
        everyFew(points, Math.max(2, Math.floor(tableRows / source().series.length))).map(([step, value]) => [
          name,
          [formatCount(step), step] as const,
          [formatNumber(value), value] as const,
        ]),
      ),
    }),
    zoom: 'xy',
    draw: (theme) => {
      const { series } = source();
      const colours = coloursOf(series);
      return lineChart(
        series.flatMap((one, i) => curve(one, colours[i]!)),
        { x: 'step', y: quantity },
        theme,
      );
    },
  });
}

function curve({ name, points }: MetricSeries, colour: string): Line[] {
  if (points.length < smoothedFrom) return [{ name, colour, points }];
  const averages = smooth(
    points.map(([, value]) => value),
    // The average reaches over a twenty-fifth of the curve.
    1 - 25 / points.length,
  );
  return [
    { name: `${name} (recorded)`, colour: `${colour}59`, points, width: 1 },
    { name, colour, points: points.map(([step], i) => [step, averages[i]!] as const), width: 2.25 },
  ];
}

/** About `count` of the items, evenly spaced, with the first and the last. */
function everyFew<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.round((i * (items.length - 1)) / (count - 1))]!);
}
