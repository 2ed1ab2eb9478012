import { h, labelledSelect, styled } from '../charts/dom';
import { colourOf, onThemeChange } from '../charts/theme';
import { badge, button } from '../controls';
import { kindNames, panelLinks } from '../shell/header';
import { startPage, type Page, type Shown } from '../shell/panel';
import { emptyState } from '../shell/states';
import { groupColumns, runColumns, type Column } from './columns';
import { comparePanels } from './view';
import '../shell/panel.css';

let drawn = '';
let again: () => void = () => undefined;
// The colours of the runs' names are the theme's.
onThemeChange(() => again());

startPage((shown, page) => {
  const { runs, baseline } = shown;
  if (runs.length === 0) {
    page.root.replaceChildren(emptyState('The runs of this panel are gone', 'Pick others in the Runs view.'));
    return;
  }
  // Drawing again would close what the reader has opened; the same data is left alone.
  const signature = JSON.stringify([
    runs.map(({ key, view }) => [key, view.state, view.run.error, view.figures, view.metrics]),
    baseline,
  ]);
  if (signature === drawn) return;
  drawn = signature;
  again = () => draw(shown, page);
  again();
});

function draw(shown: Shown, page: Page): void {
  const { runs, baseline, groups } = shown;
  const { choices } = page;
  // Two runs of one setting are looked at one beside the other, unless the reader wants their mean.
  const usual = groups.length > 1 || runs.length > 2 ? 'means' : 'runs';
  const means = groups.length > 0 && choices.among('compare.columns', ['means', 'runs'], usual) === 'means';
  const columns = means ? groupColumns(runs, groups, baseline) : runColumns(runs, baseline);
  const studies = [...new Set(runs.map(({ view }) => view.run.study.name))];
  const redraw = (): void => draw(shown, page);
  const compared = { columns, choices, redraw };
  const panels = comparePanels(compared);
  const isRunning = runs.some(({ view }) => view.state === 'running');
  const [only] = runs;
  page.root.replaceChildren(
    h(
      'header',
      { class: 'panel-header' },
      h('div', { class: 'title' }, h('h1', {}, studies.join(' · '))),
      runs.length === 1 &&
        h('nav', { 'aria-label': 'Panels of this run' }, ...panelLinks(only!.key, 'compare', page.host)),
      h(
        'ul',
        { class: 'runs', 'aria-label': 'Runs' },
        ...columns.map((column, i) => (means ? groupCard(column, i, page) : runCard(column, i, page, runs.length > 1))),
      ),
      h(
        'div',
        { class: 'tools' },
        groups.length > 0 &&
          labelledSelect(
            'Columns',
            [
              { value: 'means', text: `means over seeds (${groups.length})` },
              { value: 'runs', text: `each run (${runs.length})` },
            ],
            means ? 'means' : 'runs',
            (value) => {
              choices.set('compare.columns', value);
              redraw();
              page.root.querySelector<HTMLElement>('.tools select')?.focus();
            },
          ),
        button('Add Run…', () => page.host.post({ type: 'addRun' })),
      ),
    ),
    h(
      'main',
      { class: 'panels' },
      h('h2', { class: 'visually-hidden' }, 'Figures and curves'),
      ...(panels.length > 0
        ? panels
        : [
            emptyState(
              'No figures yet',
              isRunning ? 'Figures appear here as stages end.' : 'No stage of this run has finished.',
            ),
          ]),
    ),
  );
}

function runCard({ name, short, runs, isBase }: Column, i: number, page: Page, several: boolean): HTMLElement {
  const { key, view } = runs[0]!;
  const post = (type: 'setBaseline' | 'remove' | 'openReport'): void => page.host.post({ type, run: key });
  const { run, state } = view;
  return h(
    'li',
    {},
    styled(h('span', { class: 'swatch', 'aria-hidden': 'true' }), { '--swatch': colourOf(i) }),
    short !== name && h('span', { class: 'note' }, short),
    h('span', { class: 'run-name', title: run.id }, name),
    badge(state),
    isBase && h('span', { class: 'baseline' }, '★ baseline'),
    h('span', { class: 'note', title: run.device.detail }, `seed ${run.seed} · ${run.device.detail.split(' (')[0]!}`),
    run.error !== undefined && h('span', { class: 'error' }, run.error),
    several &&
      h(
        'span',
        { class: 'actions' },
        ...(state === 'running' ? [] : [button('Report', () => post('openReport'))]),
        ...(isBase ? [] : [button('Set as Baseline', () => post('setBaseline'))]),
        button('Remove', () => post('remove')),
      ),
  );
}

/** All seeds of a setting; its panels are those of its first run, which show the others' means. */
function groupCard({ name, short, runs, isBase }: Column, i: number, { host }: Page): HTMLElement {
  const { key, view } = runs[0]!;
  const seeds = runs.map((run) => run.view.run.seed);
  return h(
    'li',
    {},
    styled(h('span', { class: 'swatch', 'aria-hidden': 'true' }), { '--swatch': colourOf(i) }),
    short !== name && h('span', { class: 'note' }, short),
    h('span', { class: 'run-name' }, name),
    isBase && h('span', { class: 'baseline' }, '★ baseline'),
    h('span', { class: 'note' }, `${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`),
    h(
      'span',
      { class: 'actions' },
      ...(view.run.sweep ? (['transfer', 'distortion'] as const) : []).map((kind) =>
        button(kindNames[kind], () => host.post({ type: 'openPanel', run: key, kind })),
      ),
      ...(isBase ? [] : [button('Set as Baseline', () => host.post({ type: 'setBaseline', run: key }))]),
    ),
  );
}
