import * as vscode from 'vscode';
import type { Figure, StageName } from '../../engine/run/format';
import { formatFigure } from '../../engine/terminal/numbers';

/** Colours of a plot inside the editor, which cannot read the theme by itself. */
export interface PlotTheme {
  foreground: string;
  muted: string;
  grid: string;
  /** One colour a method. */
  palette: readonly string[];
}

const okabeIto = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/** Colours for a light or a dark editor. */
export function plotTheme(dark: boolean): PlotTheme {
  return dark
    ? { foreground: '#d4d4d4', muted: '#9d9d9d', grid: '#4a4a4a', palette: ['#3f9ddb', ...okabeIto.slice(1)] }
    : { foreground: '#333333', muted: '#6b6b6b', grid: '#d0d0d0', palette: okabeIto };
}

interface Bar {
  group: string;
  series: string;
  value: number;
  samples?: number;
  /** The same figure in the run that it is held against. */
  baseline?: number;
}

export interface BarPlot {
  title: string;
  bars: readonly Bar[];
  /** The end of the axis; by default the largest bar. */
  most?: number;
  format: (value: number) => string;
}

const width = 460;
const left = 128;
const rowHeight = 18;

/** Horizontal bars, one a figure, grouped; the baseline's value is a tick. */
export function barSvg({ title, bars, most, format }: BarPlot, theme: PlotTheme): string {
  const end = most ?? Math.max(...bars.map(({ value, baseline }) => Math.max(value, baseline ?? 0)), 1e-12);
  const series = [...new Set(bars.map((bar) => bar.series))];
  const groups = [...new Set(bars.map((bar) => bar.group))];
  const plotWidth = width - left - 62;
  const x = (value: number): number => left + plotWidth * Math.min(1, Math.max(0, value / end));
  const parts: string[] = [];
  let y = 30;
  for (const group of groups) {
    if (group !== '') {
      parts.push(text(8, y + 10, group, theme.foreground, { weight: 600 }));
      y += rowHeight - 2;
    }
    for (const bar of bars.filter((one) => one.group === group)) {
      const colour = theme.palette[series.indexOf(bar.series) % theme.palette.length]!;
      parts.push(text(left - 8, y + 11, bar.series, theme.muted, { anchor: 'end' }));
      parts.push(
        `<rect x="${left}" y="${y + 2}" width="${round(x(bar.value) - left)}" height="12" rx="2" fill="${colour}"/>`,
      );
      if (most === 1 && bar.samples) parts.push(whisker(bar.value, bar.samples, x, y + 8, theme));
      if (bar.baseline !== undefined) {
        const at = round(x(bar.baseline));
        parts.push(`<path d="M${at} ${y}v16" stroke="${theme.foreground}" stroke-width="2"/>`);
      }
      parts.push(text(width - 56, y + 11, format(bar.value), theme.foreground));
      y += rowHeight;
    }
    y += 4;
  }
  const axis = `<path d="M${left} 26V${y - 2}" stroke="${theme.grid}"/>`;
  return svg(title, y + 4, axis + parts.join(''), theme);
}

/** The binomial standard error on both sides of a share. */
function whisker(p: number, n: number, x: (value: number) => number, y: number, theme: PlotTheme): string {
  const error = Math.sqrt((p * (1 - p)) / n);
  const [from, to] = [round(x(p - error)), round(x(p + error))];
  return `<path d="M${from} ${y}H${to}M${from} ${y - 3}v6M${to} ${y - 3}v6" stroke="${theme.foreground}" stroke-width="1"/>`;
}

export interface LinePlot {
  title: string;
  lines: readonly { name: string; points: readonly (readonly [number, number])[] }[];
  xLabel: string;
}

/** Lines over steps, with the range of both axes. */
export function lineSvg({ title, lines, xLabel }: LinePlot, theme: PlotTheme): string {
  const height = 170;
  const all = lines.flatMap(({ points }) => points);
  const [x0, x1] = range(all.map(([step]) => step));
  const [y0, y1] = range(all.map(([, value]) => value));
  const area = { left: 58, right: width - 14, top: 32, bottom: height - 28 };
  const px = (step: number): number => area.left + ((area.right - area.left) * (step - x0)) / (x1 - x0 || 1);
  const py = (value: number): number => area.bottom - ((area.bottom - area.top) * (value - y0)) / (y1 - y0 || 1);
  const frame = `<path d="M${area.left} ${area.top}V${area.bottom}H${area.right}" fill="none" stroke="${theme.grid}"/>`;
  const paths = lines.map(({ points }, i) => {
    const path = points.map(([step, value]) => `${round(px(step))} ${round(py(value))}`).join('L');
    const colour = theme.palette[i % theme.palette.length]!;
    return `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="1.5" stroke-linejoin="round"/>`;
  });
  const labels = [
    text(area.left - 6, area.top + 4, short(y1), theme.muted, { anchor: 'end' }),
    text(area.left - 6, area.bottom + 3, short(y0), theme.muted, { anchor: 'end' }),
    text(area.left, height - 12, short(x0), theme.muted),
    text(area.right, height - 12, `${short(x1)} ${xLabel}`, theme.muted, { anchor: 'end' }),
    ...(lines.length < 2
      ? []
      : lines.map(({ name }, i) =>
          text(area.right, area.top + 12 + 14 * i, name, theme.palette[i % theme.palette.length]!, { anchor: 'end' }),
        )),
  ];
  return svg(title, height, frame + paths.join('') + labels.join(''), theme);
}

/** Vertical sticks: a spectrum, the gap after the k-th marked. */
export function spectrumSvg(
  title: string,
  values: readonly number[],
  gapAfter: number | undefined,
  theme: PlotTheme,
): string {
  const height = 170;
  const area = { left: 40, right: width - 14, top: 32, bottom: height - 28 };
  const most = Math.max(...values, 1e-12);
  const step = (area.right - area.left) / values.length;
  const sticks = values.map((value, i) => {
    const h = ((area.bottom - area.top) * Math.max(0, value)) / most;
    const colour = gapAfter !== undefined && i < gapAfter ? theme.palette[0]! : theme.muted;
    const w = Math.max(1, Math.min(10, step * 0.7));
    return `<rect x="${round(area.left + i * step + (step - w) / 2)}" y="${round(area.bottom - h)}" width="${round(w)}" height="${round(h)}" fill="${colour}"/>`;
  });
  const labels = [
    text(area.left - 6, area.top + 4, short(most), theme.muted, { anchor: 'end' }),
    text(area.left - 6, area.bottom + 3, '0', theme.muted, { anchor: 'end' }),
    text(area.left, height - 12, '1', theme.muted),
    text(area.right, height - 12, `i = ${values.length}`, theme.muted, { anchor: 'end' }),
  ];
  const frame = `<path d="M${area.left} ${area.bottom}H${area.right}" stroke="${theme.grid}"/>`;
  return svg(title, height, frame + sticks.join('') + labels.join(''), theme);
}

/** What a block has to show: its accuracies as bars, its training as a line, its spectrum as sticks. */
export interface BlockPlotData {
  stage: StageName;
  figures: readonly Figure[];
  baseline?: readonly Figure[];
  losses?: readonly { name: string; points: readonly (readonly [number, number])[] }[];
  eigenvalues?: readonly number[];
  counts?: readonly { domain: string; className: string; count: number }[];
}

/** The plot of a block; undefined where it has nothing to draw. */
export function blockSvg(data: BlockPlotData, theme: PlotTheme): string | undefined {
  const { stage, figures, baseline = [], losses = [], eigenvalues = [], counts = [] } = data;
  if (stage === 'pretrain' && losses.some(({ points }) => points.length > 1)) {
    return lineSvg({ title: vscode.l10n.t('Contrastive loss'), lines: losses, xLabel: vscode.l10n.t('steps') }, theme);
  }
  if (stage === 'spectrum' && eigenvalues.length > 1) {
    const k = figures.find(({ id }) => id === 'spectrum.clusters')?.value;
    return spectrumSvg(vscode.l10n.t('Eigenvalues'), eigenvalues, k, theme);
  }
  if (stage === 'data' && counts.length > 0) {
    const bars = counts.map(({ domain, className, count }) => ({ group: domain, series: className, value: count }));
    return barSvg(
      { title: vscode.l10n.t('Samples'), bars, format: (value) => formatFigure({ value, unit: 'count' }) },
      theme,
    );
  }
  const accuracies = figures.filter(({ id }) => id === `${stage}.accuracy`);
  if (accuracies.length === 0) return undefined;
  const bars = accuracies.map((figure) => ({
    group: [figure.shift, figure.domain && `(${figure.domain})`].filter(Boolean).join(' '),
    series: figure.method ?? 'accuracy',
    value: figure.value,
    samples: figure.samples,
    baseline: baseline.find(
      (other) => other.id === figure.id && other.method === figure.method && other.shift === figure.shift,
    )?.value,
  }));
  const sorted = [...bars].sort((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : 0));
  return barSvg(
    {
      title: vscode.l10n.t('Test accuracy'),
      bars: sorted,
      most: 1,
      format: (value) => formatFigure({ value, unit: 'fraction' }),
    },
    theme,
  );
}

/** An SVG as an address that Markdown can show. */
export function svgAddress(source: string): string {
  return `data:image/svg+xml;base64,${Buffer.from(source).toString('base64')}`;
}

function svg(title: string, height: number, content: string, theme: PlotTheme): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="system-ui, sans-serif" font-size="11" role="img"><title>${escape(title)}</title>` +
    `${text(8, 16, title, theme.foreground, { weight: 600 })}${content}</svg>`
  );
}

function text(
  x: number,
  y: number,
  content: string,
  fill: string,
  { anchor = 'start', weight = 400 }: { anchor?: 'start' | 'end'; weight?: number } = {},
): string {
  return `<text x="${round(x)}" y="${round(y)}" fill="${fill}" text-anchor="${anchor}" font-weight="${weight}">${escape(content)}</text>`;
}

function range(values: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(content: string): string {
  return content.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
