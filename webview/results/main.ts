import { barChart, describeBar } from '../charts/bars';
import { h } from '../charts/dom';
import { lineChart } from '../charts/line';
import { chartPanel } from '../charts/panel';
import { colourOf } from '../charts/theme';
import { badge, button, checkbox, dropdown } from '../controls';
import {
  readHostMessage,
  readPanelState,
  type HostMessage,
  type PanelMessage,
  type PanelRun,
  type PanelState,
} from '../contract';
import { bestColumn, cellText, figureRows, plottable, type FigureRow } from './comparison';
import './results.css';

interface VsCode {
  postMessage(message: PanelMessage): void;
  getState(): unknown;
  setState(state: PanelState & { plot?: string }): void;
}
declare function acquireVsCodeApi(): VsCode;

const vscode = acquireVsCodeApi();
const root = document.getElementById('results')!;
let shown: HostMessage = { type: 'show', runs: [], baseline: undefined };
let plot: string | undefined;
let against = true;

/** By time, by study where they differ, and by the end of the id where two would read the same. */
function runName(run: PanelRun): string {
  const { runs } = shown;
  const name = (one: PanelRun): string =>
    runs.every(({ study }) => study === one.study) ? one.started : `${one.study} ${one.started}`;
  const isAlone = runs.every((other) => other === run || name(other) !== name(run));
  return isAlone ? name(run) : `${name(run)} (${run.id.slice(-6)})`;
}

function draw(): void {
  const { runs, baseline } = shown;
  vscode.setState({ runs: runs.map(({ key }) => key), plot });
  if (runs.length === 0) {
    root.replaceChildren(h('p', { class: 'empty' }, 'The runs of this panel are gone. Pick others in the Runs view.'));
    return;
  }
  const rows = figureRows(runs);
  const names = [...new Set(runs.map(({ study }) => study))];
  root.replaceChildren(
    h(
      'header',
      {},
      h('h1', {}, names.join(' · ')),
      h('ul', { class: 'runs', 'aria-label': 'Runs' }, ...runs.map((run, i) => runCard(run, i, baseline))),
    ),
    h(
      'div',
      { class: 'tools', role: 'toolbar', 'aria-label': 'View' },
      ...(plottable(rows).length > 0
        ? [
            dropdown(
              'Plot',
              plottable(rows).map(({ id, text }) => ({ value: id, text })),
              chosenPlot(rows),
              choosePlot,
            ),
          ]
        : []),
      ...(runs.length > 1 && baseline !== undefined
        ? [checkbox('Difference to baseline', against, (checked) => ((against = checked), draw()))]
        : []),
      button('Add Run…', () => vscode.postMessage({ type: 'addRun' })),
    ),
    h('main', {}, ...plots(runs, rows), rows.length > 0 ? table(runs, rows, baseline) : noFigures(runs)),
  );
}

function chosenPlot(rows: readonly FigureRow[]): string {
  const all = plottable(rows);
  if (plot !== undefined && all.some(({ id }) => id === plot)) return plot;
  const preferred = ['transfer.accuracy', 'finetune.accuracy', 'probe.accuracy', 'spectrum.accuracy'];
  return preferred.find((id) => all.some((one) => one.id === id)) ?? all[0]?.id ?? '';
}

function choosePlot(id: string): void {
  plot = id;
  draw();
}

function runCard(run: PanelRun, index: number, baseline: string | undefined): HTMLElement {
  const isBaseline = run.key === baseline;
  const swatch = h('span', { class: 'swatch', 'aria-hidden': 'true' });
  swatch.style.setProperty('background', colourOf(index));
  return h(
    'li',
    {},
    swatch,
    h('span', { class: 'run-name', title: run.id }, runName(run)),
    badge(run.state),
    isBaseline && h('span', { class: 'baseline' }, '★ baseline'),
    h('span', { class: 'muted', title: run.device }, `seed ${run.seed} · ${run.device.split(' (')[0]!}`),
    run.error !== undefined && h('span', { class: 'error' }, run.error),
    h(
      'span',
      { class: 'actions' },
      run.hasReport && button('Report', () => vscode.postMessage({ type: 'openReport', run: run.key })),
      !isBaseline && button('Set as Baseline', () => vscode.postMessage({ type: 'setBaseline', run: run.key })),
      shown.runs.length > 1 && button('Remove', () => vscode.postMessage({ type: 'remove', run: run.key })),
    ),
  );
}

function plots(runs: readonly PanelRun[], rows: readonly FigureRow[]): HTMLElement[] {
  const made: HTMLElement[] = [];
  const id = chosenPlot(rows);
  const own = rows.filter(({ figure }) => figure.id === id);
  const unit = own[0]?.figure.unit;
  if (unit !== undefined) {
    const text = plottable(rows).find((one) => one.id === id)?.text ?? id;
    const categories = own.map(({ circumstance, figure }) => circumstance || figure.label);
    const series = runs.map((run, i) => ({
      name: runName(run),
      colour: colourOf(i),
      bars: own.map(({ values }) => values[i]),
    }));
    made.push(
      chartPanel({
        title: text,
        description: `${text}: ${own
          .map(
            ({ circumstance, values }) =>
              `${circumstance}: ${values.map((value) => describeBar(value, unit)).join(', ')}`,
          )
          .join('; ')}`,
        height: 280,
        legend: runs.length > 1 ? () => series.map(({ name, colour }) => ({ text: name, colour })) : undefined,
        table: () => ({
          caption: text,
          columns: [{ text: 'measured' }, ...series.map(({ name }) => ({ text: name, numeric: true }))],
          rows: categories.map((category, row) => [
            category,
            ...series.map(({ bars }) => describeBar(bars[row], unit)),
          ]),
        }),
        draw: (theme) => barChart({ categories, series, unit, axis: text }, theme),
      }).element,
    );
  }
  const losses = runs.flatMap((run, i) => {
    const metric = run.metrics.find(({ stage, name }) => stage === 'pretrain' && name === 'loss');
    return metric && metric.points.length > 1 ? [{ run, i, metric }] : [];
  });
  if (losses.length > 0) {
    const lines = losses.map(({ run, i, metric }) => ({
      name: runName(run),
      colour: colourOf(i),
      points: metric.points,
    }));
    made.push(
      chartPanel({
        title: 'Pretraining loss',
        description: 'Contrastive loss by training step, one line a run.',
        height: 280,
        legend:
          lines.length > 1 ? () => lines.map(({ name, colour }) => ({ text: name, colour, shape: 'line' })) : undefined,
        table: () => ({
          caption: 'Pretraining loss, last recorded value',
          columns: [{ text: 'run' }, { text: 'step', numeric: true }, { text: 'loss', numeric: true }],
          rows: lines.map(({ name, points }) => [name, String(points.at(-1)![0]), points.at(-1)![1].toPrecision(4)]),
        }),
        draw: (theme) => lineChart(lines, { x: 'step', y: 'loss' }, theme),
      }).element,
    );
  }
  return made;
}

function table(runs: readonly PanelRun[], rows: readonly FigureRow[], baseline: string | undefined): HTMLElement {
  const base = against ? runs.findIndex(({ key }) => key === baseline) : -1;
  const head = ['figure', 'measured', ...runs.map(runName)];
  let stage = '';
  const body = rows.flatMap((row) => {
    const best = bestColumn(row);
    const line = h(
      'tr',
      {},
      h('th', { scope: 'row' }, row.figure.label),
      h('td', {}, row.circumstance),
      ...row.values.map((value, i) =>
        h(
          'td',
          { class: `numeric${best === i ? ' best' : ''}` },
          cellText(value, base >= 0 && base !== i ? row.values[base] : undefined),
        ),
      ),
    );
    if (row.figure.stage === stage) return [line];
    stage = row.figure.stage;
    const title = h('th', { scope: 'rowgroup', colspan: head.length, class: 'stage' }, stage);
    return [h('tr', {}, title), line];
  });
  return h(
    'section',
    { class: 'panel wide', 'aria-label': 'Figures' },
    h(
      'div',
      { class: 'table-frame', tabindex: 0, role: 'region', 'aria-label': 'Figures of the runs' },
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h('tr', {}, ...head.map((text, i) => h('th', { scope: 'col', class: i > 1 ? 'numeric' : undefined }, text))),
        ),
        h('tbody', {}, ...body),
      ),
    ),
  );
}

function noFigures(runs: readonly PanelRun[]): HTMLElement {
  const isRunning = runs.some(({ state }) => state === 'running');
  return h(
    'p',
    { class: 'empty', role: 'status' },
    isRunning ? 'No stage has finished yet; figures appear here as stages end.' : 'No stage of this run has finished.',
  );
}

window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  const message = readHostMessage(data);
  if (!message) return;
  // Drawing again would close what the reader has opened; the same data is left alone.
  if (JSON.stringify(message) === JSON.stringify(shown) && root.childElementCount > 0) return;
  shown = message;
  draw();
});

const kept = vscode.getState();
if (typeof kept === 'object' && kept !== null && 'plot' in kept && typeof kept.plot === 'string') plot = kept.plot;
if (readPanelState(kept).runs.length === 0)
  root.replaceChildren(h('p', { class: 'empty', role: 'status' }, 'Reading runs…'));
vscode.postMessage({ type: 'ready' });
