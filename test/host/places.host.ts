import { chmodSync, cpSync, readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  installCodeHost,
  startServer,
  workbenchUrl,
  type CodeHost,
  type CodeServer,
} from '../../scripts/support/code-host.mjs';
import { runByHand } from './support/engine';
import { Person, writtenRuns } from './support/person';
import { openBrowser } from './support/workbench';
import { studyName, writeWorkspace } from './support/workspace';

// Places where less than everything can be done: each is said in a sentence, and the rest goes on.
const harness = join(process.cwd(), 'test/host/harness');
let host: CodeHost;
let workspace: string;
let scratch: string;
let browser: Awaited<ReturnType<typeof openBrowser>>;
let server: CodeServer | undefined;

beforeAll(async () => {
  host = await installCodeHost(process.env.EIGENPROBE_HOST_VERSION);
  workspace = await writeWorkspace();
  runByHand(workspace, studyName);
  scratch = await mkdtemp(join(tmpdir(), 'eigenprobe-places-'));
  browser = await openBrowser();
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
});
afterAll(async () => {
  await browser?.close();
  for (const folder of [workspace, scratch]) {
    openAgain(folder);
    await rm(folder, { recursive: true, force: true });
  }
});

async function personIn(url: string): Promise<Person> {
  const page = await browser.context.newPage();
  return new Person(page, url);
}

async function openRuns(person: Person): Promise<void> {
  await person.openViews();
  await person.page.locator('.pane .monaco-list-row[aria-label*="finished"]').first().waitFor();
}

/** Opens the newest run's results and waits for its table. */
async function readResults(person: Person): Promise<void> {
  await person.page.locator('.pane .monaco-list-row[aria-label*="finished"]').first().click();
  await person.panel().locator('section td', { hasText: '36' }).first().waitFor();
}

const said = (person: Person, text: string | RegExp): Promise<unknown> => person.notification(text);

test('a workspace that is not trusted can be read, and nothing runs in it', async () => {
  server = await startServer(host, { trust: false });
  const person = await personIn(workbenchUrl(server, workspace, { development: process.cwd() }));
  await person.open();
  await person.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
  // Newer versions restrict a folder without asking.
  const refusal = person.page.locator('.monaco-dialog-box .monaco-button', { hasText: 'No' });
  await refusal.waitFor({ timeout: 8000 }).catch(() => undefined);
  if (await refusal.isVisible()) await refusal.click();
  await openRuns(person);
  await readResults(person);
  await person.screenshot('20-untrusted');
  const offered = await person.commandsNamed('Eigenprobe:');
  expect(offered).toContain('Eigenprobe: Open Results');
  for (const name of ['Run Study', 'Generate the Example', 'Delete Run', 'Run Again'])
    expect(offered).not.toContain(`Eigenprobe: ${name}`);
  // A lens is no menu, and asks for trust.
  await person.openFile(studyName);
  await person.page.locator('.codelens-decoration a', { hasText: 'Run study' }).first().click();
  await said(person, 'Trust the workspace first');
  expect(writtenRuns(workspace)).toHaveLength(1);
  await person.page.close();
});

test('a folder without permission to write is said so, and its results can be read', async () => {
  const folder = join(scratch, 'read-only');
  cpSync(workspace, folder, { recursive: true });
  closeForAll(folder);
  // Permissions do not bind the administrator, who therefore lets somebody else run the editor.
  const uid = process.getuid?.() === 0 ? 65_534 : undefined;
  chmodSync(scratch, 0o755);
  server = await startServer(host, { uid });
  const person = await personIn(workbenchUrl(server, folder, { development: process.cwd() }));
  await person.open();
  await openRuns(person);
  await readResults(person);
  await person.openFile(studyName);
  await person.page.locator('.codelens-decoration a', { hasText: 'Run study' }).first().click();
  await said(person, /no permission/i);
  await person.screenshot('21-read-only');
  await person.command('Notifications: Clear All Notifications');
  await person.command('Eigenprobe: New Study');
  const input = person.page.locator('.quick-input-widget:visible');
  for (const text of ['images', 'sketch']) {
    await input.locator('.monaco-list-row', { hasText: text }).first().click();
  }
  await input.getByText('What shall the study be called?').waitFor();
  await person.page.keyboard.press('Enter');
  await said(person, 'There is no permission to change');
  expect(writtenRuns(folder)).toHaveLength(1);
  await person.page.close();
});

/** The extension as it is installed, without its engine: a folder of extensions. */
async function crippled(): Promise<string> {
  const extensions = join(scratch, 'extensions');
  const folder = join(extensions, 'eigenprobe.eigenprobe-0.1.0');
  await mkdir(folder, { recursive: true });
  for (const path of ['package.json', 'package.nls.json', 'extension/media', 'dist/extension', 'dist/webview'])
    cpSync(join(process.cwd(), path), join(folder, path), { recursive: true });
  return extensions;
}

test('a missing engine is said in a sentence, and results can be read', async () => {
  server = await startServer(host, { extensions: await crippled() });
  const person = await personIn(workbenchUrl(server, workspace, { development: harness }));
  await person.open();
  await openRuns(person);
  await readResults(person);
  await person.openFile(studyName);
  await person.page.locator('.codelens-decoration a', { hasText: 'Run study' }).first().click();
  await said(person, /The engine .*main\.mjs is missing; install the extension again/);
  await person.screenshot('22-no-engine');
  expect(writtenRuns(workspace)).toHaveLength(1);
  await person.command('Notifications: Clear All Notifications');
  // A language model's run goes the same way, once a person has agreed.
  const dialog = person.page.locator('.monaco-dialog-box');
  await person.command('Harness: Start Run');
  await dialog.getByText('It computes on this machine').waitFor();
  await person.screenshot('22-agree');
  await dialog.locator('.monaco-button', { hasText: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await person.page.locator('.notification-list-item', { hasText: 'is missing' }).count()).toBe(0);
  await person.command('Harness: Start Run');
  await dialog.locator('.monaco-button', { hasText: 'Yes' }).click();
  await said(person, 'is missing; install the extension again');
  await person.page.close();
});

test('a virtual workspace can be read; running asks for a disk', async () => {
  server = await startServer(host, {
    extensions: await crippled(),
    env: { EIGENPROBE_HOST_VIRTUAL: workspace },
  });
  const url = workbenchUrl(server, 'eigenprobe-test:/', { development: harness });
  const person = await personIn(url);
  await person.open();
  await openRuns(person);
  await readResults(person);
  await person.screenshot('23-virtual');
  await person.page.locator('.activitybar .action-item a[aria-label^="Explorer"]').click();
  await person.page.locator('.explorer-folders-view .monaco-list-row', { hasText: studyName }).first().dblclick();
  await person.page.locator('.codelens-decoration a', { hasText: 'Run study' }).first().click();
  await said(person, 'lies in a virtual workspace');
  await person.page.close();
});

test('a folder without studies does not wake the extension; its view then says how to begin', async () => {
  server = await startServer(host, { extensions: await crippled() });
  const empty = join(scratch, 'empty');
  await mkdir(empty);
  await writeFile(join(empty, 'notes.txt'), 'nothing of ours');
  const person = await personIn(workbenchUrl(server, empty, { development: harness }));
  await person.open();
  await person.openFile('notes.txt');
  await person.command('Harness: Is It Active');
  await said(person, 'It sleeps.');
  await person.openViews();
  const welcome = person.page.locator('.welcome-view-content');
  await welcome.getByText('No runs yet').first().waitFor();
  await person.page.locator('.welcome-view .monaco-button', { hasText: 'Generate the Example' }).waitFor();
  await person.screenshot('24-welcome');
  await person.page.keyboard.press('Escape');
  await person.command('Harness: Is It Active');
  await said(person, 'It is awake.');
  await person.page.close();
});

function eachPath(folder: string): string[] {
  return [folder, ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))];
}

function closeForAll(folder: string): void {
  for (const path of eachPath(folder).reverse()) chmodSync(path, statSync(path).isDirectory() ? 0o555 : 0o444);
}

function openAgain(folder: string): void {
  for (const path of eachPath(folder)) if (statSync(path).isDirectory()) chmodSync(path, 0o755);
}
