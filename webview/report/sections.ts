import type { ReportPayload } from '../../engine/report/payload';
import { h } from '../charts/dom';
import { comparisonPanel } from '../charts/method-bars';
import { formatCount, formatValue } from '../charts/numbers';
import { dataTable, tableActions, type TableData } from '../charts/table';
import { trainingPanels } from '../charts/training';
import { clustersSection } from '../clusters/view';
import { EmbeddedData } from '../data/embedded-data';
import { distortionSection } from '../distortion/view';
import { Choices } from '../shell/choices';
import { seedsControl, shownFigures, whiskersText } from '../shell/seeds';
import { part, type Section, type ViewContext } from '../shell/view';
import { transferSection } from '../transfer/view';

/** The sections that this run has something for: the panels of the editor, over what the page carries. */
export function sections(payload: ReportPayload): Section[] {
  const context: ViewContext = { view: payload, data: new EmbeddedData(payload.sample), choices: new Choices() };
  return [
    clustersSection(context),
    probeSection(payload, context.choices),
    transferSection(context),
    distortionSection(context),
    trainingSection(payload),
  ].filter((section) => section !== undefined);
}

function probeSection(view: ReportPayload, choices: Choices): Section | undefined {
  const classes = part(view.details.probe, 'classNames');
  const panel = comparisonPanel({
    title: 'Accuracy of a linear head',
    note: `Logistic regression on frozen features. ${whiskersText(view, choices)}`,
    axis: 'test accuracy',
    figures: shownFigures(view, choices).filter(({ id }) => id === 'probe.accuracy'),
    chance: Array.isArray(classes) && classes.length > 1 ? 1 / classes.length : undefined,
  });
  return (
    panel && {
      ...{ id: 'probe', title: 'Linear probe', question: 'Does a linear head solve the task?', panels: [panel] },
      controls: seedsControl(view, choices, 'probe', () => probeSection(view, choices)),
    }
  );
}

function trainingSection({ metrics }: ReportPayload): Section | undefined {
  const panels = trainingPanels(metrics);
  if (panels.length === 0) return undefined;
  return { id: 'training', title: 'Training', question: 'Has the training converged?', panels };
}

/** Every figure of the run, in the order in which the stages wrote them. */
export function figureTable({ figures }: ReportPayload): HTMLElement {
  const data: TableData = {
    caption: 'All figures',
    columns: [
      { text: 'figure' },
      { text: 'value', numeric: true },
      { text: '95 % interval', numeric: true },
      { text: 'method' },
      { text: 'measured on' },
      { text: 'samples', numeric: true },
      { text: 'identifier' },
    ],
    rows: figures.map((figure) => [
      figure.label,
      [formatValue(figure.value, figure.unit), figure.value],
      figure.interval ? figure.interval.map((bound) => formatValue(bound, figure.unit)).join(' – ') : '',
      figure.method ?? '',
      [figure.source && `from ${figure.source}`, figure.shift, figure.domain].filter(Boolean).join(' · '),
      figure.samples === undefined ? '' : [formatCount(figure.samples), figure.samples],
      figure.id,
    ]),
  };
  return h(
    'div',
    {},
    dataTable(data),
    tableActions(() => data),
  );
}

/** The resolved study: what exactly was run. */
export function studyText({ study }: ReportPayload): HTMLElement {
  return h(
    'pre',
    { class: 'study', tabindex: 0, role: 'region', 'aria-label': 'The resolved study as JSON' },
    JSON.stringify(study, null, 2),
  );
}
