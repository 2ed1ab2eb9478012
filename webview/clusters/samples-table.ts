import { formatCount } from '../charts/numbers';
import type { TableData } from '../charts/table';
import { className, domainName, type Samples } from '../data/run-data';
import type { Colouring, Layout } from './layout';

/** The table behind the plot of samples: where the points of each colour and domain lie. */
export function samplesTable(samples: Samples, layout: Layout, colouring: Colouring, chosen: string): TableData {
  const { x, y, entries, axes } = layout;
  const groups = new Map<string, { count: number; x: number; y: number; domain: string }>();
  const isQuantity = chosen.startsWith('vector:');
  entries.forEach((entry, i) => {
    // Without a place a point is not shown.
    if (!Number.isFinite(x[i]! + y[i]!)) return;
    const domain = domainName(samples, samples.domains[entry]!);
    const name = isQuantity ? className(samples, samples.labels[entry]!) : colouring.describe(entry);
    const key = `${name}\n${domain}`;
    const group = groups.get(key) ?? { count: 0, x: 0, y: 0, domain };
    groups.set(key, { ...group, count: group.count + 1, x: group.x + x[i]!, y: group.y + y[i]! });
  });
  const short = (value: number): string => String(Number(value.toPrecision(3))).replace('-', '−');
  return {
    caption: 'Means of the points shown',
    columns: [
      { text: isQuantity ? 'class' : (chosen.split(':')[0] ?? '') },
      { text: 'domain' },
      { text: 'points', numeric: true },
      { text: `mean on ${axes.x}`, numeric: true },
      { text: `mean on ${axes.y}`, numeric: true },
    ],
    rows: [...groups].map(([key, group]) => [
      key.split('\n')[0]!,
      group.domain,
      [formatCount(group.count), group.count],
      [short(group.x / group.count), group.x / group.count],
      [short(group.y / group.count), group.y / group.count],
    ]),
  };
}
