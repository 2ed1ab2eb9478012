import type { ChartConfiguration, Plugin } from 'chart.js';
import { h, labelledSelect } from '../charts/dom';
import { orderMethods } from '../charts/method-bars';
import { formatCount, formatNumber } from '../charts/numbers';
import { chartPanel, type ChartPanel } from '../charts/panel';
import { colourOf, type Theme } from '../charts/theme';
import type { NdArray } from '../data/npy';
import { className, domainName, entryOf, type Samples } from '../data/run-data';
import { later } from '../shell/states';
import type { ViewContext } from '../shell/view';

/** More arrows than this hide one another. */
const mostArrows = 240;
const mostProjected = 20_000;

interface Arrow {
  entry: number;
  from: readonly [x: number, y: number];
}

/** How samples move under each method, on the same axes: from where pretraining had put them to where they end. */
export function arrowPanels(context: ViewContext): HTMLElement | undefined {
  const { data } = context;
  if (!data.arrays.includes('finetune/rows')) return undefined;
  return later('Projecting the moves', async () => {
    const samples = await data.samples();
    if (!samples) return [];
    const answer = await data.projection('pca', 'finetune', mostProjected);
    const [before, rows] = await Promise.all([data.file(answer.file), data.file(answer.rows)]);
    const methods = orderMethods(Object.keys(answer.after ?? {}));
    const after = await Promise.all(methods.map((method) => data.file(answer.after![method]!)));
    if (methods.length === 0) return [];
    const arrows = spread(before, rows, samples);
    const limits = bounds(arrows, [before, ...after]);
    return [
      h(
        'div',
        { class: 'pair' },
        ...methods.map((method, i) =>
          arrowPanel(context, {
            samples,
            arrows,
            after: after[i]!,
            method,
            limits,
            total: answer.total,
            explained: answer.explained,
          }),
        ),
      ),
    ];
  });
}

/** Every so many-th sample, so that each domain and class has its share. */
function spread(before: NdArray, rows: NdArray, samples: Samples): (Arrow & { index: number })[] {
  const known = Array.from(rows.data, (row, index) => ({ index, entry: entryOf(samples, row) })).filter(
    ({ entry }) => entry >= 0,
  );
  const sorted = known.sort(
    (a, b) =>
      samples.domains[a.entry]! - samples.domains[b.entry]! ||
      samples.labels[a.entry]! - samples.labels[b.entry]! ||
      a.index - b.index,
  );
  const step = Math.max(1, sorted.length / mostArrows);
  return Array.from({ length: Math.min(sorted.length, mostArrows) }, (_, i) => sorted[Math.floor(i * step)]!).map(
    ({ index, entry }) => ({
      ...{ index, entry },
      from: [before.data[2 * index]!, before.data[2 * index + 1]!],
    }),
  );
}

function bounds(
  arrows: readonly { index: number }[],
  arrays: readonly NdArray[],
): { x: [number, number]; y: [number, number] } {
  const limits = { x: [Infinity, -Infinity] as [number, number], y: [Infinity, -Infinity] as [number, number] };
  for (const { index } of arrows)
    for (const { data } of arrays)
      (['x', 'y'] as const).forEach((axis, at) => {
        const value = data[2 * index + at]!;
        limits[axis] = [Math.min(limits[axis][0], value), Math.max(limits[axis][1], value)];
      });
  const room = ([low, high]: [number, number]): [number, number] => [
    low - 0.03 * (high - low || 1),
    high + 0.03 * (high - low || 1),
  ];
  return { x: room(limits.x), y: room(limits.y) };
}

interface ArrowOptions {
  samples: Samples;
  arrows: readonly (Arrow & { index: number })[];
  after: NdArray;
  method: string;
  limits: { x: [number, number]; y: [number, number] };
  total: number;
  explained: readonly number[] | undefined;
}

function arrowPanel({ choices }: ViewContext, options: ArrowOptions): HTMLElement {
  const { samples, arrows, after, method, limits, total, explained } = options;
  const colourings = [
    { value: 'domain', text: 'domain' },
    { value: 'class', text: 'class' },
  ] as const;
  let colouring = choices.among(
    `arrows.${method}`,
    colourings.map(({ value }) => value),
  );
  const panel: { current?: ChartPanel } = {};
  const valueOf = ({ entry }: Arrow): number =>
    colouring === 'domain' ? samples.domains[entry]! : samples.labels[entry]!;
  const values = (): number[] => [...new Set(arrows.map(valueOf))].sort((a, b) => a - b);
  const name = (value: number): string =>
    colouring === 'domain' ? domainName(samples, value) : className(samples, value);
  const to = ({ index }: { index: number }): [number, number] => [after.data[2 * index]!, after.data[2 * index + 1]!];
  panel.current = chartPanel({
    title: `How ${method} moves the samples`,
    note: `${formatCount(arrows.length)} of ${formatCount(total)} test samples, on the principal axes of the pretrained features; the same scale for every method.`,
    description: `Arrows from before to after ${method} for ${arrows.length} samples.`,
    height: 380,
    zoom: 'xy',
    controls: [
      labelledSelect('Colour', colourings, colouring, (value) => {
        colouring = value as typeof colouring;
        choices.set(`arrows.${method}`, value);
        panel.current?.redraw();
      }),
    ],
    legend: () => values().map((value) => ({ text: name(value), colour: colourOf(value), shape: 'circle' })),
    table: () => ({
      caption: `Moves under ${method}`,
      columns: [
        { text: 'sample' },
        { text: 'class' },
        { text: 'domain' },
        ...['from 1', 'from 2', 'to 1', 'to 2'].map((text) => ({ text, numeric: true })),
      ],
      rows: arrows.map((arrow) => [
        samples.names[arrow.entry] ?? '',
        className(samples, samples.labels[arrow.entry]!),
        domainName(samples, samples.domains[arrow.entry]!),
        ...[...arrow.from, ...to(arrow)].map((value) => [formatNumber(value, 3), value] as const),
      ]),
    }),
    draw: (theme) => {
      const groups = values().map((value) => ({ value, own: arrows.filter((arrow) => valueOf(arrow) === value) }));
      return configuration(
        groups,
        to,
        { limits, explained, name: (arrow) => samples.names[arrow.entry] ?? '', groupName: name },
        theme,
      );
    },
  });
  return panel.current.element;
}

type Indexed = Arrow & { index: number };

function configuration(
  groups: readonly { value: number; own: readonly Indexed[] }[],
  to: (arrow: Indexed) => [number, number],
  {
    limits,
    explained,
    name,
    groupName,
  }: {
    limits: ArrowOptions['limits'];
    explained: readonly number[] | undefined;
    name: (arrow: Arrow) => string;
    groupName: (value: number) => string;
  },
  theme: Theme,
): ChartConfiguration {
  const axis = (which: 'x' | 'y', i: number): object => ({
    ...{ type: 'linear', min: limits[which][0], max: limits[which][1], border: { display: false } },
    title: {
      display: true,
      text: `component ${i + 1}${explained ? ` (${(100 * (explained[i] ?? 0)).toFixed(0)} %)` : ''}`,
    },
    ticks: { maxTicksLimit: 6, includeBounds: false },
  });
  const draw: Plugin = {
    id: 'arrows',
    beforeDatasetsDraw(chart) {
      const { ctx, scales, chartArea } = chart;
      ctx.save();
      ctx.beginPath();
      ctx.rect(chartArea.left, chartArea.top, chartArea.width, chartArea.height);
      ctx.clip();
      ctx.lineWidth = 1.1;
      groups.forEach(({ value, own }, set) => {
        if (!chart.isDatasetVisible(set)) return;
        ctx.strokeStyle = `${colourOf(value)}${theme.contrast ? 'ff' : 'a0'}`;
        for (const arrow of own) {
          const [x, y] = to(arrow);
          const [x0, y0] = [scales.x!.getPixelForValue(arrow.from[0]), scales.y!.getPixelForValue(arrow.from[1])];
          const [x1, y1] = [scales.x!.getPixelForValue(x), scales.y!.getPixelForValue(y)];
          const angle = Math.atan2(y1 - y0, x1 - x0);
          const head = Math.min(6, Math.hypot(x1 - x0, y1 - y0) / 2);
          ctx.beginPath();
          ctx.moveTo(x0, y0);
          ctx.lineTo(x1, y1);
          for (const side of [-0.5, 0.5]) {
            ctx.moveTo(x1, y1);
            ctx.lineTo(x1 - head * Math.cos(angle + side), y1 - head * Math.sin(angle + side));
          }
          ctx.stroke();
        }
      });
      ctx.restore();
    },
  };
  return {
    type: 'scatter',
    data: {
      datasets: groups.map(({ value, own }) => ({
        label: groupName(value),
        data: own.map(({ from: [x, y] }) => ({ x, y })),
        ...{
          backgroundColor: colourOf(value),
          borderColor: colourOf(value),
          radius: 1.8,
          hoverRadius: 6,
          hitRadius: 5,
        },
      })),
    },
    options: {
      scales: { x: axis('x', 0), y: axis('y', 1) },
      plugins: { tooltip: { callbacks: { label: (item) => name(groups[item.datasetIndex]!.own[item.dataIndex]!) } } },
    },
    plugins: [draw],
  };
}
