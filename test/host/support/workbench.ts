import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import {
  chromiumFlags,
  findChromium,
  startServer,
  workbenchUrl,
  type CodeHost,
} from '../../../scripts/support/code-host.mjs';

export interface SuiteResults {
  done: boolean;
  tests: number;
  failures: number;
  outcomes: { title: string; seconds: number; error?: string }[];
}

/** A browser of its own, without a window, that forgets everything. */
export async function openBrowser(size = { width: 1440, height: 900 }): Promise<{
  context: BrowserContext;
  close: () => Promise<void>;
}> {
  const profile = await mkdtemp(join(tmpdir(), 'eigenprobe-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    args: chromiumFlags,
    ignoreDefaultArgs: ['--enable-automation'],
    viewport: size,
    reducedMotion: 'reduce',
  });
  // A machine that has other work to do is slow, not broken.
  context.setDefaultTimeout(1000 * Number(process.env.EIGENPROBE_HOST_PATIENCE ?? 90));
  return {
    context,
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

export interface SuiteOptions {
  host: CodeHost;
  workspace: string;
  /** The extension's folder, which the window runs from its sources' bundle. */
  development: string;
  /** The bundle of the suite. */
  suite: string;
  extensions?: string;
  env?: Record<string, string>;
  timeoutMs: number;
}

/** Runs the suite inside a window. Rejects where the window does not come to its end in time. */
export async function runSuite(options: SuiteOptions): Promise<SuiteResults> {
  const folder = await mkdtemp(join(tmpdir(), 'eigenprobe-suite-'));
  const results = join(folder, 'results.json');
  const env = { ...options.env, EIGENPROBE_HOST_RESULTS: results };
  const server = await startServer(options.host, { env, extensions: options.extensions });
  const browser = await openBrowser();
  try {
    const page = browser.context.pages()[0] ?? (await browser.context.newPage());
    const ended = suiteEnd(page, options.timeoutMs);
    await page.goto(
      workbenchUrl(server, options.workspace, { development: options.development, suite: options.suite }),
    );
    await ended;
    return JSON.parse(await readFile(results, 'utf8')) as SuiteResults;
  } catch (error) {
    const sofar = await readFile(results, 'utf8').catch(() => 'none');
    throw new Error(`${error instanceof Error ? error.message : String(error)}\nResults: ${sofar}`, { cause: error });
  } finally {
    await browser.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function suiteEnd(page: Page, timeoutMs: number): Promise<void> {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const log: string[] = [];
  await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
    log.push(`${type}: ${args.map(String).join(' ')}`);
  });
  await page.exposeFunction('codeAutomationExit', () => end());
  const late = new Promise<never>((_, reject) => {
    const fail = (): void => reject(new Error(`The suite did not end in time.\n${log.slice(-20).join('\n')}`));
    setTimeout(fail, timeoutMs).unref();
  });
  return Promise.race([ended, late]);
}
