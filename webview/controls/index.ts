import {
  provideVSCodeDesignSystem,
  vsCodeBadge,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
} from '@vscode/webview-ui-toolkit';

/**
 * The controls of panels inside VS Code, and the only module that knows the library behind them. The library is
 * archived; whatever takes its place is put in here.
 */
provideVSCodeDesignSystem().register(vsCodeBadge(), vsCodeButton(), vsCodeCheckbox(), vsCodeDropdown(), vsCodeOption());

export interface Choice {
  value: string;
  text: string;
}

function element(tag: string, attributes: Record<string, string>, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function button(
  text: string,
  onClick: () => void,
  kind: 'primary' | 'secondary' | 'icon' = 'secondary',
): HTMLElement {
  const made = element('vscode-button', { appearance: kind }, text);
  made.addEventListener('click', onClick);
  return made;
}

/** A choice among a few, with its label before it. */
export function dropdown(
  label: string,
  choices: readonly Choice[],
  chosen: string,
  onChange: (value: string) => void,
): HTMLElement {
  const options = choices.map(({ value, text }) =>
    element('vscode-option', value === chosen ? { value, selected: '' } : { value }, text),
  );
  const made = element('vscode-dropdown', { 'aria-label': label }, ...options);
  made.addEventListener('change', () => onChange((made as HTMLElement & { value: string }).value));
  return element('span', { class: 'control' }, element('span', { 'aria-hidden': 'true' }, label), made);
}

export function checkbox(label: string, checked: boolean, onChange: (checked: boolean) => void): HTMLElement {
  const made = element('vscode-checkbox', checked ? { checked: '' } : {}, label) as HTMLElement & { checked: boolean };
  // The library also fires while the attribute is applied; only what a person does counts.
  made.addEventListener('click', () => queueMicrotask(() => onChange(made.checked)));
  return made;
}

export function badge(text: string): HTMLElement {
  return element('vscode-badge', {}, text);
}
