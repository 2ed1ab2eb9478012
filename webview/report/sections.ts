import type { ReportPayload } from '../../engine/report/payload';
import { h } from '../charts/dom';
import { formatCount, formatValue } from '../charts/numbers';
import { dataTable } from '../charts/table';
import { clusterPanel } from './clusters';
import { comparisonPanel } from './comparisons';
import { eigenvaluePanel } from './eigenvalues';
import { scatterPanel } from './scatter';
import { trainingPanels } from './training';

export interface Section {
  id: string;
  title: string;
  question: string;
  panels: HTMLElement[];
}

/** The sections that this run has something for. */
export function sections(payload: ReportPayload): Section[] {
  const { figures, metrics, spectrum } = payload;
  const of = (id: string): typeof figures => figures.filter((figure) => figure.id === id);
  const chance = spectrum && spectrum.classNames.length > 1 ? 1 / spectrum.classNames.length : undefined;
  const interval = 'Whiskers: 95 % interval over the test samples.';
  const present = (panels: (HTMLElement | undefined)[]): HTMLElement[] => panels.filter((panel) => panel !== undefined);
  const all: Section[] = [
    {
      id: 'spectrum',
      title: 'Spectrum',
      question: 'Which clusters has the representation learned?',
      panels: spectrum
        ? [
            ...(spectrum.sample.columns.length > 1 ? [scatterPanel(spectrum)] : []),
            eigenvaluePanel(spectrum),
            clusterPanel(spectrum),
          ]
        : [],
    },
    {
      id: 'probe',
      title: 'Linear probe',
      question: 'Will a linear head solve the task?',
      panels: present([
        comparisonPanel({
          title: 'Accuracy of a linear head',
          note: `Logistic regression on frozen features. ${interval}`,
          axis: 'test accuracy',
          figures: of('probe.accuracy'),
          chance,
        }),
      ]),
    },
    {
      id: 'transfer',
      title: 'Transfer',
      question: 'Will it carry over to the other domain?',
      panels: present([
        comparisonPanel({
          title: 'Accuracy in both domains',
          note: `Heads see source labels alone. ${interval}`,
          axis: 'test accuracy',
          figures: of('transfer.accuracy'),
          chance,
        }),
      ]),
    },
    {
      id: 'finetune',
      title: 'Fine-tuning',
      question: 'Does fine-tuning distort the features?',
      panels: present([
        comparisonPanel({
          title: 'Accuracy after fine-tuning',
          note: `LP: linear probing. FT: fine-tuning. LP-FT: FT from the probe's head. ${interval}`,
          axis: 'test accuracy',
          figures: of('finetune.accuracy'),
          chance,
        }),
        comparisonPanel({
          title: 'Feature distortion',
          note: "Mean Euclidean distance between a sample's features before and after.",
          axis: 'distance',
          figures: of('finetune.distortion'),
        }),
      ]),
    },
    {
      id: 'training',
      title: 'Training',
      question: 'Has the training converged?',
      panels: trainingPanels(metrics),
    },
  ];
  return all.filter(({ panels }) => panels.length > 0);
}

/** Every figure of the run, in the order in which the stages wrote them. */
export function figureTable({ figures }: ReportPayload): HTMLElement {
  const row = (figure: (typeof figures)[number]): string[] => [
    figure.label,
    formatValue(figure.value, figure.unit),
    figure.interval ? figure.interval.map((bound) => formatValue(bound, figure.unit)).join(' – ') : '',
    figure.method ?? '',
    [figure.shift, figure.domain].filter(Boolean).join(' · '),
    figure.samples === undefined ? '' : formatCount(figure.samples),
    figure.id,
  ];
  return dataTable({
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
    rows: figures.map(row),
  });
}

/** The resolved study: what exactly was run. */
export function studyText({ study }: ReportPayload): HTMLElement {
  return h(
    'pre',
    { class: 'study', tabindex: 0, 'aria-label': 'The resolved study as JSON' },
    JSON.stringify(study, null, 2),
  );
}
