import { h } from './dom';
import { exporter, fileName } from './export';
import { toCsv, toMarkdown, type TableData } from './table';

export interface PlotMenu {
  title: string;
  png: () => Promise<Blob | undefined>;
  svg: () => string | undefined;
  table: () => TableData;
}

/** What can be taken along from a plot. */
export function plotMenu({ title, png, svg, table }: PlotMenu): HTMLElement {
  const item = (text: string, act: () => unknown): HTMLElement => {
    const button = h('button', { type: 'button' }, text);
    button.addEventListener('click', () => {
      menu.open = false;
      act();
    });
    return button;
  };
  const save = (extension: string, content: Blob | undefined): void => {
    if (content) void exporter().save(fileName(title, extension), content);
  };
  const menu = h(
    'details',
    { class: 'menu' },
    h('summary', { 'aria-label': `Export: ${title}`, title: 'Export' }, '⋯'),
    h(
      'div',
      { class: 'menu-items' },
      item('Save as PNG', async () => save('png', await png())),
      item('Save as SVG', () => {
        const text = svg();
        save('svg', text === undefined ? undefined : new Blob([text], { type: 'image/svg+xml' }));
      }),
      item('Save as CSV', () => save('csv', new Blob([toCsv(table())], { type: 'text/csv' }))),
      item('Copy as Markdown', () => exporter().copy(toMarkdown(table()))),
    ),
  );
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return;
    menu.open = false;
    menu.querySelector('summary')?.focus();
  });
  menu.addEventListener('focusout', (event) => {
    if (!(event.relatedTarget instanceof Node) || !menu.contains(event.relatedTarget)) menu.open = false;
  });
  return menu;
}

/** A canvas on a ground, as PNG. */
export function canvasPng(canvas: HTMLCanvasElement, background: string): Promise<Blob | undefined> {
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext('2d')!;
  context.fillStyle = background;
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  return new Promise((resolve) => copy.toBlob((blob) => resolve(blob ?? undefined)));
}
