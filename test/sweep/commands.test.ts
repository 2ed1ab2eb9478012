import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PlanFacts } from '../../engine/commands/sweep-text';
import { rowsFolder } from '../../engine/sweep/results';
import { temporaryFolder } from '../run/support/process';
import { bundleEngine } from '../support/engine-bundle';
import { exampleSweep, writeExample } from './support/example';

const home = temporaryFolder();
const workspace = join(home.path, 'workspace');
let engine: Awaited<ReturnType<typeof bundleEngine>>;
let file: string;

beforeAll(async () => {
  engine = await bundleEngine('sweep-commands');
  file = await writeExample(workspace, {
    ...{ ...exampleSweep, finetune: undefined },
    sweep: {
      grid: { seed: [0, 1], 'probe.regularization.count': [2, 3] },
      best: { figure: 'probe.accuracy', method: 'spectral', shift: 'OOD' },
    },
  });
});
afterAll(() => {
  engine.remove();
  home.remove();
});

/** Runs the program to its end; `command` is of a shell, in which "$@" is the program with its arguments. */
function sweep(args: string[], command = '"$@"'): { code: number | null; lines: string[]; stderr: string } {
  const words = [process.execPath, engine.program, 'sweep', ...args];
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command, 'sh', ...words], {
    cwd: workspace,
    encoding: 'utf8',
  });
  return { code: status, lines: stdout.trim().split('\n'), stderr };
}

const json = (line: string | undefined): unknown => JSON.parse(line ?? '');

test('says what would be computed, computes it, and then that it is there', () => {
  const plan = (): PlanFacts => json(sweep([file, '--plan', '--json']).lines[0]) as PlanFacts;
  const before = plan();
  expect(before).toMatchObject({ rows: 4, finishedRows: 0, sharedTasks: 2 });
  expect(before.stages).toContainEqual({ stage: 'pretrain', reads: 4, results: 2, cached: 0 });

  const { code, lines, stderr } = sweep([file, '--json']);
  expect(code, stderr).toBe(0);
  const summary = json(lines.at(-1)) as { type: string; folder: string; best: { ranking: unknown[] } };
  expect(summary).toMatchObject({ type: 'summary', finished: 4, rows: 4 });
  expect(summary.best.ranking).toHaveLength(2);
  for (const name of ['table.csv', 'table.parquet', 'table.md', 'summary.json'])
    expect(existsSync(join(summary.folder, name)), name).toBe(true);
  expect(readFileSync(join(summary.folder, 'table.md'), 'utf8')).toMatch(/± .* \(n = 2\)/);

  const after = plan();
  expect(after.finishedRows).toBe(4);
  for (const { results, cached } of after.stages) expect(cached).toBe(results);
});

test('tells of all rows, or of those first that want to be seen', () => {
  const { task } = (json(sweep(['show', '--json']).lines.join('')) as { rows: { task: string }[] }).rows[2]!;
  rmSync(join(rowsFolder(workspace), `${task}.json`));
  const states = (...more: string[]) =>
    (json(sweep(['show', '--states', '--json', ...more]).lines[0]) as { rows: { row: number; state: string }[] }).rows;
  expect(states().map(({ state }) => state)).toEqual(['finished', 'finished', 'lost', 'finished']);
  expect(states('--most', '2').map(({ row }) => row)).toEqual([2, 0]);
  expect(json(sweep(['list', '--json']).lines.join(''))).toMatchObject([{ total: 4, rows: { finished: 3, lost: 1 } }]);
  // The row's stages are there: it is published again without any computing.
  expect(sweep([file]).code).toBe(0);
});

test('only a cluster goes on by itself', () => {
  expect(sweep([file, '--detach'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^Only a cluster goes on/),
  });
});

test('output that a full disk does not take ends no sweep, and is told of', () => {
  const { code, stderr } = sweep([file, '--json'], '"$@" >/dev/full');
  expect(code).toBe(2);
  expect(stderr).toMatch(/^The disk that holds the output is full/m);
  expect(sweep([file], '"$@" 2>/dev/full').code).toBe(0);
});
