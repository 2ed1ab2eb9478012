import type { Chart, ChartConfiguration } from 'chart.js';
import { h } from '../charts/dom';
import { formatNumber } from '../charts/numbers';
import { chartPanel } from '../charts/panel';
import { colourOf, type Theme } from '../charts/theme';
import { recluster, separationOf, type ClusterPage } from './state';

const separations = ['class', 'domain', 'neither'] as const;
const separationNames = { class: 'classes', domain: 'domains', neither: 'neither' } as const;
const separationIndex = { class: 0, domain: 1, neither: -1 } as const;
/** The tail of a spectrum says little more than that there is one. */
const mostBars = 64;

/** The leading eigenvalues with the gap after the k-th; where the engine can be asked, k is dragged to another place. */
export function eigenvaluePanel(page: ClusterPage): HTMLElement {
  const { state, context } = page;
  const count = Math.min(mostBars, page.eigenvalues.length);
  const values = page.eigenvalues.slice(0, count);
  const separates = values.map((_, i) => separationOf(context.view, i));
  const isKnown = separates.some((what) => what !== undefined);
  const most = Math.min(count, page.vectors?.count ?? 0);
  const canAsk = context.data.clusters !== undefined && most > 2;
  const gapText = (): string => {
    const { k } = state.value;
    if (k === undefined || k >= page.eigenvalues.length || k < 1) return '';
    return `λ${subscript(k)} − λ${subscript(k + 1)} = ${formatNumber(page.eigenvalues[k - 1]! - page.eigenvalues[k]!, 3)}`;
  };
  const slider = canAsk ? clusterSlider(page, most) : undefined;
  let chart: Chart | undefined;
  const panel = chartPanel({
    title: 'Eigenvalue spectrum',
    note: canAsk
      ? 'Largest first. Drag the dashed line, or move the slider, to cluster anew.'
      : 'Largest first. The dashed line is the gap after the eigenvectors that make the clusters.',
    description: `The ${count} leading eigenvalues, from ${formatNumber(values[0] ?? NaN)} down to ${formatNumber(values.at(-1) ?? NaN)}. ${gapText()}`,
    controls: slider && [slider],
    legend: isKnown
      ? () =>
          separations
            .filter((what) => separates.includes(what))
            .map((what) => ({
              text: `separates ${separationNames[what]}`,
              colour: colourOf(separationIndex[what]),
              sets: [],
            }))
      : undefined,
    table: () => ({
      caption: 'Eigenvalues',
      columns: [
        { text: 'i', numeric: true },
        { text: 'eigenvalue', numeric: true },
        { text: 'gap to the next', numeric: true },
        ...(isKnown ? [{ text: 'separates' }] : []),
      ],
      rows: values.map((value, i) => [
        [String(i + 1), i + 1],
        [formatNumber(value), value],
        i + 1 < page.eigenvalues.length
          ? [formatNumber(value - page.eigenvalues[i + 1]!), value - page.eigenvalues[i + 1]!]
          : '',
        ...(isKnown ? [separates[i] === undefined ? '' : separationNames[separates[i]]] : []),
      ]),
    }),
    draw: (theme) => configuration(values, separates, () => state.value.k, gapText, theme),
    drawn: (next) => (chart = next),
  });
  state.follow(() => panel.redraw());
  if (canAsk) dragGap(panel.element.querySelector('canvas')!, () => chart, most, page);
  return panel.element;
}

function clusterSlider(page: ClusterPage, most: number): HTMLElement {
  const id = 'cluster-count';
  const input = h('input', { id, type: 'range', min: 2, max: most, step: 1 });
  const output = h('output', { for: id });
  const status = h('span', { class: 'note', role: 'status' });
  const show = (): void => {
    const { k, busy, error, own } = page.state.value;
    if (k !== undefined) input.value = String(k);
    output.textContent = k === undefined ? '–' : String(k);
    status.textContent = error ?? (busy ? 'Clustering …' : own ? 'as the run has it' : 'clustered anew by the engine');
    status.classList.toggle('error', error !== undefined);
  };
  input.addEventListener('input', () => (output.textContent = input.value));
  input.addEventListener('change', () => recluster(page, Number(input.value)));
  page.state.follow(show);
  show();
  return h('span', { class: 'control' }, h('label', { for: id }, 'Clusters k'), input, output, status);
}

/** Dragging near the gap's line moves it; the clusters are computed when it is let go. */
function dragGap(canvas: HTMLCanvasElement, chart: () => Chart | undefined, most: number, page: ClusterPage): void {
  let dragged = false;
  const indexAt = (event: PointerEvent): number => {
    const scale = chart()?.scales.x;
    // Between bar k − 1 and bar k lies the gap after the k-th.
    const at = scale ? (scale.getValueForPixel(event.offsetX) ?? 0) : 0;
    const half = scale && event.offsetX > scale.getPixelForValue(at) ? 1 : 0;
    return Math.max(2, Math.min(most, at + half));
  };
  canvas.addEventListener('pointerdown', (event) => {
    const scale = chart()?.scales.x;
    const { k } = page.state.value;
    if (!scale || k === undefined) return;
    const line = (scale.getPixelForValue(k - 1) + scale.getPixelForValue(k)) / 2;
    if (Math.abs(event.offsetX - line) > 12) return;
    dragged = true;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (dragged) canvas.title = `k = ${indexAt(event)}`;
  });
  canvas.addEventListener('pointerup', (event) => {
    if (!dragged) return;
    dragged = false;
    recluster(page, indexAt(event));
  });
}

function configuration(
  values: readonly number[],
  separates: readonly ('class' | 'domain' | 'neither' | undefined)[],
  clusters: () => number | undefined,
  gapText: () => string,
  theme: Theme,
): ChartConfiguration {
  const k = clusters();
  return {
    type: 'bar',
    data: {
      labels: values.map((_, i) => i + 1),
      datasets: [
        {
          label: 'eigenvalue',
          data: [...values],
          backgroundColor: values.map((_, i) => {
            const colour = colourOf(separates[i] === undefined ? 0 : separationIndex[separates[i]]);
            return k === undefined || i < k ? colour : `${colour}73`;
          }),
          borderRadius: 2,
          categoryPercentage: 0.9,
          barPercentage: 0.8,
        },
      ],
    },
    options: {
      scales: {
        x: {
          title: { display: true, text: 'index' },
          grid: { display: false },
          border: { color: theme.grid },
          ticks: { maxRotation: 0, autoSkipPadding: 12 },
        },
        y: { title: { display: true, text: 'eigenvalue' }, border: { display: false }, beginAtZero: true },
      },
      plugins: {
        tooltip: { callbacks: { title: (items) => `λ${subscript((items[0]?.dataIndex ?? 0) + 1)}` } },
      },
    },
    plugins: [
      {
        id: 'gap',
        afterDatasetsDraw(chart) {
          if (k === undefined || k < 1 || k > values.length) return;
          const { ctx, chartArea, scales } = chart;
          const step = scales.x!.getPixelForValue(1) - scales.x!.getPixelForValue(0);
          const x = scales.x!.getPixelForValue(k - 1) + step / 2;
          ctx.save();
          ctx.strokeStyle = theme.contrast ? theme.foreground : colourOf(1);
          ctx.fillStyle = theme.foreground;
          ctx.lineWidth = 2;
          ctx.setLineDash([5, 4]);
          ctx.beginPath();
          ctx.moveTo(x, chartArea.top);
          ctx.lineTo(x, chartArea.bottom);
          ctx.stroke();
          ctx.font = `600 12px ${theme.font}`;
          ctx.textBaseline = 'top';
          const text = gapText() || `k = ${k}`;
          const leftward = x + 8 + ctx.measureText(text).width > chartArea.right;
          ctx.textAlign = leftward ? 'right' : 'left';
          // Bars may stand behind it.
          const wide = ctx.measureText(text).width + 8;
          ctx.fillStyle = `${theme.surface}`;
          ctx.globalAlpha = 0.85;
          ctx.fillRect(leftward ? x - 4 - wide : x + 4, chartArea.top + 1, wide, 18);
          ctx.globalAlpha = 1;
          ctx.fillStyle = theme.foreground;
          ctx.fillText(text, x + (leftward ? -8 : 8), chartArea.top + 4);
          ctx.restore();
        },
      },
    ],
  };
}

function subscript(value: number): string {
  return String(value).replace(/\d/g, (digit) => '₀₁₂₃₄₅₆₇₈₉'[Number(digit)]!);
}
