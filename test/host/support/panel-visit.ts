import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ServerOptions } from '../../../scripts/support/code-host.mjs';
import { until, type Person } from './person';
import { takeSeat, type Seat } from './seat';

const axeSource = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const themes = [
  { name: 'light', label: 'Default Light Modern' },
  { name: 'dark', label: 'Default Dark Modern' },
  { name: 'contrast', label: 'Default High Contrast' },
] as const;

/** Pictures in every theme and width take minutes; they are taken when they are asked for, else light and wide ones. */
export const takesAll = process.env.EIGENPROBE_PHOTOGRAPHS === 'all';

/** Opens a workspace with nothing beside its editors, in the light theme. */
export async function takeSeatAtPanels(workspace: string, options: ServerOptions = {}): Promise<Seat> {
  await mkdir(join(workspace, '.vscode'), { recursive: true });
  await writeFile(
    join(workspace, '.vscode', 'settings.json'),
    JSON.stringify({ 'workbench.colorTheme': themes[0].label }),
  );
  const seat = await takeSeat(workspace, { ...options, viewport: { width: 1400, height: 1000 } });
  // The palette knows the commands once the extension is there.
  await seat.person.page.locator('.activitybar .action-item a[aria-label="Eigenprobe"]').waitFor();
  await seat.person.page.keyboard.press('Control+B');
  return seat;
}

/** Someone who looks at panels. */
export class PanelVisit {
  constructor(
    private readonly person: Person,
    private readonly workspace: string,
  ) {}

  /** Opens a panel of the run that is listed first among those that the words fit, and waits for what it shows. */
  async open(command: string, words: string): Promise<void> {
    const { person } = this;
    await person.command('View: Close All Editors');
    await person.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    await person.command(`Eigenprobe: ${command}`);
    const input = person.page.locator('.quick-input-widget:visible input.input');
    await input.fill(words);
    await person.pick(words);
    await this.read();
  }

  /** Waits until the panel in front has read what it shows. */
  async read(): Promise<void> {
    const panel = this.person.panel();
    await panel.locator('.panel, .empty, .cards').first().waitFor();
    await until(async () => (await panel.locator('[aria-busy="true"]').count()) === 0, 'everything is read');
  }

  async setTheme(label: string): Promise<void> {
    await writeFile(
      join(this.workspace, '.vscode', 'settings.json'),
      JSON.stringify({ 'workbench.colorTheme': label }),
    );
    const wanted = label.includes('Contrast') ? 'hc-black' : label.includes('Dark') ? 'vs-dark' : 'vs';
    await this.person.page.locator(`.monaco-workbench.${wanted}`).waitFor();
  }

  /** Photographs the panel in front in each theme and width, and gives what axe-core finds wrong in it. */
  async inspect(name: string): Promise<string[]> {
    const found: string[] = [];
    for (const { name: theme, label } of takesAll ? themes : themes.slice(0, 1)) {
      await this.setTheme(label);
      for (const width of takesAll ? [1400, 800] : [1400]) await this.photograph(`${name}-${theme}`, width);
      found.push(...(await this.violations()).map((violation) => `${theme}: ${violation}`));
    }
    await this.person.page.setViewportSize({ width: 1400, height: 1000 });
    await this.setTheme(themes[0].label);
    return found;
  }

  /** What axe-core finds wrong in the page of the panel in front. */
  async violations(): Promise<string[]> {
    const frame = this.person.page
      .frames()
      .filter((one) => one.name() === 'active-frame' || one.url().includes('fake.html'))
      .at(-1)!;
    // The page's policy forbids scripts from elsewhere; what the debugger evaluates is not held to it.
    await frame.evaluate(await axeSource);
    return (await frame.evaluate(
      `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, impact, nodes }) => id + ' (' + impact + '): ' + nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 160) + ' — ' + failureSummary.replaceAll('\\n', ' ').slice(0, 200)).join(' | ')))`,
    )) as string[];
  }

  /** Photographs the panel in front from top to bottom. */
  async photograph(name: string, width: number): Promise<void> {
    const { person } = this;
    await person.page.setViewportSize({ width, height: 1000 });
    const scroller = person.panel().locator('html');
    const height = await scroller.evaluate((element) => element.scrollHeight);
    const step = await scroller.evaluate((element) => element.clientHeight);
    const pages = Math.min(6, Math.ceil(height / step));
    for (let i = 0; i < pages; i++) {
      await scroller.evaluate((element, top) => element.ownerDocument.defaultView!.scrollTo(0, top), i * (step - 60));
      await new Promise((resolve) => setTimeout(resolve, 150));
      await person.screenshot(`${name}-${width}-${i + 1}`);
    }
    await scroller.evaluate((element) => element.ownerDocument.defaultView!.scrollTo(0, 0));
  }
}
