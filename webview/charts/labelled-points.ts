import type { ChartConfiguration } from 'chart.js';
import { placeLabels } from './place-labels';
import type { Theme } from './theme';

const [radius, textHeight] = [6, 14];

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
        ...{ label: name, data: [{ x, y }], backgroundColor: colour, borderColor: colour, radius, hoverRadius: 8 },
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
          ctx.strokeStyle = theme.foreground;
          const { left, top, bottom } = chart.chartArea;
          const shown = points.flatMap(({ name }, i) => {
            const element = chart.getDatasetMeta(i).data[0];
            if (!element || !chart.isDatasetVisible(i)) return [];
            return [{ name, x: element.x, y: element.y, width: ctx.measureText(name).width }];
          });
          const area = { left, right: chart.width, top: top - textHeight, bottom };
          placeLabels(shown, { height: textHeight, radius, area }).forEach((place, i) => {
            const { name, x, y, width } = shown[i]!;
            ctx.fillText(name, place.x, place.y);
            if (!place.far) return;
            ctx.globalAlpha = 0.5;
            ctx.beginPath();
            ctx.moveTo(x, y);
            ctx.lineTo(Math.min(Math.max(x, place.x), place.x + width), place.y + (place.y < y ? 6 : -6));
            ctx.stroke();
            ctx.globalAlpha = 1;
          });
          ctx.restore();
        },
      },
    ],
  };
}
