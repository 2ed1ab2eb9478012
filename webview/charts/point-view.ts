import type { Chart, Plugin } from 'chart.js';
import { gridOf, boundsOf, pick, type Bounds, type Grid } from './points/grid';
import type { Camera, Points } from './points/model';
import { drawPoints, type RasterResult, type RasterStyle } from './points/raster';

/** A little room around the points. */
const margin = 0.04;

/** Points below a chart's axes: the picture, what lies under the pointer, and the part of the plane that is shown. */
export class PointView {
  camera: Camera;
  style: RasterStyle;
  last: RasterResult = { mode: 'points', visible: 0 };
  /** Milliseconds that the last picture took. */
  drawMs = 0;
  private readonly canvas = document.createElement('canvas');
  private image: ImageData | undefined;
  private index: Grid | undefined;
  private drawnFor = '';
  private version = 0;

  constructor(
    private drawn: Points,
    style: RasterStyle,
    camera?: Camera,
  ) {
    this.style = style;
    this.camera = camera ?? this.whole();
  }

  get points(): Points {
    return this.drawn;
  }

  /** Draws other points or others' colours; places that are the same arrays keep their index. */
  update(points: Points, style: RasterStyle): void {
    if (points.x !== this.drawn.x || points.y !== this.drawn.y) this.index = undefined;
    this.drawn = points;
    this.style = { ...style, hidden: this.style.hidden };
    this.version++;
  }

  /** The camera that sees every point. */
  whole(): Camera {
    const { left, right, bottom, top } = boundsOf(this.points) ?? { left: 0, right: 1, bottom: 0, top: 1 };
    const [x, y] = [(right - left || Math.abs(left) || 1) * margin, (top - bottom || Math.abs(top) || 1) * margin];
    return { left: left - x, right: right + x, bottom: bottom - y, top: top + y };
  }

  /** Points of these colours are left out. */
  hide(hidden: ReadonlySet<number>): void {
    this.style = { ...this.style, hidden };
    this.version++;
  }

  get grid(): Grid {
    return (this.index ??= gridOf(this.points));
  }

  /** Points that are shown at all. */
  accepts = (point: number): boolean => !this.style.hidden?.has(this.points.colour[point]!);

  /** The point under a place of the chart, at most `radius` pixels away; −1 where there is none. */
  pickAt(chart: Chart, x: number, y: number, radius = 9): number {
    const { x: scaleX, y: scaleY } = this.scales(chart);
    const at = { x: chart.scales.x!.getValueForPixel(x)!, y: chart.scales.y!.getValueForPixel(y)! };
    return pick(this.grid, this.points, { ...at, scaleX, scaleY, radius }, this.accepts);
  }

  /** Pixels for one unit of each axis. */
  scales({ chartArea }: Chart): { x: number; y: number } {
    const { left, right, bottom, top } = this.camera;
    return { x: chartArea.width / (right - left), y: chartArea.height / (top - bottom) };
  }

  areaOf(chart: Chart, from: { x: number; y: number }, to: { x: number; y: number }): Bounds {
    const x = [from.x, to.x].map((value) => chart.scales.x!.getValueForPixel(value)!);
    const y = [from.y, to.y].map((value) => chart.scales.y!.getValueForPixel(value)!);
    return { left: Math.min(...x), right: Math.max(...x), bottom: Math.min(...y), top: Math.max(...y) };
  }

  /** Puts the points under the axes of a chart. */
  plugin(): Plugin {
    return {
      id: 'points',
      beforeDatasetsDraw: (chart) => {
        const { left, top, width, height } = chart.chartArea;
        this.paint(Math.round(width), Math.round(height), chart.currentDevicePixelRatio);
        if (this.canvas.width > 0 && this.canvas.height > 0) chart.ctx.drawImage(this.canvas, left, top, width, height);
      },
    };
  }

  private paint(cssWidth: number, cssHeight: number, deviceRatio: number): void {
    // A density has no edges that more pixels would make sharper.
    const ratio = this.points.x.length > 200_000 ? 1 : Math.min(2, deviceRatio);
    const [width, height] = [Math.max(1, Math.round(cssWidth * ratio)), Math.max(1, Math.round(cssHeight * ratio))];
    const key = [width, height, ...Object.values(this.camera), this.version].join(' ');
    if (key === this.drawnFor) return;
    const started = performance.now();
    if (this.image?.width !== width || this.image.height !== height) {
      this.image = new ImageData(width, height);
      [this.canvas.width, this.canvas.height] = [width, height];
    }
    this.last = drawPoints(this.image.data, width, height, this.points, this.camera, { ...this.style, ratio });
    this.canvas.getContext('2d')!.putImageData(this.image, 0, 0);
    this.drawnFor = key;
    this.drawMs = performance.now() - started;
  }
}
