import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRun } from '../../engine/run/directory';
import { readMarks, readResult } from '../../engine/sweep/results';
import { listSweeps, loadSweep, readSubmissions } from '../../engine/sweep/store';
import { startChild, temporaryFolder } from '../run/support/process';
import { bundleEngine } from '../support/engine-bundle';
import { copyExample, writeExample } from './support/example';
import { LocalSlurm, until } from './support/slurm';

const home = temporaryFolder();
let engine: Awaited<ReturnType<typeof bundleEngine>>;
let slurm: LocalSlurm | undefined;

beforeAll(async () => {
  mkdirSync(join(home.path, 'slurm'));
  [engine, slurm] = await Promise.all([bundleEngine('sweep-slurm'), LocalSlurm.start(join(home.path, 'slurm'))]);
});
afterAll(async () => {
  await slurm?.stop();
  engine.remove();
  home.remove();
});

const sweep = (args: string[]) =>
  startChild(engine.program, ['sweep', ...args], { env: { ...process.env, ...slurm!.environment } });

test(
  'a sweep of 24 rows on a Slurm that loses a node and its controller: every row once, equal to the local runner’s',
  { timeout: 300_000 },
  async () => {
    const here = join(home.path, 'local');
    const there = join(home.path, 'cluster');
    const study = await writeExample(here);
    const copy = copyExample(here, there);

    // Two submits at once, and one of them is killed as soon as it has submitted.
    const first = sweep([copy, '--runner', 'slurm', '--json']);
    const second = sweep([copy, '--runner', 'slurm', '--json']);
    const folder = join(there, '.eigenprobe');
    const finished = async (): Promise<number> => (await readMarks(there)).finished.size;
    try {
      await until(async () => (await finished()) >= 1, 'a row is done', 90_000);
      first.process.kill('SIGKILL');
      const [stored] = await listSweeps(there);
      expect((await readSubmissions(stored!.folder)).length).toBe(1);

      await slurm!.killBusyNode('n2');
      await slurm!.killController();
      await sleep(3000);
      slurm!.startController();

      const end = await Promise.race([second.exit, sleep(150_000, undefined, { ref: false })]);
      expect(end?.code).toBe(0);
    } catch (error) {
      const queue = slurm!.ask('squeue', ['-a', '-r', '-t', 'all', '-o', '%i %T %r %N']);
      const said = [first.output(), second.output(), queue, slurm!.logs()].join('\n');
      throw new Error(`${String(error)}\n${said}`, { cause: error });
    } finally {
      first.process.kill('SIGKILL');
      second.process.kill('SIGKILL');
    }

    const local = sweep([study, '--json']);
    expect((await local.exit).code, local.output()).toBe(0);

    const [planned, other] = await Promise.all([here, there].map(async (ws) => loadSweep((await listSweeps(ws))[0]!)));
    expect(other!.header.id).toBe(planned!.header.id);
    expect(planned!.rows).toHaveLength(24);
    expect(planned!.shared).toHaveLength(2);
    const results = readdirSync(join(folder, 'rows')).sort();
    expect(results).toEqual(planned!.rows.map(({ task }) => `${task}.json`).sort());
    for (const { task } of planned!.rows) {
      const [a, b] = [await readResult(here, task), await readResult(there, task)];
      expect(b!.figures.length).toBeGreaterThan(10);
      expect(b!.figures).toEqual(a!.figures);
    }
    // The figures are not all alike, or the comparison would say little.
    const all = planned!.rows.map(({ task }) => readFileSync(join(folder, 'rows', `${task}.json`), 'utf8'));
    expect(new Set(all.map((text) => JSON.stringify((JSON.parse(text) as { figures: unknown }).figures))).size).toBe(
      24,
    );

    // Pretraining was computed by the shared tasks alone.
    for (const ws of [here, there]) {
      for (const { task } of planned!.rows) {
        const run = await readRun(join(ws, '.eigenprobe', 'runs', task));
        expect(run?.state).toBe('finished');
        expect(run?.record.stages.pretrain?.state).toBe('cached');
      }
    }
    const left = readdirSync(folder, { recursive: true }).map(String);
    expect(left.filter((name) => /\.tmp$|\.incoming|\.removed/.test(name))).toEqual([]);
  },
);
