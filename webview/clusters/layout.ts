import type { Points } from '../charts/points/model';
import { colourOf, ramp, rgbOf } from '../charts/theme';
import type { LegendEntry } from '../charts/legend';
import { formatNumber } from '../charts/numbers';
import type { NdArray } from '../data/npy';
import { className, domainName, entryOf, type Samples } from '../data/run-data';

/** Places of points in the plane, and the entry that each stands for. */
export interface Layout {
  x: Float32Array;
  y: Float32Array;
  entries: Int32Array;
  axes: { x: string; y: string };
}

/** Two columns of an n × count array, over the entries that are drawn. */
export function columnLayout(
  samples: Samples,
  { data, count }: { data: ArrayLike<number>; count: number },
  columns: readonly [x: number, y: number],
  names: readonly [x: string, y: string],
): Layout {
  const { drawn } = samples;
  const [x, y] = [new Float32Array(drawn.length), new Float32Array(drawn.length)];
  drawn.forEach((entry, i) => {
    x[i] = data[entry * count + columns[0]]!;
    y[i] = data[entry * count + columns[1]]!;
  });
  return { x, y, entries: drawn, axes: { x: names[0], y: names[1] } };
}

/** A projection's places; rows that the page knows nothing of are left out. */
export function projectionLayout(
  samples: Samples,
  places: NdArray,
  rows: NdArray,
  axes: { x: string; y: string },
): Layout {
  const entries = Array.from(rows.data, (row) => entryOf(samples, row));
  const kept = entries.flatMap((entry, i) => (entry >= 0 ? [i] : []));
  return {
    x: Float32Array.from(kept, (i) => places.data[2 * i]!),
    y: Float32Array.from(kept, (i) => places.data[2 * i + 1]!),
    entries: Int32Array.from(kept, (i) => entries[i]!),
    axes,
  };
}

/** Colours of points, and what they mean. */
export interface Colouring {
  /** Index of the colour of each point. */
  colour: Uint16Array;
  palette: number[];
  legend: LegendEntry[];
  /** What is said of an entry under this colouring. */
  describe: (entry: number) => string;
}

const steps = 48;

/** One colour a value; values are small whole numbers, −1 for none. */
export function byValue(values: ArrayLike<number>, entries: Int32Array, name: (value: number) => string): Colouring {
  const present = [...new Set(Array.from(entries, (entry) => values[entry] ?? -1))].sort((a, b) => a - b);
  const place = new Map(present.map((value, i) => [value, i]));
  return {
    colour: Uint16Array.from(entries, (entry) => place.get(values[entry] ?? -1)!),
    palette: present.map((value) => rgbOf(colourOf(value))),
    legend: present.map((value, i) => ({ text: name(value), colour: colourOf(value), shape: 'circle', sets: [i] })),
    describe: (entry) => name(values[entry] ?? -1),
  };
}

/** A ramp of colours over a quantity; a value that is no number is grey. */
export function byQuantity(values: (entry: number) => number, entries: Int32Array, name: string): Colouring {
  let [low, high] = [Infinity, -Infinity];
  for (const entry of entries) {
    const value = values(entry);
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const colours = ramp(steps);
  const step = (value: number): number =>
    Number.isFinite(value) ? Math.min(steps - 1, Math.floor(((value - low) / (high - low || 1)) * steps)) : steps;
  const hex = (rgb: number): string => `#${rgb.toString(16).padStart(6, '0')}`;
  return {
    colour: Uint16Array.from(entries, (entry) => step(values(entry))),
    palette: [...colours, rgbOf(colourOf(-1))],
    legend: [low, (low + high) / 2, high].map((value) => ({
      ...{ text: `${name} ${formatNumber(value, 3)}`, colour: hex(colours[Math.min(steps - 1, step(value))]!) },
      ...{ shape: 'circle', sets: [] },
    })),
    describe: (entry) => `${name} ${formatNumber(values(entry), 3)}`,
  };
}

/** Whether predictions are right, among entries with a label. */
export function byCorrectness(samples: Samples, predictions: ArrayLike<number>, entries: Int32Array): Colouring {
  const kind = (entry: number): number =>
    samples.labels[entry]! < 0 || (predictions[entry] ?? -1) < 0
      ? 2
      : predictions[entry] === samples.labels[entry]
        ? 0
        : 1;
  const names = ['right', 'wrong', 'not judged'];
  const colours = [colourOf(0), colourOf(1), colourOf(-1)];
  const present = new Set(Array.from(entries, kind));
  return {
    colour: Uint16Array.from(entries, kind),
    palette: colours.map(rgbOf),
    legend: names.flatMap((text, i) =>
      present.has(i) ? [{ text, colour: colours[i]!, shape: 'circle' as const, sets: [i] }] : [],
    ),
    describe: (entry) =>
      kind(entry) === 2 ? names[2]! : `${names[kind(entry)]}, read as ${className(samples, predictions[entry]!)}`,
  };
}

/** Shapes by domain, where there is more than one and few enough to tell apart. */
export function shapesOf(samples: Samples, entries: Int32Array): Points['shape'] {
  const many = samples.domainNames.length;
  return many > 1 && many <= 6 ? Uint8Array.from(entries, (entry) => samples.domains[entry]!) : undefined;
}

/** Name, class, domain, cluster: what is said of every entry. */
export function describeEntry(samples: Samples, entry: number, clusters: ArrayLike<number> | undefined): string[] {
  return [
    samples.names[entry] || `sample ${samples.rows[entry]}`,
    className(samples, samples.labels[entry]!),
    ...(samples.domainNames.length > 0 ? [domainName(samples, samples.domains[entry]!)] : []),
    ...(clusters ? [`cluster ${clusters[entry]! + 1}`] : []),
  ];
}
