import type { Chart } from 'chart.js';
import { h } from './dom';
import type { OverlayContent } from './overlay';
import type { PointView } from './point-view';
import type { Camera } from './points/model';
import { inLasso, inRectangle } from './points/select';

type Mode = 'move' | 'rectangle' | 'lasso';
const modes: readonly { mode: Mode; text: string; title: string }[] = [
  { mode: 'move', text: 'Move', title: 'Drag moves the plot; the wheel scales it' },
  { mode: 'rectangle', text: 'Rectangle', title: 'Drag selects the samples in a rectangle' },
  { mode: 'lasso', text: 'Lasso', title: 'Drag selects the samples inside a line' },
];

/** The plot that is dragged over. */
export interface DragPlot {
  readonly canvas: HTMLCanvasElement;
  chart(): Chart | undefined;
  view(): PointView;
  setCamera(camera: Camera): void;
  /** The pointer is over a point, −1 for none. */
  hover(point: number): void;
  /** Dragging begins. */
  begin(): void;
  /** The outline of a selection has changed. */
  outlined(): void;
  activate(point: number): void;
  /** Absent where nothing can be selected. */
  select?: (points: readonly number[]) => void;
}

/** What the pointer does on a scatter plot: it points, clicks, moves the plot, or selects by rectangle and lasso. */
export class ScatterDrag {
  /** Buttons that say what dragging does. */
  readonly tools: HTMLElement;
  private readonly buttons: HTMLButtonElement[];
  private mode: Mode = 'move';
  private last = { x: NaN, y: NaN };
  private line: { x: number; y: number }[] = [];
  private dragged: { camera: Camera; x: number; y: number; moved: boolean; mode: Mode } | undefined;

  constructor(private readonly plot: DragPlot) {
    this.buttons = modes.map(({ mode, text, title }) => {
      const button = h('button', { type: 'button', title, 'aria-pressed': String(mode === this.mode) }, text);
      button.addEventListener('click', () => this.setMode(mode));
      return button;
    });
    this.tools = h('span', { class: 'modes', role: 'group', 'aria-label': 'What dragging does' }, ...this.buttons);
    const { canvas } = plot;
    canvas.addEventListener('pointerdown', (event) => this.down(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    canvas.addEventListener('pointerup', () => this.up());
    canvas.addEventListener('pointercancel', () => (this.dragged = undefined));
    canvas.addEventListener('pointerleave', () => {
      if (!this.dragged) plot.hover(-1);
    });
  }

  /** The selection that is being drawn. */
  get outline(): Pick<OverlayContent, 'line' | 'closed'> {
    const { dragged, line } = this;
    return dragged && dragged.mode !== 'move' && line.length > 1 ? { line, closed: dragged.mode === 'lasso' } : {};
  }

  private setMode(mode: Mode): void {
    this.mode = mode;
    this.buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(modes[i]!.mode === mode)));
    this.plot.canvas.classList.toggle('selecting', mode !== 'move');
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0) return;
    const { plot } = this;
    plot.canvas.setPointerCapture(event.pointerId);
    const mode = plot.select && event.shiftKey && this.mode === 'move' ? 'rectangle' : this.mode;
    this.dragged = { camera: plot.view().camera, x: event.offsetX, y: event.offsetY, moved: false, mode };
    this.line = [{ x: event.offsetX, y: event.offsetY }];
    plot.begin();
  }

  private move(event: PointerEvent): void {
    const { dragged, plot } = this;
    const chart = plot.chart();
    if (!chart) return;
    const at = { x: event.offsetX, y: event.offsetY };
    // A page that moves under a resting pointer is no one pointing: who walks by keys keeps the point.
    const isResting = event.screenX === this.last.x && event.screenY === this.last.y;
    this.last = { x: event.screenX, y: event.screenY };
    if (isResting) return;
    if (!dragged) {
      plot.hover(plot.view().pickAt(chart, at.x, at.y));
      return;
    }
    if (Math.hypot(at.x - dragged.x, at.y - dragged.y) > 3) dragged.moved = true;
    if (!dragged.moved) return;
    if (dragged.mode === 'move') {
      const { left, right, bottom, top } = dragged.camera;
      const dx = ((dragged.x - at.x) / chart.chartArea.width) * (right - left);
      const dy = ((at.y - dragged.y) / chart.chartArea.height) * (top - bottom);
      plot.setCamera({ left: left + dx, right: right + dx, bottom: bottom + dy, top: top + dy });
      return;
    }
    if (dragged.mode === 'rectangle') this.line = [this.line[0]!, at];
    else this.line.push(at);
    plot.outlined();
  }

  private up(): void {
    const { dragged, line, plot } = this;
    const chart = plot.chart();
    this.dragged = undefined;
    this.line = [];
    if (!dragged || !chart) return;
    if (!dragged.moved) {
      const point = plot.view().pickAt(chart, dragged.x, dragged.y);
      if (point >= 0) plot.activate(point);
      else plot.select?.([]);
      return;
    }
    if (dragged.mode === 'move') return;
    plot.outlined();
    plot.select?.(inside(chart, plot.view(), line, dragged.mode));
  }
}

/** The shown points inside an outline in pixels. */
function inside(
  chart: Chart,
  view: PointView,
  line: readonly { x: number; y: number }[],
  mode: 'rectangle' | 'lasso',
): number[] {
  const { points, grid } = view;
  const toPlane = ({ x, y }: { x: number; y: number }): readonly [number, number] => [
    chart.scales.x!.getValueForPixel(x)!,
    chart.scales.y!.getValueForPixel(y)!,
  ];
  const found =
    mode === 'rectangle'
      ? inRectangle(grid, points, view.areaOf(chart, line[0]!, line.at(-1)!))
      : inLasso(grid, points, line.map(toPlane));
  return found.filter(view.accepts);
}
