import type { RunView } from '../../engine/report/payload';
import { h } from '../charts/dom';
import type { RunData } from '../data/run-data';
import type { Choices } from './choices';

/** What a view is drawn from. */
export interface ViewContext {
  view: RunView;
  data: RunData;
  choices: Choices;
}

/** A part of a page under a title and the question that it answers. */
export interface Section {
  id: string;
  title: string;
  question: string;
  /** What the whole section follows, e.g. whether its figures are a run's or means. */
  controls?: HTMLElement;
  panels: HTMLElement[];
}

export function sectionElement({ id, title, question, controls, panels }: Section): HTMLElement {
  return h(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    h('div', { class: 'section-head' }, h('h2', { id: `${id}-title` }, title), h('p', {}, question), controls),
    h('div', { class: 'panels' }, ...panels),
  );
}

/** A framed part that is no chart. */
export function plainPanel(
  title: string,
  note: string | undefined,
  content: readonly (Node | false | undefined)[],
  options: { wide?: boolean; tools?: HTMLElement } = {},
): HTMLElement {
  return h(
    'figure',
    { class: `panel${options.wide ? ' wide' : ''}` },
    h(
      'figcaption',
      {},
      h('div', { class: 'panel-head' }, h('h3', {}, title), options.tools),
      note !== undefined && h('p', { class: 'note' }, note),
    ),
    ...content,
  );
}

/** A value inside what a stage wrote: undefined where it is missing or of another kind. */
export function part(details: unknown, ...path: readonly string[]): unknown {
  let at: unknown = details;
  for (const name of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

export function numberIn(details: unknown, ...path: readonly string[]): number | undefined {
  const value = part(details, ...path);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function textIn(details: unknown, ...path: readonly string[]): string | undefined {
  const value = part(details, ...path);
  return typeof value === 'string' ? value : undefined;
}

export function listIn(details: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = part(details, ...path);
  return Array.isArray(value) ? value : [];
}

export function numbersIn(details: unknown, ...path: readonly string[]): number[] {
  return listIn(details, ...path).filter(
    (value): value is number => typeof value === 'number' && Number.isFinite(value),
  );
}

/** A matrix of numbers, with `null` and other gaps as NaN; undefined where it is none. */
export function matrixIn(details: unknown, ...path: readonly string[]): number[][] | undefined {
  const rows = listIn(details, ...path);
  if (rows.length === 0 || !rows.every(Array.isArray)) return undefined;
  return (rows as unknown[][]).map((row) => row.map((value) => (typeof value === 'number' ? value : NaN)));
}

/** Accuracy of guessing among the classes that a stage measured; undefined where they are unknown or one. */
export function chanceOf({ details }: RunView, stage: 'transfer' | 'finetune'): number | undefined {
  const classes = listIn(details[stage], 'classNames').length;
  return classes > 1 ? 1 / classes : undefined;
}
