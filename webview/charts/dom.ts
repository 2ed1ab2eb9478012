type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | undefined>;

/** An element with attributes and children. Text is always text: nothing here parses HTML. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Sets styles through the object model, which a strict style policy allows where a style attribute is refused. */
export function styled<E extends HTMLElement>(element: E, styles: Record<string, string>): E {
  for (const [name, value] of Object.entries(styles)) element.style.setProperty(name, value);
  return element;
}

let counter = 0;

/** A select with its label. */
export function labelledSelect(
  label: string,
  options: readonly { value: string; text: string }[],
  selected: string,
  onChange: (value: string) => void,
): HTMLElement {
  const id = `select-${++counter}`;
  const select = h('select', { id }, ...options.map(({ value, text }) => h('option', { value }, text)));
  select.value = selected;
  select.addEventListener('change', () => onChange(select.value));
  return h('span', { class: 'control' }, h('label', { for: id }, label), select);
}

/** Calls back once an element is on the page and has a size: canvases have none before. */
export function whenShown(element: Element, act: () => void): void {
  queueMicrotask(() => {
    if (element.isConnected) {
      act();
      return;
    }
    const observer = new ResizeObserver(() => {
      if (!element.isConnected) return;
      observer.disconnect();
      act();
    });
    observer.observe(element);
  });
}
