import type { Chart, ChartConfiguration, Plugin } from 'chart.js';
import { formatValue, type Unit } from './numbers';
import { shortened } from './text';
import type { Theme } from './theme';

/** Characters of a group's name beside its bars; the tooltip and the table have all. */
const longest = { standing: 28, lying: 40 };
/** Beside more groups than this, names below standing bars are too long and bars too thin to be read: bars lie down. */
const mostStanding = 12;

export interface Bar {
  value: number;
  interval?: readonly [number, number];
  samples?: number;
  /** The value is a mean over so many seeds. */
  seeds?: number;
}

export interface BarGroups {
  /** One group of bars each. */
  categories: readonly string[];
  /** One bar in every group each; a missing bar was not measured. */
  series: readonly { name: string; colour: string; bars: readonly (Bar | undefined)[] }[];
  unit: Unit;
  axis: string;
  /** Whether each bar's value stands at its end; by default where there is room. */
  values?: boolean;
  /** Bars go to the right, below each other; see `barsLayout`. */
  lying?: boolean;
  /** A level to hold the bars against, e.g. chance. */
  reference?: { value: number; text: string };
}

/** Whether so many groups should lie down, and the pixels that a plot of them wants. */
export function barsLayout(groups: number, series: number): { lying: boolean; height: number } {
  if (groups <= mostStanding) return { lying: false, height: 280 };
  return { lying: true, height: 80 + groups * (Math.min(13 * series, 64) + 6) };
}

/** Grouped bars with their values at their ends and, where given, their intervals. */
export function barChart(
  { categories, series, unit, axis, reference, values: labelled, lying = false }: BarGroups,
  theme: Theme,
): ChartConfiguration {
  const [across, along] = lying ? (['y', 'x'] as const) : (['x', 'y'] as const);
  const values = series.flatMap(({ bars }) => bars.flatMap((bar) => (bar ? [bar.interval?.[1] ?? bar.value] : [])));
  const highest = values.reduce((most, value) => Math.max(most, value), 0);
  return {
    type: 'bar',
    data: {
      labels: [...categories],
      datasets: series.map(({ name, colour, bars }) => ({
        label: name,
        data: bars.map((bar) => bar?.value ?? null),
        backgroundColor: colour,
        borderRadius: 3,
        maxBarThickness: 54,
        categoryPercentage: lying ? 0.86 : 0.72,
        barPercentage: 0.92,
      })),
    },
    options: {
      indexAxis: across,
      layout: { padding: { top: 18, right: lying || reference ? 52 : 0 } },
      scales: {
        [across]: {
          grid: { display: false },
          border: { color: theme.grid },
          ticks: {
            color: theme.foreground,
            autoSkip: !lying && categories.length > 24,
            callback: (_: unknown, index: number) =>
              shortened(categories[index] ?? '', lying ? longest.lying : longest.standing),
          },
        },
        [along]: {
          beginAtZero: true,
          ...(unit === 'fraction' ? { max: 1 } : { suggestedMax: highest * 1.15 }),
          title: { display: true, text: axis },
          border: { display: false },
          ticks: {
            maxTicksLimit: 6,
            callback: (value: string | number) =>
              unit === 'fraction' ? `${Math.round(Number(value) * 100)} %` : formatValue(Number(value), unit),
          },
        },
      },
      plugins: {
        tooltip: {
          callbacks: {
            label: (item) => {
              const bar = series[item.datasetIndex]?.bars[item.dataIndex];
              return `${item.dataset.label ?? ''}: ${describeBar(bar, unit)}`;
            },
          },
        },
      },
    },
    plugins: [
      barMarks(
        { series, unit, reference, lying },
        theme,
        labelled ?? (lying || categories.length * series.length <= 30),
      ),
    ],
  };
}

/** `83.4 % (80.1 %–86.3 %, n = 700)`. */
export function describeBar(bar: Bar | undefined, unit: Unit): string {
  if (!bar) return 'not measured';
  const { value, interval, samples, seeds } = bar;
  const asides = [
    interval && `95 %: ${formatValue(interval[0], unit)} – ${formatValue(interval[1], unit)}`,
    seeds !== undefined && `${seeds} seeds`,
    samples !== undefined && `n = ${formatValue(samples, 'count')}`,
  ].filter((aside) => typeof aside === 'string');
  return formatValue(value, unit) + (asides.length > 0 ? ` (${asides.join(', ')})` : '');
}

/** Draws intervals, values and the reference level over the bars. */
function barMarks(
  { series, unit, reference, lying }: Pick<BarGroups, 'series' | 'unit' | 'reference' | 'lying'>,
  theme: Theme,
  labelled: boolean,
): Plugin {
  return {
    id: 'bar-marks',
    afterDatasetsDraw(chart) {
      const { ctx, chartArea } = chart;
      const scale = chart.scales[lying ? 'x' : 'y'];
      if (!scale) return;
      // A line between two points that are given by their place across the bars and their value's place along them.
      const line = (from: readonly [number, number], to: readonly [number, number]): void => {
        const [start, end] = [from, to].map(([across, along]) => (lying ? [along, across] : [across, along])) as [
          [number, number],
          [number, number],
        ];
        ctx.moveTo(...start);
        ctx.lineTo(...end);
      };
      const [first, last] = lying ? [chartArea.top, chartArea.bottom] : [chartArea.left, chartArea.right];
      const [least, most] = lying ? [chartArea.left, chartArea.right] : [chartArea.top, chartArea.bottom];
      ctx.save();
      ctx.font = `600 11px ${theme.font}`;
      ctx.lineWidth = 1.25;
      if (reference) {
        const at = scale.getPixelForValue(reference.value);
        ctx.strokeStyle = theme.muted;
        ctx.setLineDash([4, 4]);
        ctx.beginPath();
        line([first, at], [last, at]);
        ctx.stroke();
        ctx.setLineDash([]);
        ctx.fillStyle = theme.muted;
        ctx.textAlign = lying ? 'center' : 'left';
        ctx.textBaseline = lying ? 'bottom' : 'middle';
        if (lying) ctx.fillText(reference.text, at, first - 4);
        else ctx.fillText(reference.text, last + 6, at);
      }
      ctx.textAlign = lying ? 'left' : 'center';
      ctx.textBaseline = lying ? 'middle' : 'bottom';
      ctx.strokeStyle = theme.foreground;
      ctx.fillStyle = theme.foreground;
      const label = labelled ? fittingLabel(chart, { series, unit, lying }) : undefined;
      series.forEach(({ bars }, set) =>
        bars.forEach((bar, index) => {
          const element = chart.getDatasetMeta(set).data[index];
          if (!bar || !element || !chart.isDatasetVisible(set)) return;
          const [across, along] = lying ? [element.y, element.x] : [element.x, element.y];
          let tip = along;
          if (bar.interval) {
            const [low, high] = bar.interval.map((value) => scale.getPixelForValue(value)) as [number, number];
            // An interval over few seeds may reach beyond the axis: there it is cut, without an end.
            const within = (at: number): number => Math.min(most, Math.max(least, at));
            const end = lying ? 3 : 4;
            ctx.beginPath();
            line([across, within(low)], [across, within(high)]);
            for (const at of [low, high].filter((one) => within(one) === one))
              line([across - end, at], [across + end, at]);
            ctx.stroke();
            tip = lying ? Math.max(tip, within(high)) : Math.min(tip, within(high));
          }
          const text = label?.(bar.value);
          if (text === undefined) return;
          if (lying) ctx.fillText(text, tip + 5, across);
          else ctx.fillText(text, across, tip - 3);
        }),
      );
      ctx.restore();
    },
  };
}

/** How values are written at the ends of bars so that each stays at its own: in full, in whole percents, or not at all. */
function fittingLabel(
  chart: Chart,
  { series, unit, lying }: Pick<BarGroups, 'series' | 'unit' | 'lying'>,
): ((value: number) => string) | undefined {
  const forms = [(value: number) => formatValue(value, unit).replace(' %', '')];
  if (unit === 'fraction') forms.push((value) => String(Math.round(100 * value)));
  return forms.find((form) =>
    series.every(({ bars }, set) =>
      bars.every((bar, index) => {
        const element = chart.getDatasetMeta(set).data[index] as { width?: number; height?: number } | undefined;
        if (!bar || !element || !chart.isDatasetVisible(set)) return true;
        if (lying) return (element.height ?? Infinity) >= 9;
        return chart.ctx.measureText(form(bar.value)).width <= (element.width ?? Infinity) + 4;
      }),
    ),
  );
}
