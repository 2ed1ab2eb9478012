import type { Chart, ChartConfiguration, Plugin } from 'chart.js';
import { formatValue, type Unit } from './numbers';
import { shortened } from './text';
import type { Theme } from './theme';

/** Characters of a group's name below its bars, among many of them fewer; the tooltip and the table have all. */
const longest = (groups: number): number => (groups > 12 ? 24 : 28);

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
  /** Whether each bar's value stands above it; by default where there is room. */
  values?: boolean;
  /** A level to hold the bars against, e.g. chance. */
  reference?: { value: number; text: string };
}

/** Grouped bars with their values above and, where given, their intervals. */
export function barChart(
  { categories, series, unit, axis, reference, values: labelled }: BarGroups,
  theme: Theme,
): ChartConfiguration {
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
        categoryPercentage: 0.72,
        barPercentage: 0.92,
      })),
    },
    options: {
      layout: { padding: { top: 18, right: reference ? 52 : 0 } },
      scales: {
        x: {
          grid: { display: false },
          border: { color: theme.grid },
          ticks: {
            color: theme.foreground,
            autoSkip: categories.length > 24,
            callback: (_, index) => shortened(categories[index] ?? '', longest(categories.length)),
          },
        },
        y: {
          beginAtZero: true,
          ...(unit === 'fraction' ? { max: 1 } : { suggestedMax: highest * 1.15 }),
          title: { display: true, text: axis },
          border: { display: false },
          ticks: {
            maxTicksLimit: 6,
            callback: (value) =>
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
    plugins: [barMarks(series, unit, reference, theme, labelled ?? categories.length * series.length <= 30)],
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
  series: BarGroups['series'],
  unit: Unit,
  reference: BarGroups['reference'],
  theme: Theme,
  labelled: boolean,
): Plugin {
  return {
    id: 'bar-marks',
    afterDatasetsDraw(chart) {
      const { ctx, chartArea } = chart;
      const scale = chart.scales.y;
      if (!scale) return;
      ctx.save();
      ctx.font = `600 11px ${theme.font}`;
      ctx.lineWidth = 1.25;
      if (reference) {
        const y = scale.getPixelForValue(reference.value);
        ctx.strokeStyle = theme.muted;
        ctx.setLineDash([4, 4]);
        ctx.beginPath();
        ctx.moveTo(chartArea.left, y);
        ctx.lineTo(chartArea.right, y);
        ctx.stroke();
        ctx.setLineDash([]);
        ctx.fillStyle = theme.muted;
        ctx.textAlign = 'left';
        ctx.textBaseline = 'middle';
        ctx.fillText(reference.text, chartArea.right + 6, y);
      }
      ctx.textAlign = 'center';
      ctx.textBaseline = 'bottom';
      ctx.strokeStyle = theme.foreground;
      ctx.fillStyle = theme.foreground;
      const label = labelled ? fittingLabel(chart, series, unit) : undefined;
      series.forEach(({ bars }, set) =>
        bars.forEach((bar, index) => {
          const element = chart.getDatasetMeta(set).data[index];
          if (!bar || !element || !chart.isDatasetVisible(set)) return;
          let top = element.y;
          if (bar.interval) {
            const [low, high] = bar.interval.map((value) => scale.getPixelForValue(value)) as [number, number];
            // An interval over few seeds may reach beyond the axis: there it is cut, without an end.
            const within = (y: number): number => Math.min(chartArea.bottom, Math.max(chartArea.top, y));
            ctx.beginPath();
            ctx.moveTo(element.x, within(low));
            ctx.lineTo(element.x, within(high));
            for (const y of [low, high].filter((one) => within(one) === one)) {
              ctx.moveTo(element.x - 4, y);
              ctx.lineTo(element.x + 4, y);
            }
            ctx.stroke();
            top = Math.min(top, within(high));
          }
          const text = label?.(bar.value);
          if (text !== undefined) ctx.fillText(text, element.x, top - 3);
        }),
      );
      ctx.restore();
    },
  };
}

/** How values are written over bars so that each stays over its own: in full, in whole percents, or not at all. */
function fittingLabel(chart: Chart, series: BarGroups['series'], unit: Unit): ((value: number) => string) | undefined {
  const forms = [(value: number) => formatValue(value, unit).replace(' %', '')];
  if (unit === 'fraction') forms.push((value) => String(Math.round(100 * value)));
  return forms.find((form) =>
    series.every(({ bars }, set) =>
      bars.every((bar, index) => {
        const element = chart.getDatasetMeta(set).data[index] as { width?: number } | undefined;
        if (!bar || !element || !chart.isDatasetVisible(set)) return true;
        return chart.ctx.measureText(form(bar.value)).width <= (element.width ?? Infinity) + 4;
      }),
    ),
  );
}
