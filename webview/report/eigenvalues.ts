import type { ChartConfiguration } from 'chart.js';
import type { SpectrumView } from '../../engine/report/payload';
import { formatNumber } from '../charts/numbers';
import { chartPanel } from '../charts/panel';
import { palette, type Theme } from '../charts/theme';

const separationColours = { class: palette[0], domain: palette[1], neither: '#8a8a8a' } as const;
const separationNames = { class: 'classes', domain: 'domains', neither: 'neither' } as const;

/** The leading eigenvalues, with the gap after the k-th marked. */
export function eigenvaluePanel({ eigenvalues, clusters, separates }: SpectrumView): HTMLElement {
  const k = clusters !== undefined && clusters < eigenvalues.length ? clusters : undefined;
  const gap = k === undefined ? undefined : eigenvalues[k - 1]! - eigenvalues[k]!;
  const gapText = gap === undefined ? '' : `λ${subscript(k!)} − λ${subscript(k! + 1)} = ${formatNumber(gap, 3)}`;
  const colours = eigenvalues.map((_, i) => {
    const colour = separates ? separationColours[separates[i] ?? 'neither'] : palette[0];
    return k === undefined || i < k ? colour : `${colour}80`;
  });
  return chartPanel({
    title: 'Eigenvalue spectrum',
    note:
      k === undefined
        ? 'Largest first.'
        : `Largest first. The dashed line is the gap after the ${k} that make the clusters.`,
    description: `The ${eigenvalues.length} leading eigenvalues, from ${formatNumber(eigenvalues[0] ?? NaN)} down to ${formatNumber(eigenvalues.at(-1) ?? NaN)}. ${gapText}`,
    legend: separates
      ? () =>
          (['class', 'domain', 'neither'] as const)
            .filter((what) => separates.slice(0, eigenvalues.length).includes(what))
            .map((what) => ({ text: `separates ${separationNames[what]}`, colour: separationColours[what] }))
      : undefined,
    table: () => ({
      caption: 'Eigenvalues',
      columns: [
        { text: 'i', numeric: true },
        { text: 'eigenvalue', numeric: true },
        { text: 'gap to the next', numeric: true },
        ...(separates ? [{ text: 'separates' }] : []),
      ],
      rows: eigenvalues.map((value, i) => [
        String(i + 1),
        formatNumber(value),
        i + 1 < eigenvalues.length ? formatNumber(value - eigenvalues[i + 1]!) : '',
        ...(separates ? [separates[i] ? separationNames[separates[i]] : ''] : []),
      ]),
    }),
    draw: (theme) => configuration(eigenvalues, colours, k, gapText, theme),
  }).element;
}

function configuration(
  values: readonly number[],
  colours: readonly string[],
  k: number | undefined,
  gapText: string,
  theme: Theme,
): ChartConfiguration {
  return {
    type: 'bar',
    data: {
      labels: values.map((_, i) => i + 1),
      datasets: [
        {
          label: 'eigenvalue',
          data: [...values],
          backgroundColor: [...colours],
          borderRadius: 2,
          categoryPercentage: 0.9,
          barPercentage: 0.8,
        },
      ],
    },
    options: {
      scales: {
        x: {
          title: { display: true, text: 'index' },
          grid: { display: false },
          border: { color: theme.grid },
          ticks: { maxRotation: 0, autoSkipPadding: 12 },
        },
        y: { title: { display: true, text: 'eigenvalue' }, border: { display: false }, beginAtZero: true },
      },
      plugins: {
        tooltip: { callbacks: { title: (items) => `λ${subscript((items[0]?.dataIndex ?? 0) + 1)}` } },
      },
    },
    plugins: [
      {
        id: 'gap',
        afterDatasetsDraw(chart) {
          if (k === undefined) return;
          const { ctx, chartArea, scales } = chart;
          const x = (scales.x!.getPixelForValue(k - 1) + scales.x!.getPixelForValue(k)) / 2;
          ctx.save();
          ctx.strokeStyle = palette[1];
          ctx.fillStyle = theme.foreground;
          ctx.lineWidth = 1.5;
          ctx.setLineDash([5, 4]);
          ctx.beginPath();
          ctx.moveTo(x, chartArea.top);
          ctx.lineTo(x, chartArea.bottom);
          ctx.stroke();
          ctx.font = `600 12px ${theme.font}`;
          ctx.textBaseline = 'top';
          const leftward = x + 8 + ctx.measureText(gapText).width > chartArea.right;
          ctx.textAlign = leftward ? 'right' : 'left';
          ctx.fillText(gapText, x + (leftward ? -8 : 8), chartArea.top + 4);
          ctx.restore();
        },
      },
    ],
  };
}

function subscript(value: number): string {
  return String(value).replace(/\d/g, (digit) => '₀₁₂₃₄₅₆₇₈₉'[Number(digit)]!);
}
