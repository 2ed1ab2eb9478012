import type { MeanFigure, ReportFigure, RunView } from '../../engine/report/payload';
import { h, labelledSelect } from '../charts/dom';
import type { Choices } from './choices';
import { sectionElement, type Section } from './view';

const key = 'figures-of';

/** Whether a run's figures have means over seeds beside them, and whether these are what the reader wants. */
export function showsMeans({ sweep }: RunView, choices: Choices): boolean {
  return sweep !== undefined && sweep.own.seeds > 1 && choices.among(key, ['means', 'run']) === 'means';
}

/** A run's figures: means over the seeds of its sweep, where it has some and the reader has not chosen otherwise. */
export function shownFigures(view: RunView, choices: Choices): readonly ReportFigure[] {
  return showsMeans(view, choices) ? view.sweep!.own.figures.map(meanAsFigure) : view.figures;
}

export function meanAsFigure({ n, mean, low, high, ...figure }: MeanFigure): ReportFigure {
  return {
    ...figure,
    value: mean,
    seeds: n,
    ...(low !== undefined && high !== undefined && { interval: [low, high] }),
  };
}

/** What the whiskers of accuracies are. */
export function whiskersText(view: RunView, choices: Choices): string {
  return showsMeans(view, choices)
    ? `Means over ${view.sweep!.own.seeds} seeds; whiskers: 95 % interval of the mean (Student).`
    : 'Whiskers: 95 % interval over the test samples.';
}

/** How the sections of a page that follow the choice are made again. */
const followers = new WeakMap<Choices, Map<string, () => Section | undefined>>();

/**
 * For a row of a sweep with several seeds: the choice between the run's own figures and their means. Every section of
 * the page that offers it is made again when it changes.
 */
export function seedsControl(
  { sweep, run }: RunView,
  choices: Choices,
  id: string,
  make: () => Section | undefined,
): HTMLElement | undefined {
  if (!sweep || sweep.own.seeds < 2) return undefined;
  const following = followers.get(choices) ?? new Map<string, () => Section | undefined>();
  followers.set(choices, following.set(id, make));
  const select = labelledSelect(
    'Figures',
    [
      { value: 'means', text: `mean over ${sweep.own.seeds} seeds` },
      { value: 'run', text: `this run, seed ${run.seed}` },
    ],
    choices.among(key, ['means', 'run']),
    (value) => {
      choices.set(key, value);
      for (const [section, again] of following) {
        const made = again();
        if (made) document.getElementById(section)?.replaceWith(sectionElement(made));
      }
      document.querySelector<HTMLElement>(`#${id} .section-head select`)?.focus();
    },
  );
  const progress = sweep.finished < sweep.rows ? ` So far ${sweep.finished} of ${sweep.rows} rows have finished.` : '';
  return h(
    'div',
    { class: 'controls' },
    select,
    h('span', { class: 'note' }, `A row of the sweep ${sweep.name}; what is no mean is this run’s.${progress}`),
  );
}
