import { h } from './dom';
import { readTheme } from './theme';

interface Place {
  x: number;
  y: number;
}

export interface OverlayContent {
  /** Around the point in focus. */
  ring?: Place;
  /** A selection being drawn: two corners of a rectangle, or a line that is closed. */
  line?: readonly Place[];
  closed?: boolean;
}

/** What is drawn over a plot while the reader points at it or selects. */
export class Overlay {
  readonly canvas = h('canvas', { class: 'overlay', 'aria-hidden': 'true' });
  private isEmpty = true;

  draw({ clientWidth: width, clientHeight: height }: HTMLElement, { ring, line, closed }: OverlayContent): void {
    const isEmpty = !ring && !line;
    if (isEmpty && this.isEmpty) return;
    this.isEmpty = isEmpty;
    const ratio = window.devicePixelRatio;
    const size = [Math.round(width * ratio), Math.round(height * ratio)] as const;
    if (this.canvas.width !== size[0]) this.canvas.width = size[0];
    if (this.canvas.height !== size[1]) this.canvas.height = size[1];
    const context = this.canvas.getContext('2d')!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (isEmpty) return;
    const theme = readTheme();
    context.strokeStyle = theme.foreground;
    context.lineWidth = 1.5;
    context.setLineDash([]);
    if (ring) {
      context.beginPath();
      context.arc(ring.x, ring.y, 8, 0, 2 * Math.PI);
      context.stroke();
    }
    const [first, last] = [line?.[0], line?.at(-1)];
    if (!line || !first || !last) return;
    context.setLineDash([5, 4]);
    context.beginPath();
    if (closed) {
      for (const { x, y } of line) context.lineTo(x, y);
      context.closePath();
    } else context.rect(first.x, first.y, last.x - first.x, last.y - first.y);
    context.globalAlpha = 0.12;
    context.fillStyle = theme.accent;
    context.fill();
    context.globalAlpha = 1;
    context.stroke();
  }
}
