import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PanelVisit, takeSeatAtPanels } from './support/panel-visit';
import type { Seat } from './support/seat';
import { type Person, until, writtenRuns } from './support/person';

const root = process.cwd();

const parts = {
  encoder: '"encoder": { "architecture": "convnet", "width": 8, "features": 32 }',
  pretrain: '"pretrain": { "epochs": 2, "batchSize": 64, "augmentation": "light" }',
  measured: '"spectrum": { "eigenvectors": 12, "connectivity": { "bootstrap": 20 } }, "probe": {}',
  transfer: '"transfer": { "sourceOnly": { "epochs": 1 } }',
  finetune: '"finetune": { "methods": ["LP", "FT", "LP-FT"], "learningRates": [0.01], "epochs": 1 }',
};

function studyOf(name: string, pair: [string, string], ...more: string[]): string {
  const data = `"data": { "folder": "images", "source": "${pair[0]}", "target": "${pair[1]}", "limit": 120 }`;
  return `{ ${[`"name": "${name}"`, data, ...more].join(',\n  ')} }\n`;
}

const pair: [string, string] = ['photo', 'sketch'];
const studies = {
  empty: studyOf('Empty', pair, parts.encoder),
  failed: studyOf(
    ...(['Failed', pair, parts.encoder, parts.pretrain, parts.measured, parts.transfer] as const),
    parts.finetune.replace('0.01', '1e5'),
  ),
  endless: studyOf(
    ...(['Endless', pair, parts.encoder] as const),
    parts.pretrain.replace('"epochs": 2', '"epochs": 100000'),
  ),
  partial: studyOf(
    ...(['Partial', pair, parts.encoder, parts.pretrain, parts.measured, parts.transfer] as const),
    parts.finetune.replace('"epochs": 1', '"epochs": 100000'),
  ),
  swept: studyOf(
    ...(['Swept', pair, parts.encoder, parts.pretrain, parts.measured, parts.transfer, parts.finetune] as const),
    `"sweep": { "grid": { "seed": [0, 1, 2], "pretrain.epochs": [1, 2] },
      "list": [{ "data.source": "photo", "data.target": "sketch" }, { "data.source": "sketch", "data.target": "photo" }] }`,
  ),
};

let workspace: string;
let seat: Seat;
let person: Person;
let visit: PanelVisit;
const children = new Set<ChildProcess>();

const file = (name: keyof typeof studies): string => join(workspace, `${name}.eigenprobe.json`);

/** Runs the engine to its end, and is content with one exit code. */
function engine(args: string[], wanted = 0): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['engine/eigenprobe.mjs', ...args], {
    ...{ cwd: root, encoding: 'utf8' },
  });
  if (status !== wanted) throw new Error(`eigenprobe ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
}

/** Starts a run that goes on until it is cancelled, and waits until it has come to a stage. */
async function start(name: 'endless' | 'partial', stage: string): Promise<void> {
  const child = spawn(process.execPath, ['engine/eigenprobe.mjs', 'run', file(name), '--workspace', workspace], {
    ...{ cwd: root, stdio: ['ignore', 'ignore', 'pipe'] as const },
  });
  children.add(child);
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  await until(() => said.includes(`${stage}: `) && /loss/.test(said.split(`${stage}: `).at(-1)!), `${stage} goes on`);
}

async function cancel(): Promise<void> {
  engine(['cancel', 'latest', '--workspace', workspace]);
  await until(() => writtenRuns(workspace).every(({ state }) => state !== 'running'), 'the run has stopped');
}

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'eigenprobe-states-'));
  engine(['example', workspace]);
  for (const [name, text] of Object.entries(studies)) await writeFile(file(name as keyof typeof studies), text);
  engine(['run', file('empty'), '--workspace', workspace]);
  engine(['run', file('failed'), '--workspace', workspace], 2);
  engine(['sweep', file('swept'), '--workspace', workspace]);
  seat = await takeSeatAtPanels(workspace);
  person = seat.person;
  visit = new PanelVisit(person, workspace);
}, 600_000);

afterAll(async () => {
  await person?.screenshot('states-end').catch(() => undefined);
  await seat?.leave();
  if (workspace) await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

// One that a test left behind would take the machine from the next.
afterEach(() => {
  for (const child of children) child.kill();
  children.clear();
});

const panels = [
  { command: 'Open Eigenvector Clusters', name: 'clusters' },
  { command: 'Open Domain Transfer', name: 'transfer' },
  { command: 'Open Feature Distortion', name: 'distortion' },
  { command: 'Open Training Curves', name: 'live' },
  { command: 'Open Results', name: 'results' },
] as const;

describe('a run that has nothing for a panel', () => {
  test.each([
    [panels[0], 'No clusters yet'],
    [panels[1], 'No transfer yet'],
    [panels[2], 'Nothing was fine-tuned yet'],
    [panels[3], 'No curves yet'],
  ])('is told so, with what to add: %o', async ({ command, name }, title) => {
    await visit.open(command, 'Empty');
    expect(await person.panel().locator('.empty h2').textContent()).toBe(title);
    expect(await visit.inspect(`state-empty-${name}`)).toEqual([]);
  });
});

describe('a panel that waits for the engine', () => {
  test('says what it waits for, and shows it then', async () => {
    await visit.open('Open Eigenvector Clusters', 'Swept');
    const panel = person.panel();
    await panel.getByLabel('Place by').selectOption('umap');
    await panel.getByText('Computing UMAP …').waitFor();
    await person.screenshot('state-loading');
    await until(
      async () => (await panel.locator('.scatter canvas').first().getAttribute('data-axes'))?.startsWith('UMAP'),
      'UMAP is there',
    );
    expect(await panel.getByText('Computing UMAP …').count()).toBe(0);
  });
});

describe('a run that failed', () => {
  test.each(panels.slice(1))('shows why, and what its stages found: $name', async ({ command, name }) => {
    await visit.open(command, 'Failed');
    await person.panel().locator('.notice.error, .runs .error').first().waitFor();
    expect(await visit.inspect(`state-failed-${name}`)).toEqual([]);
  });
});

describe('a run that goes on', () => {
  test('shows curves, speed and time left while it trains, and that it was cancelled when it was', async () => {
    await start('endless', 'pretrain');
    await visit.open('Open Training Curves', 'Endless');
    const panel = person.panel();
    await panel.locator('canvas').first().waitFor();
    await panel.getByRole('progressbar').waitFor();
    expect(await visit.inspect('state-running-live')).toEqual([]);
    await visit.open('Open Eigenvector Clusters', 'Endless');
    await panel.locator('.empty h2', { hasText: 'No clusters yet' }).waitFor();
    expect(await visit.inspect('state-running-clusters')).toEqual([]);
    await visit.open('Open Training Curves', 'Endless');
    await cancel();
    await panel.locator('.cards').getByText('cancelled').waitFor();
    expect(await visit.inspect('state-cancelled-live')).toEqual([]);
  });

  test('shows the stages that have ended, before and after it is cancelled', async () => {
    await start('partial', 'finetune');
    await visit.open('Open Domain Transfer', 'Partial');
    const panel = person.panel();
    await panel.locator('.notice', { hasText: 'The run goes on' }).waitFor();
    await panel.locator('canvas').first().waitFor();
    expect(await visit.inspect('state-running-transfer')).toEqual([]);
    await visit.open('Open Feature Distortion', 'Partial');
    await panel.locator('.empty', { hasText: 'has not come to its end yet' }).waitFor();
    await visit.open('Open Domain Transfer', 'Partial');
    await cancel();
    await panel.locator('.notice', { hasText: 'cancelled' }).waitFor();
    expect(await panel.locator('canvas').count()).toBeGreaterThan(0);
    expect(await visit.inspect('state-cancelled-transfer')).toEqual([]);
    await visit.open('Open Feature Distortion', 'Partial');
    await panel.locator('.empty', { hasText: 'did not come to its end' }).waitFor();
    expect(await visit.inspect('state-cancelled-distortion')).toEqual([]);
  });
});

describe('a row of a sweep', () => {
  test('has means over seeds, the matrix of all pairs, and its own figures when they are chosen', async () => {
    await visit.open('Open Domain Transfer', 'Swept');
    const panel = person.panel();
    const choice = panel.getByLabel('Figures', { exact: true });
    expect(await choice.locator('option:checked').textContent()).toBe('mean over 3 seeds');
    await panel.getByText('Means over 3 seeds; whiskers').first().waitFor();
    expect(await panel.locator('.heat .aside').first().textContent()).toMatch(/^± \d+\.\d$/);
    expect(await visit.inspect('sweep-transfer')).toEqual([]);
    await choice.selectOption('run');
    await panel.getByText('Whiskers: 95 % interval over the test samples.').waitFor();
  });

  test('has the advantage map of its sweep', async () => {
    await visit.open('Open Feature Distortion', 'Swept');
    const panel = person.panel();
    await panel.getByRole('heading', { name: 'Advantage over the sweep' }).waitFor();
    expect(await panel.locator('.map-cell .aside').first().textContent()).toMatch(/^± /);
    expect(await visit.inspect('sweep-distortion')).toEqual([]);
  });

  test('is compared with the others by setting, or run by run', async () => {
    await person.command('View: Close All Editors');
    await person.command('Eigenprobe: Open Results of Sweep');
    await visit.read();
    const panel = person.panel();
    expect(await panel.locator('.runs > li').count()).toBe(4);
    await panel.locator('td', { hasText: '±' }).first().waitFor();
    await panel.locator('.runs').getByText('Set as Baseline').first().click();
    await panel.locator('.difference').first().waitFor();
    expect(await visit.inspect('sweep-results')).toEqual([]);
    await panel.getByLabel('Columns').selectOption('runs');
    expect(await panel.locator('.runs > li').count()).toBe(12);
    expect(await visit.inspect('sweep-runs')).toEqual([]);
  });
});
