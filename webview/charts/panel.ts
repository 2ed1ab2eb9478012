import {
  BarController,
  BarElement,
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
import { h, styled } from './dom';
import { tableDetails, type TableData } from './table';
import { onThemeChange, readTheme, type Theme } from './theme';
import { keyboardWalk } from './walk';

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

export interface LegendEntry {
  text: string;
  colour: string;
  shape?: 'square' | 'line' | 'dashed' | 'circle' | 'triangle' | 'rect' | 'rectRot' | 'crossRot' | 'star';
  hollow?: boolean;
}

export interface ChartPanelOptions {
  title: string;
  /** What the plot shows and how to read it, in a sentence. */
  note?: string;
  /** For readers of the screen: what is drawn. */
  description: string;
  height?: number;
  legend?: () => LegendEntry[];
  controls?: HTMLElement[];
  table: () => TableData;
  /** Drawn anew at each change of theme or controls. */
  draw: (theme: Theme) => ChartConfiguration;
}

export interface ChartPanel {
  element: HTMLElement;
  /** Draws again after a control has changed what `draw` returns. */
  redraw(): void;
}

/** A plot in its frame: title, controls, legend, canvas and the table behind it. */
export function chartPanel(options: ChartPanelOptions): ChartPanel {
  const canvas = h('canvas', { role: 'img', tabindex: 0, 'aria-label': options.description });
  const stage = styled(h('div', { class: 'plot' }, canvas), { height: `${options.height ?? 260}px` });
  const spoken = h('p', { class: 'visually-hidden', 'aria-live': 'polite' });
  const legend = h('ul', { class: 'legend' });
  const behind = h('div');
  const element = h(
    'figure',
    { class: 'panel' },
    h('figcaption', {}, h('h3', {}, options.title), options.note && h('p', { class: 'note' }, options.note)),
    options.controls && h('div', { class: 'controls' }, ...options.controls),
    options.legend && legend,
    stage,
    spoken,
    behind,
  );
  let chart: Chart | undefined;
  const redraw = (): void => {
    if (!element.isConnected) return;
    const theme = readTheme();
    Chart.defaults.color = theme.muted;
    Chart.defaults.borderColor = theme.grid;
    Chart.defaults.font.family = theme.font;
    Chart.defaults.font.size = 12;
    chart?.destroy();
    const config = options.draw(theme);
    chart = new Chart(canvas, {
      ...config,
      options: { responsive: true, maintainAspectRatio: false, animation: false, ...config.options },
    });
    legend.replaceChildren(...(options.legend?.() ?? []).map(legendItem));
    const wasOpen = behind.querySelector('details')?.open ?? false;
    behind.replaceChildren(tableDetails(options.table()));
    behind.querySelector('details')!.open = wasOpen;
  };
  keyboardWalk(canvas, () => chart, spoken);
  onThemeChange(redraw);
  // Canvases have a size only once they are on the page.
  queueMicrotask(redraw);
  return { element, redraw };
}

function legendItem({ text, colour, shape = 'square', hollow = false }: LegendEntry): HTMLElement {
  const swatch = styled(h('span', { class: `swatch ${shape}${hollow ? ' hollow' : ''}`, 'aria-hidden': 'true' }), {
    '--swatch': colour,
  });
  return h('li', {}, swatch, text);
}
