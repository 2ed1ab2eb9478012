import type { ChartConfiguration } from 'chart.js';
import type { Theme } from './theme';

export interface LabelledPoint {
  name: string;
  x: number;
  y: number;
  colour: string;
}

/** A few points with their names beside them. */
export function labelledPoints(
  points: readonly LabelledPoint[],
  axes: { x: string; y: string; percent?: boolean },
  theme: Theme,
): ChartConfiguration {
  // As many digits as tell one tick from the next.
  const tick = (value: string | number, _: number, ticks: readonly { value: number }[]): string => {
    if (!axes.percent) return String(value);
    const step = ticks.length > 1 ? 100 * Math.abs(ticks[1]!.value - ticks[0]!.value) : 1;
    return `${(100 * Number(value)).toFixed(step < 0.95 ? 1 : 0)} %`;
  };
  return {
    type: 'scatter',
    data: {
      datasets: points.map(({ name, x, y, colour }) => ({
        ...{ label: name, data: [{ x, y }], backgroundColor: colour, borderColor: colour, radius: 6, hoverRadius: 8 },
      })),
    },
    options: {
      layout: { padding: { right: 90, top: 12 } },
      scales: {
        x: {
          title: { display: true, text: axes.x },
          ticks: { callback: tick, maxTicksLimit: 7 },
          border: { display: false },
        },
        y: {
          title: { display: true, text: axes.y },
          ticks: { callback: tick, maxTicksLimit: 7 },
          border: { display: false },
        },
      },
    },
    plugins: [
      {
        id: 'names',
        afterDatasetsDraw(chart) {
          const { ctx } = chart;
          ctx.save();
          ctx.font = `600 12px ${theme.font}`;
          ctx.fillStyle = theme.foreground;
          ctx.textBaseline = 'middle';
          points.forEach(({ name }, i) => {
            const element = chart.getDatasetMeta(i).data[0];
            if (element && chart.isDatasetVisible(i)) ctx.fillText(name, element.x + 10, element.y);
          });
          ctx.restore();
        },
      },
    ],
  };
}
