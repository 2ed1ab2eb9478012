/** Colours and type of the page as the charts draw them: the page's own variables, resolved. */
export interface Theme {
  foreground: string;
  muted: string;
  grid: string;
  surface: string;
  accent: string;
  font: string;
  dark: boolean;
  /** A high-contrast theme, or colours forced by the system. */
  contrast: boolean;
}

/**
 * Okabe and Ito's palette ("Color Universal Design", 2008), told apart with every common colour vision deficiency,
 * without its black, which would vanish on a dark page; then a purple, a brown and what is nearest to the text.
 */
const palette = [
  ...['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#b8a900'],
  ...['#5b2a86', '#7a4a2b', '#333333'],
] as const;
/** The same hues, lighter where they would not stand out (3 : 1) from a dark page. */
const darkPalette = [
  ...['#3f9ddb', '#ee7733', '#22b88f', '#d891b8', '#e69f00', '#9ad4f8', '#cfc13a'],
  ...['#a97fe0', '#b98d6d', '#f2f2f2'],
] as const;

/** What has no class, cluster or method. */
const noneColours = { light: '#767676', dark: '#9a9a9a' } as const;

/**
 * Colour of the i-th class, cluster, domain or method; −1 is what has none. From the second round through the palette
 * on, lighter and darker turns of its colours.
 */
export function colourOf(index: number): string {
  const dark = isDark();
  if (index < 0) return noneColours[dark ? 'dark' : 'light'];
  const colours = dark ? darkPalette : palette;
  const base = colours[index % colours.length]!;
  const round = Math.floor(index / colours.length) % 3;
  return round === 0 ? base : mixed(base, round === 1 ? '#ffffff' : '#000000', round === 1 ? 0.45 : 0.35);
}

function mixed(colour: string, other: string, share: number): string {
  const [a, b] = [rgbOf(colour), rgbOf(other)];
  const channel = (shift: number): number =>
    Math.round(((a >> shift) & 0xff) * (1 - share) + ((b >> shift) & 0xff) * share) << shift;
  return `#${(channel(16) | channel(8) | channel(0)).toString(16).padStart(6, '0')}`;
}

/** `#rrggbb` as a number. */
export function rgbOf(colour: string): number {
  return Number.parseInt(colour.slice(1, 7), 16);
}

/** Colours from low to high for a quantity: Viridis's lightness, without its darkest end on dark pages. */
export function ramp(steps: number): number[] {
  const stops = isDark()
    ? [0x4a5fb0, 0x2f8fa5, 0x35b779, 0xa5d93a, 0xfde725]
    : [0x440154, 0x3b528b, 0x21918c, 0x5ec962, 0xd9c400];
  return Array.from({ length: steps }, (_, i) => {
    const at = (i / Math.max(1, steps - 1)) * (stops.length - 1);
    const [from, share] = [Math.min(stops.length - 2, Math.floor(at)), at - Math.min(stops.length - 2, Math.floor(at))];
    const channel = (shift: number): number =>
      Math.round(((stops[from]! >> shift) & 0xff) * (1 - share) + ((stops[from + 1]! >> shift) & 0xff) * share) <<
      shift;
    return channel(16) | channel(8) | channel(0);
  });
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const read = (name: string): string => plainColour(style.getPropertyValue(name).trim());
  return {
    foreground: read('--ep-foreground'),
    muted: read('--ep-muted'),
    grid: read('--ep-grid'),
    surface: read('--ep-surface'),
    accent: read('--ep-accent'),
    font: style.fontFamily,
    dark: isDark(),
    contrast: isContrast(),
  };
}

const plain = new Map<string, string>();

/** Any colour that CSS knows as `#rrggbb`, which pictures outside the page need; what is transparent stays as it is. */
function plainColour(colour: string): string {
  const known = plain.get(colour);
  if (known !== undefined) return known;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [1, 1];
  const context = canvas.getContext('2d')!;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data;
  const result = alpha < 255 ? colour : `#${((red << 16) | (green << 8) | blue).toString(16).padStart(6, '0')}`;
  plain.set(colour, result);
  return result;
}

function isContrast(): boolean {
  const { classList } = document.body;
  return (
    classList.contains('vscode-high-contrast') ||
    classList.contains('vscode-high-contrast-light') ||
    matchMedia('(forced-colors: active)').matches
  );
}

function isDark(): boolean {
  const { classList } = document.body;
  if (classList.contains('vscode-light') || classList.contains('vscode-high-contrast-light')) return false;
  if (classList.contains('vscode-dark') || classList.contains('vscode-high-contrast')) return true;
  return matchMedia('(prefers-color-scheme: dark)').matches;
}

const listeners = new Set<() => void>();
let watching = false;

/** Calls back when the system's or the editor's theme changes, until the function that it returns is called. */
export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  const forget = (): void => void listeners.delete(listener);
  if (watching) return forget;
  watching = true;
  const notify = (): void => listeners.forEach((call) => call());
  for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)'])
    matchMedia(query).addEventListener('change', notify);
  // VS Code says its theme with the body's class and the root's style.
  const observer = new MutationObserver(notify);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
  return forget;
}
