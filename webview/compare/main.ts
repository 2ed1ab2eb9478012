import { h, styled } from '../charts/dom';
import { colourOf, onThemeChange } from '../charts/theme';
import { badge, button } from '../controls';
import type { PanelRun } from '../contract';
import { panelLinks } from '../shell/header';
import { startPage, type Page } from '../shell/panel';
import { emptyState } from '../shell/states';
import { comparePanels, runNames } from './view';
import '../shell/panel.css';

let drawn = '';
let again: () => void = () => undefined;
// The colours of the runs' names are the theme's.
onThemeChange(() => again());

startPage(({ runs, baseline }, page) => {
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
  again = () => draw(runs, baseline, page);
  again();
});

function draw(runs: readonly PanelRun[], baseline: string | undefined, page: Page): void {
  const names = runNames(runs);
  const base = runs.findIndex(({ key }) => key === baseline);
  const studies = [...new Set(runs.map(({ view }) => view.run.study.name))];
  const compared = { runs, names, base, choices: page.choices, redraw: () => draw(runs, baseline, page) };
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
        ...runs.map((run, i) => runCard(run, { name: names[i]!, i, base, page, several: runs.length > 1 })),
      ),
      h(
        'div',
        { class: 'tools' },
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

function runCard(
  { key, view }: PanelRun,
  { name, i, base, page, several }: { name: string; i: number; base: number; page: Page; several: boolean },
): HTMLElement {
  const post = (type: 'setBaseline' | 'remove' | 'openReport'): void => page.host.post({ type, run: key });
  const { run, state } = view;
  return h(
    'li',
    {},
    styled(h('span', { class: 'swatch', 'aria-hidden': 'true' }), { '--swatch': colourOf(i) }),
    h('span', { class: 'run-name', title: run.id }, name),
    badge(state),
    i === base && h('span', { class: 'baseline' }, '★ baseline'),
    h('span', { class: 'note', title: run.device.detail }, `seed ${run.seed} · ${run.device.detail.split(' (')[0]!}`),
    run.error !== undefined && h('span', { class: 'error' }, run.error),
    several &&
      h(
        'span',
        { class: 'actions' },
        ...(state === 'running' ? [] : [button('Report', () => post('openReport'))]),
        ...(i === base ? [] : [button('Set as Baseline', () => post('setBaseline'))]),
        button('Remove', () => post('remove')),
      ),
  );
}
