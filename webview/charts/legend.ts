import { h, styled } from './dom';

export type SwatchShape =
  'square' | 'line' | 'dashed' | 'circle' | 'triangle' | 'rect' | 'rectRot' | 'crossRot' | 'star';

export interface LegendEntry {
  text: string;
  colour: string;
  shape?: SwatchShape;
  hollow?: boolean;
  /** Data sets that the entry shows and hides; by default the one in its place. None: the entry explains only. */
  sets?: readonly number[];
}

/** More entries than this scroll. */
const many = 24;

/**
 * The legend of a plot. An entry that stands for series is a button that hides and shows them; `hidden` holds the texts
 * of those hidden.
 */
export function fillLegend(
  list: HTMLElement,
  entries: readonly LegendEntry[],
  hidden: Set<string>,
  changed: () => void,
): void {
  list.classList.toggle('many', entries.length > many);
  list.replaceChildren(
    ...entries.map((entry, index) => {
      const { text, colour, shape = 'square', hollow = false, sets = [index] } = entry;
      const swatch = styled(h('span', { class: `swatch ${shape}${hollow ? ' hollow' : ''}`, 'aria-hidden': 'true' }), {
        '--swatch': colour,
      });
      const name = h('span', { class: 'legend-name' }, text);
      if (sets.length === 0) return h('li', {}, h('span', { class: 'legend-entry' }, swatch, name));
      const button = h(
        'button',
        { type: 'button', class: 'legend-entry', 'aria-pressed': String(!hidden.has(text)), title: text },
        swatch,
        name,
      );
      button.addEventListener('click', (event) => {
        // With Alt, this one alone; again, all.
        if (event.altKey) {
          const alone = entries.every((other) => other.text === text || hidden.has(other.text));
          for (const other of entries) {
            if (alone || other.text === text) hidden.delete(other.text);
            else if (other.sets?.length !== 0) hidden.add(other.text);
          }
        } else if (!hidden.delete(text)) hidden.add(text);
        changed();
      });
      return h('li', {}, button);
    }),
  );
}

/** Indices of the data sets that are hidden. */
export function hiddenSets(entries: readonly LegendEntry[], hidden: ReadonlySet<string>): Set<number> {
  return new Set(entries.flatMap(({ text, sets }, index) => (hidden.has(text) ? (sets ?? [index]) : [])));
}
