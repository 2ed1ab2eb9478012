import {
  BarController,
  BarElement,
  BasicPlatform,
  CategoryScale,
  Chart,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  ScatterController,
  Tooltip,
  type ChartConfiguration,
} from 'chart.js';
import { SvgContext } from './svg-context';
import type { Theme } from './theme';

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  ScatterController,
  Tooltip,
);

/** A chart on a canvas, in the page's colours. */
export function createChart(canvas: HTMLCanvasElement, config: ChartConfiguration, theme: Theme): Chart {
  useTheme(theme);
  return new Chart(canvas, {
    ...config,
    options: { responsive: true, maintainAspectRatio: false, animation: false, ...config.options },
  });
}

function useTheme(theme: Theme): void {
  Chart.defaults.color = theme.muted;
  Chart.defaults.borderColor = theme.grid;
  Chart.defaults.font.family = theme.font;
  Chart.defaults.font.size = 12;
  Object.assign(Chart.defaults.plugins.tooltip, {
    backgroundColor: theme.surface,
    borderColor: theme.contrast ? theme.foreground : theme.grid,
    borderWidth: 1,
    titleColor: theme.foreground,
    bodyColor: theme.foreground,
    padding: 8,
    boxPadding: 4,
  });
}

/** A chart as SVG, drawn once more on a context that writes it down. */
export function chartSvg(
  config: ChartConfiguration,
  size: { width: number; height: number },
  theme: Theme,
  title: string,
): string {
  useTheme(theme);
  const context = new SvgContext();
  const canvas = { ...size, style: undefined, getContext: () => context };
  context.canvas = canvas;
  const chart = new Chart(canvas as unknown as HTMLCanvasElement, {
    ...config,
    platform: BasicPlatform,
    options: {
      ...config.options,
      responsive: false,
      maintainAspectRatio: false,
      animation: false,
      devicePixelRatio: 1,
      events: [],
    },
  });
  const text = context.svg(size.width, size.height, theme.surface, title);
  chart.destroy();
  return text;
}
