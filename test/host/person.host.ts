import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { extensionHosts, isRunning, type Person, until, writtenRuns } from './support/person';
import { takeSeat, type Seat } from './support/seat';
import { studyName, studyText, writeWorkspace } from './support/workspace';

const longName = 'long.eigenprobe.json';
/** Trains for minutes, so that there is time to reload the window, and writes checkpoints often. */
const longText = `{
  "name": "Long",
  "data": { "folder": "images", "source": "sketch", "target": "photo" },
  "encoder": { "architecture": "convnet", "width": 4, "features": 16 },
  "pretrain": {
    "epochs": 20000,
    "batchSize": 16,
    "projection": { "hidden": 16, "output": 8 },
    "checkpointSteps": 5
  },
  "probe": {}
}
`;

let workspace: string;
let seat: Seat;
let person: Person;

beforeAll(async () => {
  workspace = await writeWorkspace();
  await writeFile(join(workspace, longName), longText);
  seat = await takeSeat(workspace);
  person = seat.person;
});

afterAll(async () => {
  await person?.screenshot('99-end').catch(() => undefined);
  await seat?.leave();
  for (const { state, pid } of writtenRuns(workspace))
    if (state === 'running' && isRunning(pid)) process.kill(pid, 'SIGKILL');
  await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

const runOf = (study: string, state: string) =>
  writtenRuns(workspace).find((run) => run.study === study && run.state === state);

test('opens a study, runs it by the lens above it and reads the result beside the line', async () => {
  await person.openFile(studyName);
  const lens = person.page.locator('.codelens-decoration a', { hasText: 'Run study' });
  await lens.first().waitFor({ timeout: 60_000 });
  await person.screenshot('01-study');
  await lens.first().click();
  await until(() => runOf('Shapes', 'finished'), 'the run has finished');
  const texts = await until(async () => {
    const all = await person.endOfLines();
    return all.some((text) => text.includes('samples')) && all;
  }, 'the result stands at the end of its line');
  expect(texts.some((text) => text.includes('stale'))).toBe(false);
  await person.screenshot('02-end-of-line');
});

test('opens the result under the block, and sees it marked stale while typing', async () => {
  await person.page.locator('.codelens-decoration a', { hasText: 'Result' }).first().click();
  const panel = person.page.locator('.review-widget');
  await panel.locator('img').first().waitFor();
  const drawn = await panel
    .locator('img')
    .first()
    .evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth));
  expect(drawn).toBeGreaterThan(100);
  await person.screenshot('03-panel-under-block');
  await person.page.locator('.view-line', { hasText: '"seed"' }).click();
  await person.page.keyboard.press('End');
  await person.page.keyboard.press('ArrowLeft');
  await person.page.keyboard.type('1');
  await panel.getByText('Stale').first().waitFor();
  await person.screenshot('04-stale');
  await person.page.keyboard.press('Control+Z');
  await until(async () => (await panel.getByText('Stale').count()) === 0, 'no longer stale');
  await person.page.keyboard.press('Control+S');
});

test('sees the run and its data in the explorer', async () => {
  await person.openViews();
  const runs = person.page.locator('.pane', { hasText: 'Runs' }).first();
  await runs.locator('.monaco-list-row', { hasText: 'Shapes' }).first().waitFor();
  await person.page
    .locator('.monaco-list-row', { hasText: /^sketch/ })
    .first()
    .click();
  await person.page.locator('.monaco-list-row', { hasText: /^disc/ }).first().waitFor();
  await person.screenshot('05-explorer');
});

test('reloads the window in the middle of a run, which goes on and is shown again', async () => {
  await person.openFile(longName);
  await person.page.locator('.codelens-decoration a', { hasText: 'Run study' }).first().waitFor();
  await person.command('Eigenprobe: Run Study');
  const { pid } = await until(() => runOf('Long', 'running'), 'the long run is there');
  const status = person.page
    .locator('.statusbar-item', { hasText: 'Long: pretrain' })
    .or(person.page.locator('.statusbar-item', { hasText: 'Long pretrain' }));
  await status.first().waitFor({ timeout: 60_000 });
  await person.screenshot('06-running');
  await person.open();
  expect(isRunning(pid)).toBe(true);
  await status.first().waitFor({ timeout: 60_000 });
  expect(runOf('Long', 'running')?.pid).toBe(pid);
  await person.screenshot('07-after-reload');
});

test('loses nothing when the extension host is killed', async () => {
  const { pid, id } = runOf('Long', 'running')!;
  const events = join(workspace, '.eigenprobe', 'runs', id, 'events.jsonl');
  const [host] = extensionHosts(seat.server.group);
  expect(host).toBeDefined();
  process.kill(host!, 'SIGKILL');
  const before = (await readFile(events)).length;
  await until(async () => (await readFile(events)).length > before, 'the engine goes on writing');
  expect(isRunning(pid)).toBe(true);
  await person.open();
  await person.page.locator('.statusbar-item', { hasText: 'Long pretrain' }).first().waitFor({ timeout: 60_000 });
});

test('cancels a run in its notification and resumes it', async () => {
  const { id } = runOf('Long', 'running')!;
  await (await person.notification('Long')).getByRole('button', { name: 'Cancel' }).click();
  await until(() => runOf('Long', 'cancelled'), 'the run is cancelled');
  await person.screenshot('08-cancelled');
  await person.command('Eigenprobe: Resume Run');
  const resumed = await until(() => runOf('Long', 'running'), 'the run goes on');
  expect(resumed.id).toBe(id);
  await person.command('Eigenprobe: Cancel Run');
  await until(() => runOf('Long', 'cancelled'), 'the run is cancelled again');
});

test('compares runs in a panel', async () => {
  const finished = (): number =>
    writtenRuns(workspace).filter((run) => run.study === 'Shapes' && run.state === 'finished').length;
  while (finished() < 2) {
    const count = finished();
    await writeFile(join(workspace, studyName), studyText.replace('"seed": 3', `"seed": ${8 + count}`));
    await person.openFile(studyName);
    await person.command('Eigenprobe: Run Study');
    await until(() => finished() > count, 'one more run is there');
  }
  await person.command('Notifications: Clear All Notifications');
  await person.command('Eigenprobe: Compare Runs');
  await person.page.locator('.quick-input-widget:visible input.input').fill('Shapes');
  const rows = person.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Shapes' });
  await rows.nth(1).click();
  await rows.nth(0).click();
  await person.page.keyboard.press('Enter');
  const panel = person.panel();
  await panel.locator('canvas').first().waitFor();
  await panel.locator('section td', { hasText: '36' }).first().waitFor();
  expect(await panel.locator('vscode-badge').count()).toBe(2);
  await person.screenshot('09-compare');
});
