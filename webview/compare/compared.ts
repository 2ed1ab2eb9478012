import type { Choices } from '../shell/choices';
import type { Column } from './columns';

/** What is compared. Figures stand in columns, curves are drawn of each run. */
export interface Compared {
  columns: readonly Column[];
  choices: Choices;
  redraw: () => void;
}

/** Many columns take the whole width. */
export function widened(element: HTMLElement, columns: readonly Column[]): HTMLElement {
  element.classList.toggle('wide', columns.length > 4);
  return element;
}
