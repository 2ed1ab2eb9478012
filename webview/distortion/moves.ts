import { lineChart } from '../charts/line';
import { methodColour, orderMethods } from '../charts/method-bars';
import { formatCount, formatNumber } from '../charts/numbers';
import { chartPanel } from '../charts/panel';
import { domainName, entryOf } from '../data/run-data';
import { later } from '../shell/states';
import type { ViewContext } from '../shell/view';

const bins = 40;

/** How far samples moved: not the mean alone, but how many moved how far, by method and domain. */
export function movesPanel({ data }: ViewContext): HTMLElement | undefined {
  const files = data.arrays.filter((name) => /^finetune\/moves-/.test(name));
  if (files.length === 0) return undefined;
  return later('Reading moves', async () => {
    const [samples, rows] = await Promise.all([data.samples(), data.array('finetune/rows')]);
    if (!samples || !rows) return [];
    const methods = orderMethods(files.map((name) => name.replace('finetune/moves-', '')));
    const moves = await Promise.all(methods.map((method) => data.array(`finetune/moves-${method}`)));
    // A report may not carry a test sample itself, but its domain stands in the order of the rows: source first.
    const domains = Array.from(rows.data, (row) => samples.domains[entryOf(samples, row)] ?? -1);
    const fill = (from: number): number =>
      domains.slice(from).find((domain) => domain >= 0) ?? domains.findLast((domain) => domain >= 0) ?? 0;
    const known = domains.map((domain, i) => (domain >= 0 ? domain : fill(i)));
    const places = [...new Set(known)];
    const series = methods.flatMap((method, m) =>
      places.map((domain, place) => ({
        name: `${method}, ${domainName(samples, domain)}`,
        method,
        place,
        values: known.flatMap((one, i) =>
          one === domain && Number.isFinite(moves[m]?.data[i] ?? NaN) ? [moves[m]!.data[i]!] : [],
        ),
      })),
    );
    let most = 0;
    for (const { values } of series) for (const value of values) most = Math.max(most, value);
    const panel = chartPanel({
      title: 'Distribution of the moves',
      note: `Euclidean distance between a sample’s features before and after.${lineStyles(places.map((domain) => domainName(samples, domain)))}`,
      description: series
        .map(({ name, values }) => `${name}: median ${formatNumber(quantile(values, 0.5), 3)}`)
        .join('; '),
      height: 300,
      zoom: 'xy',
      legend: () =>
        series.map(({ name, method, place }) => ({
          text: name,
          colour: methodColour(methods, method),
          shape: place === 0 ? 'line' : 'dashed',
        })),
      table: () => ({
        caption: 'Distribution of the moves',
        columns: [
          { text: 'method and domain' },
          ...['samples', '10 %', 'median', '90 %', 'mean'].map((text) => ({ text, numeric: true })),
        ],
        rows: series.map(({ name, values }) => {
          const mean = values.reduce((a, b) => a + b, 0) / values.length;
          const numbers = [quantile(values, 0.1), quantile(values, 0.5), quantile(values, 0.9), mean];
          return [
            name,
            [formatCount(values.length), values.length],
            ...numbers.map((value) => [formatNumber(value, 3), value] as const),
          ];
        }),
      }),
      draw: (theme) =>
        lineChart(
          series.map(({ name, method, place, values }) => ({
            ...{ name, colour: methodColour(methods, method), dashed: place > 0 },
            points: histogram(values, most).map((share, i) => [((i + 0.5) * most) / bins, share] as const),
          })),
          { x: 'move', y: 'share of samples' },
          theme,
        ),
    });
    return [panel.element];
  });
}

function lineStyles([first, ...others]: readonly string[]): string {
  return others.length > 0 ? ` Solid: ${first}. Dashed: ${others.join(', ')}.` : '';
}

/** Shares of the values in `bins` equal parts of 0…most. */
export function histogram(values: readonly number[], most: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) counts[Math.max(0, Math.min(bins - 1, Math.floor((value / (most || 1)) * bins)))]!++;
  return counts.map((count) => (values.length > 0 ? count / values.length : 0));
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] ?? NaN, sorted[Math.ceil(at)] ?? NaN];
  return low + (high - low) * (at - Math.floor(at));
}
