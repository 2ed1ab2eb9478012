import type { Chart, ChartConfiguration } from 'chart.js';
import { chartSvg, createChart } from './chart';
import { h, styled, whenShown } from './dom';
import { HoverCard } from './hover-card';
import { fillLegend } from './legend';
import { canvasPng, plotMenu } from './plot-menu';
import { PointView } from './point-view';
import type { Camera } from './points/model';
import { nextInDirection } from './points/select';
import { Overlay } from './overlay';
import { ScatterDrag } from './scatter-drag';
import type { ScatterContent, ScatterOptions, ScatterPanel } from './scatter-options';
import { tableDetails } from './table';
import { onThemeChange, readTheme, type Theme } from './theme';
import { zoomed } from './zoom';

export type { ScatterContent, ScatterPanel } from './scatter-options';

/** A scatter plot of any number of points, with selection by rectangle and lasso. */
export function scatterPanel(options: ScatterOptions): ScatterPanel {
  return new Scatter(options);
}

class Scatter implements ScatterPanel {
  readonly element: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly over = new Overlay();
  private readonly stage: HTMLElement;
  private readonly spoken = h('p', { class: 'visually-hidden', 'aria-live': 'polite' });
  private readonly legend = h('ul', { class: 'legend' });
  private readonly note = h('p', { class: 'note' });
  private readonly wholeButton = h('button', { type: 'button', class: 'whole', hidden: true }, 'Show whole');
  private readonly behind: ReturnType<typeof tableDetails>;
  private readonly card = new HoverCard();
  private readonly hidden = new Set<string>();
  private readonly drag: ScatterDrag;
  private content!: ScatterContent;
  private view!: PointView;
  private chart: Chart | undefined;
  private focus = -1;
  private frame = 0;

  constructor(private readonly options: ScatterOptions) {
    this.canvas = h('canvas', { role: 'application', tabindex: 0, 'aria-label': options.description() });
    this.stage = styled(h('div', { class: 'plot scatter' }, this.canvas, this.over.canvas), {
      height: `${options.height ?? 460}px`,
    });
    this.drag = this.dragging();
    this.behind = tableDetails(options.table);
    const menu = plotMenu({
      title: options.title,
      png: () => canvasPng(this.canvas, readTheme().surface),
      svg: () => this.svg(),
      table: options.table,
    });
    this.element = h(
      'figure',
      { class: 'panel wide' },
      h(
        'figcaption',
        {},
        h(
          'div',
          { class: 'panel-head' },
          h('h3', {}, options.title),
          h('span', { class: 'panel-tools' }, this.wholeButton, options.onSelect && this.drag.tools, menu),
        ),
        this.note,
      ),
      options.controls && h('div', { class: 'controls' }, ...options.controls),
      this.legend,
      this.stage,
      this.spoken,
      this.behind.element,
    );
    this.listen();
    const forget = onThemeChange(() => {
      if (this.element.isConnected) this.redraw(true);
      else {
        this.chart?.destroy();
        forget();
      }
    });
    whenShown(this.element, () => this.redraw());
  }

  redraw(keepCamera = false): void {
    if (!this.element.isConnected) return;
    const known = this.view as PointView | undefined;
    this.content = this.options.content();
    const { points, palette, shapes, chosen } = this.content;
    const style = { palette, shapes, chosen };
    if (known && keepCamera) known.update(points, style);
    else this.view = new PointView(points, style, known ? undefined : this.options.camera);
    if (!keepCamera) this.focus = -1;
    this.note.textContent = this.options.note?.() ?? '';
    this.canvas.setAttribute('aria-label', this.options.description());
    this.canvas.dataset.axes = this.content.axes.x;
    this.drawLegend();
    this.chart?.destroy();
    const theme = readTheme();
    this.chart = createChart(this.canvas, this.configuration(theme), theme);
    this.showWholeButton();
    this.drawOverlay();
    this.behind.refresh();
    // The first look for a point under the pointer would wait for the index otherwise.
    const { view } = this;
    setTimeout(() => void view.grid, 30);
  }

  private svg(): string {
    const { width, height } = this.stage.getBoundingClientRect();
    const theme = readTheme();
    const size = { width: Math.round(width), height: Math.round(height) };
    return chartSvg(this.configuration(theme), size, theme, this.options.title);
  }

  private configuration(theme: Theme): ChartConfiguration {
    const { left, right, bottom, top } = this.view.camera;
    const axis = (text: string, min: number, max: number): object => ({
      ...{ type: 'linear', min, max, title: { display: true, text }, border: { display: false } },
      // Uneven ends of a moved axis would make its labels jump.
      ticks: { maxTicksLimit: 7, includeBounds: false },
      grid: { color: theme.grid },
    });
    return {
      type: 'scatter',
      data: { datasets: [] },
      options: {
        scales: { x: axis(this.content.axes.x, left, right), y: axis(this.content.axes.y, bottom, top) },
        plugins: { tooltip: { enabled: false } },
        onResize: () => queueMicrotask(() => this.drawOverlay()),
      },
      plugins: [this.view.plugin()],
    };
  }

  private dragging(): ScatterDrag {
    const { onSelect } = this.options;
    return new ScatterDrag({
      canvas: this.canvas,
      chart: () => this.chart,
      view: () => this.view,
      setCamera: (camera) => this.setCamera(camera),
      hover: (point) => this.point(point),
      begin: () => this.card.hide(),
      outlined: () => this.drawOverlay(),
      activate: (point) => this.options.onActivate?.(point),
      ...(onSelect && {
        select: (points) => {
          this.spoken.textContent = `${points.length} samples selected`;
          onSelect(points);
        },
      }),
    });
  }

  private drawLegend(): void {
    fillLegend(this.legend, [...this.content.legend], this.hidden, () => {
      this.applyHidden();
      const focused = document.activeElement?.textContent;
      this.drawLegend();
      [...this.legend.querySelectorAll('button')].find(({ textContent }) => textContent === focused)?.focus();
      this.chart?.update();
    });
    this.applyHidden();
  }

  private applyHidden(): void {
    const sets = this.content.legend.flatMap(({ text, sets: own = [] }) => (this.hidden.has(text) ? own : []));
    this.view.hide(new Set(sets));
  }

  private listen(): void {
    const { canvas } = this;
    canvas.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey && !event.metaKey && document.activeElement !== canvas) return;
        event.preventDefault();
        this.scale(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), event.offsetX, event.offsetY);
      },
      { passive: false },
    );
    canvas.addEventListener('dblclick', () => this.showWhole());
    canvas.addEventListener('keydown', (event) => this.key(event));
    canvas.addEventListener('blur', () => this.point(-1));
    this.wholeButton.addEventListener('click', () => this.showWhole());
  }

  private scale(factor: number, x?: number, y?: number): void {
    if (!this.chart) return;
    const { camera } = this.view;
    const [middleX, middleY] = [(camera.left + camera.right) / 2, (camera.bottom + camera.top) / 2];
    const ax = x === undefined ? middleX : this.chart.scales.x!.getValueForPixel(x)!;
    const ay = y === undefined ? middleY : this.chart.scales.y!.getValueForPixel(y)!;
    const [left, right] = zoomed([camera.left, camera.right], factor, ax);
    const [bottom, top] = zoomed([camera.bottom, camera.top], factor, ay);
    // Beyond what single precision tells apart there is nothing to see.
    if (
      right - left < 1e-6 * (Math.abs(left) + Math.abs(right)) ||
      top - bottom < 1e-6 * (Math.abs(top) + Math.abs(bottom))
    )
      return;
    this.setCamera({ left, right, bottom, top });
  }

  private showWhole(): void {
    this.setCamera(this.view.whole());
    this.options.onCamera?.(undefined);
    this.wholeButton.hidden = true;
  }

  /** Moves the camera; the picture follows with the next frame of the screen. */
  setCamera(camera: Camera): void {
    this.view.camera = camera;
    this.options.onCamera?.(camera);
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      const { chart } = this;
      if (!chart) return;
      const { left, right, bottom, top } = this.view.camera;
      Object.assign(chart.options.scales!.x!, { min: left, max: right });
      Object.assign(chart.options.scales!.y!, { min: bottom, max: top });
      chart.update('none');
      this.showWholeButton();
      this.drawOverlay();
    });
  }

  private showWholeButton(): void {
    const [whole, now] = [this.view.whole(), this.view.camera];
    this.wholeButton.hidden = (Object.keys(whole) as (keyof Camera)[]).every((edge) => whole[edge] === now[edge]);
  }

  private key(event: KeyboardEvent): void {
    const { chart } = this;
    if (!chart) return;
    const arrows: Record<string, readonly [number, number]> = {
      ...{ ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] },
    };
    const arrow = arrows[event.key];
    if (arrow && event.shiftKey) {
      const { left, right, bottom, top } = this.view.camera;
      const [dx, dy] = [(arrow[0] * (right - left)) / 8, (arrow[1] * (top - bottom)) / 8];
      this.setCamera({ left: left + dx, right: right + dx, bottom: bottom + dy, top: top + dy });
    } else if (arrow) this.walk(chart, arrow);
    else if (event.key === '+' || event.key === '=') this.scale(0.8);
    else if (event.key === '-') this.scale(1.25);
    else if (event.key === '0') this.showWhole();
    else if ((event.key === 'Enter' || event.key === ' ') && this.focus >= 0) this.options.onActivate?.(this.focus);
    else if (event.key === 'Escape' && this.focus >= 0) this.point(-1);
    else if (event.key === 'Escape') this.options.onSelect?.([]);
    else return;
    event.preventDefault();
  }

  /** To the nearest point in a direction; from nowhere, to the one nearest to the middle. */
  private walk(chart: Chart, arrow: readonly [number, number]): void {
    const { left, right, bottom, top } = this.view.camera;
    const { x, y } = this.view.points;
    const isInside = (i: number): boolean => x[i]! >= left && x[i]! <= right && y[i]! >= bottom && y[i]! <= top;
    const accepts = (i: number): boolean => this.view.accepts(i) && isInside(i);
    if (this.focus < 0) {
      const { chartArea: area } = chart;
      this.point(
        this.view.pickAt(chart, (area.left + area.right) / 2, (area.top + area.bottom) / 2, 2 * area.width),
        true,
      );
      return;
    }
    const scales = this.view.scales(chart);
    const next = nextInDirection(this.view.points, this.focus, arrow, { scaleX: scales.x, scaleY: scales.y }, accepts);
    if (next >= 0) this.point(next, true);
  }

  /** Shows what is known of a point, beside it. */
  private point(index: number, speak = false): void {
    if (index === this.focus && !speak) return;
    this.focus = index;
    this.drawOverlay();
    if (index < 0) {
      this.card.hide();
      return;
    }
    const lines = this.options.describe(index);
    if (speak) this.spoken.textContent = lines.join(', ');
    this.card.show(this.stage, this.place(index), lines, this.options.picture?.(index));
  }

  private place(index: number): { x: number; y: number } {
    const { points } = this.view;
    return {
      x: this.chart!.scales.x!.getPixelForValue(points.x[index]!),
      y: this.chart!.scales.y!.getPixelForValue(points.y[index]!),
    };
  }

  private drawOverlay(): void {
    const { focus, chart } = this;
    this.over.draw(this.stage, { ...(focus >= 0 && chart && { ring: this.place(focus) }), ...this.drag.outline });
  }
}
