import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRun } from '../../engine/run/directory';
import { readMarks, readResult } from '../../engine/sweep/results';
import { listSweeps, loadSweep, readSubmissions } from '../../engine/sweep/store';
import { readEvents } from '../../engine/run/events';
import { startChild, temporaryFolder, type RunningChild } from '../run/support/process';
import { bundleEngine } from '../support/engine-bundle';
import { copyExample, exampleSweep, writeExample } from './support/example';
import { LocalSlurm, until } from './support/slurm';
import { LocalSsh } from './support/ssh';

const home = temporaryFolder();
let engine: Awaited<ReturnType<typeof bundleEngine>>;
let slurm: LocalSlurm | undefined;
let ssh: LocalSsh | undefined;

beforeAll(async () => {
  mkdirSync(join(home.path, 'slurm'));
  [engine, slurm] = await Promise.all([bundleEngine('sweep-slurm'), LocalSlurm.start(join(home.path, 'slurm'))]);
});
afterAll(async () => {
  ssh?.stop();
  await slurm?.stop();
  engine.remove();
  home.remove();
});

const sweep = (args: string[], env = slurm!.environment) =>
  startChild(engine.program, ['sweep', ...args], { env: { ...process.env, ...env } });

/** What the processes said and how the queue stands, for a test that fails. */
function withWords(error: unknown, ...children: RunningChild[]): Error {
  const queue = slurm!.ask('squeue', ['-a', '-r', '-t', 'all', '-o', '%i %T %r %N']);
  const said = [...children.map(({ output }) => output()), queue, slurm!.logs()].join('\n');
  return new Error(`${String(error)}\n${said}`, { cause: error });
}

/** Whether a signal waits for a process (proc(5): a mask in hexadecimal, bit 0 for signal 1). */
function isPending(pid: number, signal: number): boolean {
  const mask = /^ShdPnd:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

const patient = { timeout: 420_000 };

test(
  'through ssh, in a folder that wants quoting, from a machine that sleeps, with a time limit that is near',
  patient,
  async () => {
    mkdirSync(join(home.path, 'ssh'));
    ssh = await LocalSsh.start(join(home.path, 'ssh'), 'cluster', slurm!.environment);
    const workspace = join(home.path, `it's a "Größe" of 50% & $HOME`);
    const file = await writeExample(workspace, {
      ...{ ...exampleSweep, pretrain: { ...exampleSweep.pretrain, epochs: 200 } },
      sweep: { grid: { 'finetune.epochs': [1, 2] }, runner: 'slurm', slurm: { host: 'cluster', time: '10' } },
    });
    // Slurm's own commands find no cluster here.
    const driver = sweep([file, '--json'], { PATH: ssh.path });
    try {
      const stored = await until(async () => (await listSweeps(workspace))[0], 'the sweep is planned');
      const { shared, rows } = await loadSweep(stored);
      const run = join(workspace, '.eigenprobe', 'runs', shared[0]!.task);
      const events = () => readEvents(join(run, 'events.jsonl'));
      const steps = async () =>
        (await events()).flatMap((event) =>
          event.type === 'progress' && event.stage === 'pretrain' ? [event.done] : [],
        );
      await until(async () => (await steps()).some((done) => done > 2), 'pretraining is under way', 60_000, 20);
      // As Slurm itself does when the time limit is near. Meanwhile the task stands still, or it might be done by then.
      const { pid } = (await readRun(run))!.record.process;
      process.kill(pid, 'SIGSTOP');
      const [job] = slurm!.ask('squeue', ['-h', '-r', '-t', 'R', '-o', '%F_%K']).trim().split('\n');
      slurm!.ask('scancel', ['--batch', '--signal=USR2', job!]);
      await until(() => isPending(pid, constants.signals.SIGUSR2), 'the warning has reached the task', 60_000, 20);
      process.kill(pid, 'SIGCONT');
      await until(async () => (await readRun(run))?.state === 'cancelled', 'the task has put down its work');
      const reached = (await steps()).at(-1)!;

      // The user's machine sleeps until everything is done.
      driver.process.kill('SIGSTOP');
      await until(async () => (await readMarks(workspace)).finished.size === rows.length, 'the rows are done', 200_000);
      driver.process.kill('SIGCONT');
      expect((await driver.exit).code).toBe(0);
      // Put back into the queue by the task itself, not handed over again by the controller, and gone on with.
      expect(await readSubmissions(stored.folder)).toHaveLength(1);
      expect((await events()).some((event) => event.type === 'run' && event.message === 'Resumed.')).toBe(true);
      expect((await steps()).filter((done) => done === reached)).toHaveLength(1);
      for (const { task } of rows) expect((await readResult(workspace, task))!.figures.length).toBeGreaterThan(10);
      expect(readdirSync(join(stored.folder, 'logs')).filter((name) => name.endsWith('.log')).length).toBeGreaterThan(
        1,
      );
    } catch (error) {
      throw withWords(error, driver);
    } finally {
      driver.process.kill('SIGKILL');
    }
  },
);

test(
  'a sweep of 24 rows on a Slurm that loses a node and its controller: every row once, equal to the local runner’s',
  patient,
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

      const end = await Promise.race([second.exit, sleep(220_000, undefined, { ref: false })]);
      expect(end?.code).toBe(0);
    } catch (error) {
      throw withWords(error, first, second);
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
