import type { PanelRun, Throughput } from '../contract';
import { h, styled } from '../charts/dom';
import { lineChart } from '../charts/line';
import { formatDuration, formatNumber } from '../charts/numbers';
import { chartPanel, type ChartPanel } from '../charts/panel';
import { colourOf } from '../charts/theme';
import { groupSeries, trainingPanel } from '../charts/training';
import { emptyState, notice, warningLines } from '../shell/states';

/** The page of a run while it goes on. What is there is changed in place: the reader may be looking at it. */
export class LiveView {
  readonly element = h('main', { class: 'live' });
  private readonly status = h('div', { class: 'live-status' });
  private readonly notices = h('div');
  private readonly plots = h('div', { class: 'panels' });
  private readonly empty = h('div');
  private readonly panels = new Map<string, ChartPanel>();
  private run!: PanelRun;

  constructor() {
    this.element.append(
      this.status,
      this.notices,
      this.empty,
      h('h2', { class: 'visually-hidden' }, 'Curves'),
      this.plots,
    );
  }

  update(run: PanelRun): void {
    this.run = run;
    this.status.replaceChildren(statusCards(run), stageList(run));
    this.notices.replaceChildren(...notices(run));
    for (const { stage, quantity } of groupSeries(run.view.metrics)) {
      this.panel(`${stage} ${quantity}`, () =>
        trainingPanel(
          () =>
            groupSeries(this.run.view.metrics).find((one) => one.stage === stage && one.quantity === quantity) ?? {
              stage,
              quantity,
              series: [],
            },
        ),
      );
    }
    if (rates(run).length > 0) this.panel('throughput', () => throughputPanel(() => rates(this.run)));
    const isEmpty = this.panels.size === 0;
    this.empty.replaceChildren(
      ...(isEmpty
        ? [
            emptyState(
              'No curves yet',
              run.view.state === 'running'
                ? 'They appear with the first training step.'
                : 'No stage of this run has trained anything.',
            ),
          ]
        : []),
    );
  }

  private panel(key: string, make: () => ChartPanel): void {
    const known = this.panels.get(key);
    if (known) {
      known.redraw();
      return;
    }
    const made = make();
    this.panels.set(key, made);
    this.plots.append(made.element);
  }
}

function rates({ throughput }: PanelRun): Throughput[] {
  return throughput.filter(({ points }) => points.length > 1);
}

/** Where the run is, how fast, on what, and how long it will be. */
function statusCards({ view, progress, throughput }: PanelRun): HTMLElement {
  const { run, state } = view;
  const seconds = (Date.parse(run.finishedAt ?? run.updatedAt) - Date.parse(run.startedAt)) / 1000;
  const isRunning = state === 'running';
  const series = throughput.findLast(
    ({ stage, points }) => points.length > 0 && (!progress || stage === progress.stage),
  );
  const rate = series?.points.at(-1)?.[1];
  const card = (label: string, value: string, note: string, ...more: HTMLElement[]): HTMLElement =>
    h(
      'li',
      {},
      h('span', { class: 'label' }, label),
      h('strong', {}, value),
      h('span', { class: 'note' }, note),
      ...more,
    );
  const fraction = progress?.fraction ?? 0;
  const bar = styled(
    h('div', {
      ...{ class: 'progress', role: 'progressbar', 'aria-label': 'Progress of the stage' },
      ...{ 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': Math.floor(100 * fraction) },
    }),
    { '--done': `${100 * fraction}%` },
  );
  return h(
    'ul',
    { class: 'cards' },
    isRunning && progress ? card('Stage', progress.stage, progress.label ?? '', bar) : card('State', state, ''),
    card('Throughput', rate === undefined ? '–' : `${formatNumber(rate, 3)} / s`, series?.label ?? 'not measured'),
    card(
      isRunning ? 'Time left in the stage' : 'Time',
      isRunning
        ? progress?.etaSeconds === undefined
          ? '–'
          : formatDuration(progress.etaSeconds)
        : Number.isFinite(seconds)
          ? formatDuration(Math.max(0, seconds))
          : '–',
      isRunning && Number.isFinite(seconds) ? `${formatDuration(Math.max(0, seconds))} so far` : '',
    ),
    card('Device', run.device.name, run.device.detail),
  );
}

function stageList({ view }: PanelRun): HTMLElement {
  const items = Object.entries(view.run.stages).map(([name, { state, seconds }]) =>
    h(
      'li',
      { class: state },
      h('span', { class: 'stage-name' }, name),
      h(
        'span',
        {},
        state === 'finished' && seconds !== undefined
          ? formatDuration(seconds)
          : state === 'cached'
            ? 'from cache'
            : state,
      ),
    ),
  );
  return h('ol', { class: 'stages', 'aria-label': 'Stages' }, ...items);
}

function notices({ view }: PanelRun): HTMLElement[] {
  const warnings = warningLines(view);
  return [
    ...(view.state === 'failed' ? [notice('error', 'The run failed', [view.run.error ?? 'It did not say why.'])] : []),
    ...(view.state === 'interrupted'
      ? [notice('warning', 'The run was interrupted', ['Its process is gone. Resume it to go on from where it was.'])]
      : []),
    ...(warnings.length > 0 ? [notice('warning', 'The engine warned', warnings)] : []),
  ];
}

function throughputPanel(source: () => Throughput[]): ChartPanel {
  const name = ({ stage, label }: Throughput): string => `${stage}: ${label}`;
  return chartPanel({
    title: 'Throughput',
    note: 'Steps or samples a second, as each stage counts them.',
    description: 'How many steps or samples each stage does a second, over the time of the run.',
    zoom: 'xy',
    legend: () => source().map((one, i) => ({ text: name(one), colour: colourOf(i), shape: 'line' })),
    table: () => ({
      caption: 'Throughput',
      columns: [{ text: 'stage' }, { text: 'median a second', numeric: true }, { text: 'last', numeric: true }],
      rows: source().map((one) => {
        const sorted = one.points.map(([, rate]) => rate).sort((a, b) => a - b);
        const middle = sorted[Math.floor(sorted.length / 2)]!;
        const last = one.points.at(-1)![1];
        return [name(one), [formatNumber(middle, 3), middle], [formatNumber(last, 3), last]];
      }),
    }),
    draw: (theme) =>
      lineChart(
        source().map((one, i) => ({ name: name(one), colour: colourOf(i), points: one.points })),
        { x: 'seconds', y: 'a second' },
        theme,
      ),
  });
}
