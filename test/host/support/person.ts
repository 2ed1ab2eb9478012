import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { waitUntil } from '../../support/until';

/** Where screenshots are kept; version control ignores it. */
export const screenshots = join(process.cwd(), '.vscode-test', 'screenshots');
mkdirSync(screenshots, { recursive: true });

/** What someone in front of VS Code does. */
export class Person {
  constructor(
    readonly page: Page,
    private readonly url: string,
  ) {}

  async open(): Promise<void> {
    await this.page.goto(this.url);
    await this.page.locator('.monaco-workbench .activitybar').waitFor({ timeout: 60_000 });
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: join(screenshots, `${name}.png`) });
  }

  /** Runs a command by its name in the palette. The first keys after a start can get lost, so it tries again. */
  async command(name: string): Promise<void> {
    const input = await this.quickInput('F1');
    await input.fill(`>${name}`);
    await this.pick(name);
  }

  /** Names of the commands that the palette offers for some words. */
  async commandsNamed(words: string): Promise<string[]> {
    const input = await this.quickInput('F1');
    await input.fill(`>${words}`);
    const rows = this.page.locator('.quick-input-list .monaco-list-row');
    await rows.first().waitFor();
    // The list draws what is in sight; it is gone through by the keyboard.
    const found = new Set<string>();
    for (let i = 0; i < 60; i++) {
      for (const label of await rows.evaluateAll((all) => all.map((row) => row.getAttribute('aria-label') ?? '')))
        found.add(label.split(',')[0]!);
      await this.page.keyboard.press('ArrowDown');
    }
    await this.page.keyboard.press('Escape');
    return [...found];
  }

  /** Shows the extension's views; a click on the icon of views that are shown would hide them. */
  async openViews(): Promise<void> {
    const views = this.page.locator('.sidebar .pane-header', { hasText: 'Runs' });
    if (!(await views.first().isVisible())) {
      await this.page.locator('.activitybar .action-item a[aria-label^="Eigenprobe"]').click();
      await views.first().waitFor();
    }
  }

  async openFile(name: string): Promise<void> {
    const input = await this.quickInput('Control+P');
    await input.fill(name);
    await this.pick(name);
    await this.page.locator('.tabs-container .tab.active', { hasText: name }).first().waitFor();
  }

  async pick(text: string): Promise<void> {
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first().click();
  }

  /** A notification, as it comes up or, where it has folded itself away, in the list of them all. */
  async notification(text: string | RegExp): Promise<Locator> {
    const item = this.page.locator('.notification-list-item', { hasText: text }).first();
    for (let attempt = 0; attempt < 10; attempt++) {
      try {
        await item.waitFor({ timeout: 6000 });
        break;
      } catch {
        await this.command('Notifications: Show Notifications');
      }
    }
    await item.waitFor();
    return item;
  }

  /** The page inside the panel that is in front. */
  panel(): FrameLocator {
    return this.page.frameLocator('iframe.webview:visible').frameLocator('#active-frame');
  }

  /** Texts that decorations put behind lines. */
  endOfLines(): Promise<string[]> {
    return this.page.evaluate(() =>
      [...document.querySelectorAll('.view-lines .view-line span')]
        .map((element) => getComputedStyle(element, '::after').content)
        .filter((content) => content !== 'none' && content !== 'normal' && content.length > 2),
    );
  }

  private async quickInput(key: string) {
    const input = this.page.locator('.quick-input-widget:visible input.input');
    for (let attempt = 0; ; attempt++) {
      await this.page.keyboard.press(key);
      try {
        await input.waitFor({ timeout: 2000 });
        return input;
      } catch (error) {
        if (attempt === 10) throw error;
      }
    }
  }
}

interface WrittenRun {
  id: string;
  state: string;
  study: string;
  pid: number;
}

/** The runs of a workspace as their directories say. */
export function writtenRuns(workspace: string): WrittenRun[] {
  const runs = join(workspace, '.eigenprobe', 'runs');
  let names: string[] = [];
  try {
    names = readdirSync(runs);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      const record = JSON.parse(readFileSync(join(runs, name, 'run.json'), 'utf8')) as {
        id: string;
        state: string;
        study: { name: string };
        process: { pid: number };
      };
      return [{ id: record.id, state: record.state, study: record.study.name, pid: record.process.pid }];
    } catch {
      return [];
    }
  });
}

/** Waits until something is so. */
export const until = <T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  timeoutMs = 60_000,
): Promise<T> => waitUntil(look, what, { timeoutMs, pauseMs: 100 });

/** Pids of the extension hosts below a server: its process group has them all. */
export function extensionHosts(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        return Number(fields[2]) === group && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('extensionHost');
      } catch {
        return false;
      }
    });
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
