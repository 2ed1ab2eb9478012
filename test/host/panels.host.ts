import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PanelVisit, takeSeatAtPanels } from './support/panel-visit';
import type { Seat } from './support/seat';
import { type Person, until } from './support/person';

const root = process.cwd();
const data = process.env.EIGENPROBE_DATA ?? join(root, '../shared/data');
/** A folder with finished runs to photograph, instead of small ones that are made here. */
const given = process.env.EIGENPROBE_PANEL_WORKSPACE;

interface Study {
  name: string;
  file: string;
  text: string;
}

const training = `
  "encoder": { "architecture": "convnet", "width": 8, "features": 32 },
  "pretrain": { "epochs": 3, "batchSize": 64, "augmentation": "light" },
  "spectrum": { "eigenvectors": 16, "connectivity": { "bootstrap": 20 } },
  "probe": {},
  "transfer": { "sourceOnly": { "epochs": 2 } },
  "finetune": { "methods": ["LP", "FT", "LP-FT"], "learningRates": [0.01], "epochs": 2 }
}
`;

/** The example, and digits of two collections where they are there: small, so that their runs take seconds. */
const studies: Study[] = [
  {
    ...{ name: 'Example', file: 'example.eigenprobe.json' },
    text: `{ "name": "Example", "data": { "folder": "images", "source": "photo", "target": "sketch", "limit": 160 },${training}`,
  },
  ...(existsSync(join(data, 'usps'))
    ? [
        {
          ...{ name: 'Digits', file: 'digits.eigenprobe.json' },
          text: `{ "name": "Digits", "data": { "domains": { "mnist": ${idx('mnist', 'train', 't10k')}, "usps": ${idx('usps', 'usps-train', 'usps-test')} }, "source": "mnist", "target": "usps", "image": { "size": 16, "channels": "gray" }, "limit": 200 },${training}`,
        },
      ]
    : []),
];

function idx(folder: string, train: string, test: string): string {
  const file = (part: string, what: string): string => `"\${EIGENPROBE_DATA}/${folder}/${part}-${what}-ubyte.gz"`;
  return `{ "format": "idx", "images": ${file(train, 'images-idx3')}, "labels": ${file(train, 'labels-idx1')}, "testImages": ${file(test, 'images-idx3')}, "testLabels": ${file(test, 'labels-idx1')} }`;
}

let workspace: string;
let seat: Seat;
let person: Person;
let visit: PanelVisit;

async function makeRuns(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'eigenprobe-panels-'));
  if (given !== undefined) {
    await cp(given, folder, { recursive: true });
    return folder;
  }
  const engine = (...args: string[]): void => {
    const env = { ...process.env, EIGENPROBE_DATA: data };
    const done = spawnSync(process.execPath, ['engine/eigenprobe.mjs', ...args], { cwd: root, env, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`eigenprobe ${args.join(' ')}:\n${done.stdout}${done.stderr}`);
  };
  engine('example', folder);
  for (const { file, text } of studies) {
    await writeFile(join(folder, file), text);
    engine('run', join(folder, file), '--workspace', folder);
  }
  return folder;
}

/** The runs' folders by the names of their studies, newest last. */
async function runFolders(): Promise<Map<string, string>> {
  const runs = join(workspace, '.eigenprobe', 'runs');
  const found = new Map<string, string>();
  for (const name of (await readdir(runs)).sort()) {
    const record = JSON.parse(await readFile(join(runs, name, 'run.json'), 'utf8')) as { study: { name: string } };
    found.set(record.study.name, join(runs, name));
  }
  return found;
}

beforeAll(async () => {
  workspace = await makeRuns();
  seat = await takeSeatAtPanels(workspace, { env: { EIGENPROBE_DATA: data } });
  person = seat.person;
  visit = new PanelVisit(person, workspace);
}, 600_000);

afterAll(async () => {
  await person?.screenshot('panel-end').catch(() => undefined);
  await seat?.leave();
  if (workspace) await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

const kinds = [
  { command: 'Open Eigenvector Clusters', name: 'clusters' },
  { command: 'Open Domain Transfer', name: 'transfer' },
  { command: 'Open Feature Distortion', name: 'distortion' },
  { command: 'Open Training Curves', name: 'live' },
  { command: 'Open Results', name: 'results' },
] as const;

const studyNames =
  given === undefined ? studies.map(({ name }) => name) : process.env.EIGENPROBE_PANEL_STUDIES!.split(',');
describe.each(studyNames)('the panels of %s', (study) => {
  test.each(kinds)('$name opens, has something to show, and passes axe-core', async ({ command, name }) => {
    await visit.open(command, study);
    const panel = person.panel();
    await panel.locator('h1', { hasText: study }).waitFor();
    expect(await panel.locator('.notice.error').allTextContents()).toEqual([]);
    expect(await panel.locator('canvas').count()).toBeGreaterThan(0);
    expect(await visit.inspect(`panel-${study}-${name}`)).toEqual([]);
  });

  test('clusters are recomputed by the engine when k is changed, and stay so over a reload of the window', async () => {
    await visit.open('Open Eigenvector Clusters', study);
    const panel = person.panel();
    const slider = panel.locator('#cluster-count');
    await slider.focus();
    const before = await slider.inputValue();
    await slider.press('ArrowLeft');
    await slider.press('ArrowLeft');
    const wanted = String(Number(before) - 2);
    await panel.getByText('clustered anew by the engine').waitFor();
    expect(await slider.inputValue()).toBe(wanted);
    expect(await panel.locator('.heat-table').first().locator('tbody tr').count()).toBe(Number(wanted));
    const run = (await runFolders()).get(study)!;
    const views = await readdir(join(run, 'views'));
    expect(views.some((name) => name.startsWith('spectrum-'))).toBe(true);
    // By the command, which writes down what panels keep before the page goes.
    await person.page.evaluate(() => (document.documentElement.dataset.before = 'reload'));
    await person.command('Developer: Reload Window');
    await person.page.waitForFunction(() => document.documentElement.dataset.before === undefined);
    await person.panel().getByText('clustered anew by the engine').waitFor();
    expect(await person.panel().locator('#cluster-count').inputValue()).toBe(wanted);
    if (await person.page.locator('.part.sidebar').isVisible()) await person.page.keyboard.press('Control+B');
  });

  test('the plot is walked by keys, a rectangle selects, two samples give a path', async () => {
    await visit.open('Open Eigenvector Clusters', study);
    const panel = person.panel();
    const plot = panel.locator('.scatter canvas').first();
    await plot.focus();
    await plot.press('ArrowRight');
    await panel.locator('.hover-card strong').first().waitFor();
    await plot.press('Enter');
    for (let i = 0; i < 4; i++) await plot.press(i % 2 ? 'ArrowUp' : 'ArrowLeft');
    await plot.press('Enter');
    await panel.locator('.path-strip li').first().waitFor({ timeout: 60_000 });
    await panel.getByRole('button', { name: 'Rectangle' }).click();
    const box = (await plot.boundingBox())!;
    await person.page.mouse.move(box.x + 80, box.y + 30);
    await person.page.mouse.down();
    await person.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 4 });
    await person.page.mouse.move(box.x + box.width - 40, box.y + box.height - 60, { steps: 4 });
    await person.page.mouse.up();
    await panel.getByText(/samples selected\./).waitFor();
    await person.screenshot(`panel-${study}-selection`);
    await panel.locator('select').first().selectOption('umap');
    await until(
      async () => ((await panel.locator('.scatter canvas').first().getAttribute('data-axes')) ?? '').startsWith('UMAP'),
      'UMAP is there',
      150_000,
    );
    await person.screenshot(`panel-${study}-umap`);
  });

  test('figures are saved and copied', async () => {
    await visit.open('Open Domain Transfer', study);
    const panel = person.panel();
    const menu = panel.locator('details.menu').first();
    await menu.locator('summary').click();
    await menu.getByRole('button', { name: 'Save as SVG' }).click();
    const input = person.page.locator('.quick-input-widget:visible input.input');
    await input.waitFor();
    const target = join(workspace, 'accuracy-in-both-domains.svg');
    await until(async () => (await input.inputValue()).endsWith('accuracy-in-both-domains.svg'), 'a name is proposed');
    await person.page.keyboard.press('Enter');
    await until(() => existsSync(target), 'the figure is saved');
    const svg = await readFile(target, 'utf8');
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain('source-only');
    await menu.locator('summary').click();
    await menu.getByRole('button', { name: 'Copy as Markdown' }).click();
    await person.page.locator('.statusbar-item', { hasText: 'Copied' }).waitFor();
    await rm(target);
  });
});
