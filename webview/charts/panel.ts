import type { Chart, ChartConfiguration } from 'chart.js';
import { chartSvg, createChart } from './chart';
import { h, styled, whenShown } from './dom';
import { fillLegend, hiddenSets, type LegendEntry } from './legend';
import { canvasPng, plotMenu } from './plot-menu';
import { tableDetails, type TableData } from './table';
import { onThemeChange, readTheme, type Theme } from './theme';
import { keyboardWalk } from './walk';
import { ZoomPan } from './zoom';

export type { LegendEntry } from './legend';

export interface ChartPanelOptions {
  title: string;
  /** What the plot shows and how to read it, in a sentence. */
  note?: string;
  /** For readers of the screen: what is drawn. */
  description: string;
  height?: number;
  legend?: () => LegendEntry[];
  controls?: HTMLElement[];
  /** Axes that can be zoomed and moved; both must be linear. */
  zoom?: 'x' | 'xy';
  table: () => TableData;
  /** Drawn anew at each change of theme or controls. */
  draw: (theme: Theme) => ChartConfiguration;
  /** Called with each chart that is drawn. */
  drawn?: (chart: Chart) => void;
}

export interface ChartPanel {
  element: HTMLElement;
  /** Draws again after a control has changed what `draw` returns. */
  redraw(): void;
}

/** A plot in its frame: title, controls, legend, canvas, what can be taken along, and the table behind it. */
export function chartPanel(options: ChartPanelOptions): ChartPanel {
  const canvas = h('canvas', { role: 'img', tabindex: 0, 'aria-label': options.description });
  const stage = styled(h('div', { class: 'plot' }, canvas), { height: `${options.height ?? 260}px` });
  const spoken = h('p', { class: 'visually-hidden', 'aria-live': 'polite' });
  const legend = h('ul', { class: 'legend' });
  const hidden = new Set<string>();
  const behind = tableDetails(options.table);
  const wholeButton = h('button', { type: 'button', class: 'whole', hidden: true }, 'Show whole');
  let chart: Chart | undefined;
  const entries = (): LegendEntry[] => options.legend?.() ?? [];
  const zoom =
    options.zoom &&
    new ZoomPan(
      canvas,
      () => chart,
      options.zoom,
      () => applyView(),
    );
  const applyView = (): void => {
    if (!chart || !zoom) return;
    for (const axis of ['x', 'y'] as const) {
      const scale = chart.options.scales?.[axis];
      if (scale) Object.assign(scale, { min: zoom.view[axis]?.[0], max: zoom.view[axis]?.[1] });
    }
    wholeButton.hidden = !zoom.isZoomed;
    chart.update();
  };
  wholeButton.addEventListener('click', () => zoom?.reset());
  const applyHidden = (): void => {
    const sets = hiddenSets(entries(), hidden);
    chart?.data.datasets.forEach((_, i) => chart!.setDatasetVisibility(i, !sets.has(i)));
  };
  const drawLegend = (): void =>
    fillLegend(legend, entries(), hidden, () => {
      applyHidden();
      chart?.update();
      const focused = document.activeElement?.textContent;
      drawLegend();
      // The button that was pressed is a new one now.
      [...legend.querySelectorAll('button')].find(({ textContent }) => textContent === focused)?.focus();
    });
  const element = h(
    'figure',
    { class: 'panel' },
    h(
      'figcaption',
      {},
      h(
        'div',
        { class: 'panel-head' },
        h('h3', {}, options.title),
        h('span', { class: 'panel-tools' }, wholeButton, menu()),
      ),
      options.note && h('p', { class: 'note' }, options.note),
    ),
    options.controls && h('div', { class: 'controls' }, ...options.controls),
    options.legend && legend,
    stage,
    spoken,
    behind.element,
  );
  function menu(): HTMLElement {
    return plotMenu({
      title: options.title,
      png: () => canvasPng(canvas, readTheme().surface),
      svg: () => {
        const { width, height } = stage.getBoundingClientRect();
        const theme = readTheme();
        return chartSvg(
          options.draw(theme),
          { width: Math.round(width), height: Math.round(height) },
          theme,
          options.title,
        );
      },
      table: options.table,
    });
  }
  const redraw = (): void => {
    if (!element.isConnected) return;
    chart?.destroy();
    const theme = readTheme();
    chart = createChart(canvas, options.draw(theme), theme);
    drawLegend();
    if (hidden.size > 0) {
      applyHidden();
      chart.update();
    }
    if (zoom?.isZoomed) applyView();
    options.drawn?.(chart);
    behind.refresh();
  };
  keyboardWalk(canvas, () => chart, spoken);
  const forget = onThemeChange(() => {
    // A page that was drawn anew has dropped this plot.
    if (element.isConnected) redraw();
    else {
      chart?.destroy();
      forget();
    }
  });
  whenShown(element, redraw);
  return { element, redraw };
}
