/** Colours and type of the page as the charts draw them: the page's own variables, resolved. */
export interface Theme {
  foreground: string;
  muted: string;
  grid: string;
  surface: string;
  accent: string;
  font: string;
  dark: boolean;
}

/**
 * Okabe and Ito's palette ("Color Universal Design", 2008), told apart with every common colour vision deficiency.
 * Its black is left out, since it would vanish on a dark page.
 */
export const palette = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#b8a900'] as const;

/** Colour of the i-th class, cluster, domain or method; −1 is what has none. */
export function colourOf(index: number): string {
  return index < 0 ? '#8a8a8a' : palette[index % palette.length]!;
}

/** True from the second round through the palette on: drawn hollow, so that the colours can be told apart. */
export function isHollow(index: number): boolean {
  return Math.floor(Math.max(0, index) / palette.length) % 2 === 1;
}

/** Point shapes, one a domain. */
export const markers = ['circle', 'triangle', 'rect', 'rectRot', 'crossRot', 'star'] as const;

export function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    foreground: read('--ep-foreground'),
    muted: read('--ep-muted'),
    grid: read('--ep-grid'),
    surface: read('--ep-surface'),
    accent: read('--ep-accent'),
    font: style.fontFamily,
    dark: isDark(),
  };
}

function isDark(): boolean {
  const { classList } = document.body;
  if (classList.contains('vscode-light') || classList.contains('vscode-high-contrast-light')) return false;
  if (classList.contains('vscode-dark') || classList.contains('vscode-high-contrast')) return true;
  return matchMedia('(prefers-color-scheme: dark)').matches;
}

const listeners = new Set<() => void>();
let watching = false;

/** Calls back when the system's or the editor's theme changes. */
export function onThemeChange(listener: () => void): void {
  listeners.add(listener);
  if (watching) return;
  watching = true;
  const notify = (): void => listeners.forEach((call) => call());
  for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)'])
    matchMedia(query).addEventListener('change', notify);
  // VS Code says its theme with the body's class and the root's style.
  const observer = new MutationObserver(notify);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}
