import type { Chart } from 'chart.js';

/** The stretch of each axis that is shown; an axis that is not named is shown whole. */
export type View = Partial<Record<'x' | 'y', readonly [low: number, high: number]>>;

type Axes = 'x' | 'xy';

/** A stretch made longer or shorter by a factor, with `anchor` staying in its place. */
export function zoomed([low, high]: readonly [number, number], factor: number, anchor: number): [number, number] {
  return [anchor + (low - anchor) * factor, anchor + (high - anchor) * factor];
}

/** Wheel, drag and keys on a chart's canvas that move and scale its linear axes. */
export class ZoomPan {
  view: View = {};
  private dragged: { x: number; y: number; view: View } | undefined;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly chart: () => Chart | undefined,
    private readonly axes: Axes,
    private readonly changed: () => void,
  ) {
    canvas.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    canvas.addEventListener('pointerdown', (event) => this.down(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    for (const name of ['pointerup', 'pointercancel'] as const)
      canvas.addEventListener(name, () => (this.dragged = undefined));
    canvas.addEventListener('dblclick', () => this.reset());
    canvas.addEventListener('keydown', (event) => {
      if (event.key === '+' || event.key === '=') this.scale(0.8);
      else if (event.key === '-') this.scale(1.25);
      else if (event.key === '0') this.reset();
      else return;
      event.preventDefault();
    });
  }

  get isZoomed(): boolean {
    return this.view.x !== undefined || this.view.y !== undefined;
  }

  reset(): void {
    this.view = {};
    this.changed();
  }

  /** Scales around the middle, or around a place in pixels. */
  scale(factor: number, at?: { x: number; y: number }): void {
    const chart = this.chart();
    if (!chart) return;
    const next: View = { ...this.view };
    for (const axis of this.axes === 'x' ? (['x'] as const) : (['x', 'y'] as const)) {
      const scale = chart.scales[axis];
      if (!scale) continue;
      const anchor = at ? scale.getValueForPixel(at[axis]) : (scale.min + scale.max) / 2;
      if (anchor !== undefined) next[axis] = zoomed([scale.min, scale.max], factor, anchor);
    }
    this.view = next;
    this.changed();
  }

  private wheel(event: WheelEvent): void {
    // The page scrolls under the wheel unless the reader is at this plot.
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== this.canvas) return;
    event.preventDefault();
    this.scale(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), { x: event.offsetX, y: event.offsetY });
  }

  private down(event: PointerEvent): void {
    const chart = this.chart();
    if (!chart || event.button !== 0) return;
    const view: View = {};
    for (const axis of ['x', 'y'] as const) {
      const scale = chart.scales[axis];
      if (scale) view[axis] = [scale.min, scale.max];
    }
    this.dragged = { x: event.offsetX, y: event.offsetY, view };
  }

  private move(event: PointerEvent): void {
    const chart = this.chart();
    // A plot that is shown whole has nowhere to be moved to.
    if (!this.dragged || !chart || !this.isZoomed) return;
    const next: View = { ...this.view };
    for (const axis of this.axes === 'x' ? (['x'] as const) : (['x', 'y'] as const)) {
      const start = this.dragged.view[axis];
      if (!start || !chart.scales[axis]) continue;
      const length = axis === 'x' ? chart.chartArea.width : -chart.chartArea.height;
      const by =
        ((this.dragged[axis] - (axis === 'x' ? event.offsetX : event.offsetY)) / length) * (start[1] - start[0]);
      next[axis] = [start[0] + by, start[1] + by];
    }
    this.view = next;
    this.changed();
  }
}
