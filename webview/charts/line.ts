import type { ChartConfiguration } from 'chart.js';
import { formatNumber } from './numbers';
import type { Theme } from './theme';

export interface Line {
  name: string;
  colour: string;
  points: readonly (readonly [number, number])[];
  width?: number;
  dashed?: boolean;
}

/** Lines over a linear abscissa. */
export function lineChart(lines: readonly Line[], axes: { x: string; y: string }, theme: Theme): ChartConfiguration {
  return {
    type: 'line',
    data: {
      datasets: lines.map(({ name, colour, points, width = 2, dashed = false }) => ({
        label: name,
        data: points.map(([x, y]) => ({ x, y })),
        borderColor: colour,
        backgroundColor: colour,
        borderWidth: width,
        borderDash: dashed ? [5, 4] : [],
        pointRadius: points.length === 1 ? 3 : 0,
        pointHitRadius: 6,
        pointHoverRadius: 4,
      })),
    },
    options: {
      parsing: false,
      normalized: true,
      interaction: { mode: 'nearest', axis: 'x', intersect: false },
      scales: {
        x: {
          type: 'linear',
          title: { display: true, text: axes.x },
          grid: { display: false },
          border: { color: theme.grid },
          ticks: { maxTicksLimit: 9 },
        },
        y: { type: 'linear', title: { display: true, text: axes.y }, border: { display: false } },
      },
      plugins: {
        tooltip: {
          callbacks: {
            title: (items) => `${axes.x} ${items[0]?.parsed.x ?? ''}`,
            label: (item) => `${item.dataset.label ?? ''}: ${formatNumber(item.parsed.y ?? NaN)}`,
          },
        },
      },
    },
  };
}
