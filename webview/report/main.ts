import type { ReportPayload } from '../../engine/report/payload';
import { h } from '../charts/dom';
import { emptyState } from '../shell/states';
import { sectionElement } from '../shell/view';
import { header } from './header';
import { keyFigureCards } from './key-figures';
import './report.css';
import { figureTable, sections, studyText } from './sections';

/** Draws the report that the page carries. */
function draw(root: HTMLElement, payload: ReportPayload): void {
  const parts = sections(payload);
  const links = [
    ...parts.map(({ id, title }) => ({ id, title })),
    ...(payload.figures.length > 0 ? [{ id: 'figures', title: 'All figures' }] : []),
    ...(payload.study === null ? [] : [{ id: 'study', title: 'Study' }]),
  ];
  const isEmpty = parts.length === 0 && payload.figures.length === 0;
  root.replaceChildren(
    header(payload),
    h(
      'main',
      {},
      keyFigureCards(payload.figures) ?? null,
      isEmpty
        ? nothingYet(payload)
        : h('nav', { 'aria-label': 'Sections' }, ...links.map(({ id, title }) => h('a', { href: `#${id}` }, title))),
      ...parts.map((part) => {
        const element = sectionElement(part);
        if (part.panels.length === 1 && part.id === 'probe') element.classList.add('half');
        return element;
      }),
      payload.figures.length > 0 && plainSection('figures', 'All figures', figureTable(payload)),
      payload.study !== null && plainSection('study', 'Study', studyText(payload)),
    ),
    h(
      'footer',
      {},
      `Written by Eigenprobe ${payload.run.engine.version}. Arrays and figures lie beside this file in the run directory.`,
    ),
  );
}

function plainSection(id: string, title: string, content: HTMLElement): HTMLElement {
  return h(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    h('div', { class: 'section-head' }, h('h2', { id: `${id}-title` }, title)),
    h('div', { class: 'panel' }, content),
  );
}

function nothingYet({ state }: ReportPayload): HTMLElement {
  return emptyState(
    'No results yet',
    state === 'running'
      ? 'No stage has finished yet. Open the report again when the run has gone further.'
      : 'No stage of this run has finished, so there is nothing to plot. Run the study again: it goes on where it stopped.',
  );
}

const root = document.getElementById('report');
const data = document.getElementById('report-data');
if (root && data) draw(root, JSON.parse(data.textContent) as ReportPayload);
