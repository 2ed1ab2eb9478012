import type { ChartConfiguration } from 'chart.js';
import type { SampleView, SpectrumView } from '../../engine/report/payload';
import { labelledSelect } from '../charts/dom';
import { formatCount, formatNumber } from '../charts/numbers';
import { chartPanel, type ChartPanel, type LegendEntry } from '../charts/panel';
import { colourOf, isHollow, markers } from '../charts/theme';
import { PointTooltip } from './point-tooltip';

export type Colouring = 'class' | 'cluster' | 'domain';

/** A set of points drawn alike: one value of the colouring in one domain. */
export interface PointSet {
  value: number;
  domain: number;
  /** Indices into the sample. */
  points: number[];
}

export function colourValues(sample: SampleView, colouring: Colouring): readonly number[] {
  return { class: sample.labels, cluster: sample.clusters, domain: sample.domains }[colouring];
}

/** The sample's points by colour value and domain, ascending. */
export function pointSets(sample: SampleView, colouring: Colouring): PointSet[] {
  const values = colourValues(sample, colouring);
  const sets = new Map<string, PointSet>();
  values.forEach((value, i) => {
    const domain = sample.domains[i]!;
    const set = sets.get(`${value} ${domain}`);
    if (set) set.points.push(i);
    else sets.set(`${value} ${domain}`, { value, domain, points: [i] });
  });
  return [...sets.values()].sort((a, b) => a.domain - b.domain || a.value - b.value);
}

/** ` (class)` for an eigenvector that tells classes apart. */
function separation({ separates }: SpectrumView, column: number): string {
  const what = separates?.[column];
  return what === undefined || what === 'neither' ? '' : ` (${what})`;
}

/** The points on two eigenvectors, coloured by class, cluster or domain, with a marker for each domain. */
export function scatterPanel(view: SpectrumView): HTMLElement {
  const { sample } = view;
  const choice = {
    x: sample.columns.length > 2 ? 1 : 0,
    y: sample.columns.length > 2 ? 2 : 1,
    colouring: 'class' as Colouring,
  };
  const axes = sample.columns.map((_, i) => ({ value: String(i), text: `eigenvector ${i + 1}${separation(view, i)}` }));
  const panel: { current?: ChartPanel } = {};
  const select = (label: string, options: typeof axes, selected: string, set: (value: string) => void): HTMLElement =>
    labelledSelect(label, options, selected, (value) => {
      set(value);
      panel.current?.redraw();
    });
  const colourings = ['class', 'cluster', 'domain'] as const;
  const tooltip = new PointTooltip(view);
  const shown = sample.labels.length;
  panel.current = chartPanel({
    title: 'Samples on the eigenvectors',
    note: `${formatCount(shown)} of ${formatCount(sample.total)} samples${shown < sample.total ? ', stratified by domain and class' : ''}. Point at one to see it.`,
    description: `Scatter plot of ${shown} samples on two eigenvectors. Arrow keys walk through the points.`,
    height: 440,
    controls: [
      select('Across', axes, String(choice.x), (value) => (choice.x = Number(value))),
      select('Up', axes, String(choice.y), (value) => (choice.y = Number(value))),
      select(
        'Colour',
        colourings.map((value) => ({ value, text: value })),
        choice.colouring,
        (value) => (choice.colouring = value as Colouring),
      ),
    ],
    legend: () => legend(view, sample, choice.colouring),
    table: () => centroids(view, sample, choice),
    draw: () => configuration(sample, choice, tooltip),
  });
  panel.current.element.classList.add('wide');
  return panel.current.element;
}

function configuration(
  sample: SampleView,
  { x, y, colouring }: { x: number; y: number; colouring: Colouring },
  tooltip: PointTooltip,
): ChartConfiguration {
  const sets = pointSets(sample, colouring);
  const axis = (column: number): object => ({
    type: 'linear',
    title: { display: true, text: `eigenvector ${column + 1}` },
    border: { display: false },
    ticks: { maxTicksLimit: 7 },
  });
  return {
    type: 'scatter',
    data: {
      datasets: sets.map(({ value, domain, points }) => ({
        label: `${value} ${domain}`,
        data: points.map((i) => ({ x: sample.columns[x]![i]!, y: sample.columns[y]![i]! })),
        pointStyle: markers[domain % markers.length],
        borderColor: colourOf(value),
        backgroundColor: isHollow(value) ? 'transparent' : `${colourOf(value)}b0`,
        borderWidth: 1.25,
        radius: 4,
        hoverRadius: 7,
        hitRadius: 4,
      })),
    },
    options: {
      parsing: false,
      normalized: true,
      interaction: { mode: 'nearest', intersect: true },
      scales: { x: axis(x), y: axis(y) },
      plugins: {
        tooltip: {
          enabled: false,
          callbacks: {
            label: (item) => tooltip.describe(sets[item.datasetIndex]!.points[item.dataIndex]!).join(', '),
          },
          external: ({ chart, tooltip: state }) => {
            const item = state.opacity > 0 ? state.dataPoints?.[0] : undefined;
            const set = item && sets[item.datasetIndex];
            if (!item || !set) tooltip.hide();
            else tooltip.show(chart.canvas, set.points[item.dataIndex]!, { x: state.caretX, y: state.caretY });
          },
        },
      },
    },
  };
}

export function valueName(view: SpectrumView, colouring: Colouring, value: number): string {
  if (colouring === 'domain') return view.domainNames[value] ?? `domain ${value}`;
  if (value < 0) return colouring === 'class' ? 'no label' : 'no cluster';
  return colouring === 'class' ? (view.classNames[value] ?? `class ${value}`) : `cluster ${value + 1}`;
}

function legend(view: SpectrumView, sample: SampleView, colouring: Colouring): LegendEntry[] {
  const values = [...new Set(colourValues(sample, colouring))].sort((a, b) => a - b);
  const entries: LegendEntry[] = values.map((value) => ({
    text: valueName(view, colouring, value),
    colour: colourOf(value),
    shape: colouring === 'domain' ? markers[value % markers.length] : 'circle',
    hollow: isHollow(value),
  }));
  if (colouring === 'domain' || view.domainNames.length < 2) return entries;
  const shapes = view.domainNames.map((text, i): LegendEntry => ({
    text,
    colour: 'currentColor',
    shape: markers[i % markers.length],
    hollow: true,
  }));
  return [...entries, ...shapes];
}

/** The table behind the plot: where each set of points lies. */
function centroids(
  view: SpectrumView,
  sample: SampleView,
  { x, y, colouring }: { x: number; y: number; colouring: Colouring },
): { caption: string; columns: { text: string; numeric?: boolean }[]; rows: string[][] } {
  const mean = (points: readonly number[], column: number): string =>
    formatNumber(points.reduce((sum, i) => sum + sample.columns[column]![i]!, 0) / points.length, 3);
  return {
    caption: 'Means of the points shown',
    columns: [
      { text: colouring },
      { text: 'domain' },
      { text: 'points', numeric: true },
      { text: `mean on eigenvector ${x + 1}`, numeric: true },
      { text: `mean on eigenvector ${y + 1}`, numeric: true },
    ],
    rows: pointSets(sample, colouring).map(({ value, domain, points }) => [
      valueName(view, colouring, value),
      view.domainNames[domain] ?? String(domain),
      String(points.length),
      mean(points, x),
      mean(points, y),
    ]),
  };
}
