import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { generateExample } from '../engine/example/generate';
import { listRuns } from '../engine/run/directory';
import type { RunRecord } from '../engine/run/format';
import { stagesOf } from '../engine/stages/index';
import { studySchema } from '../engine/study/schema';
import { planSweep } from '../engine/sweep/plan';
import { SlurmRunner } from '../engine/sweep/slurm/runner';
import { takeSnapshot } from '../engine/sweep/status';
import { writePlan, type LoadedSweep } from '../engine/sweep/store';
import type { BenchFigure, BenchResult } from './support/contract';

/** A study whose rows are next to no work, so that what a sweep adds is seen. */
const small = {
  name: 'Overhead',
  device: 'cpu',
  data: { folder: 'images', source: 'photo', target: 'sketch', image: { size: 16 } },
  encoder: { architecture: 'convnet', width: 4, features: 8 },
  pretrain: { epochs: 2, batchSize: 16, projection: { hidden: 8, output: 4 } },
  probe: { regularization: { count: 2 } },
  finetune: { epochs: 1, batchSize: 16, learningRates: [0.01], methods: ['LP', 'FT'] },
  sweep: { grid: { seed: [0, 1], 'finetune.epochs': [1, 2, 3, 4, 5, 6] }, local: { parallel: 1 } },
};

/**
 * Seconds that a sweep takes on this machine beyond the work of its stages, a row: planning, a process for each task,
 * watching.
 */
async function overhead(): Promise<number> {
  const workspace = await mkdtemp(join(tmpdir(), 'eigenprobe-bench-sweep-'));
  try {
    await generateExample(workspace, { seed: 1, perCell: 10, size: 16, classes: ['clock', 'tree'] });
    const study = join(workspace, 'small.eigenprobe.json');
    await writeFile(study, JSON.stringify(small));
    const start = performance.now();
    const child = spawn(process.execPath, [resolve('engine/eigenprobe.mjs'), 'sweep', study, '--json'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const code = await new Promise<number | null>((done) => child.on('close', done));
    if (code !== 0) throw new Error(`The sweep ended with exit code ${code}.`);
    const seconds = (performance.now() - start) / 1000;
    const runs = await listRuns(workspace);
    const work = runs
      .flatMap(({ record }) => Object.values(record.stages as Record<string, { state: string; seconds?: number }>))
      .reduce((sum, { state, seconds: own = 0 }) => sum + (state === 'finished' ? own : 0), 0);
    return (seconds - work) / 12;
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

/** 100,000 rows: 500 seeds, 4 lengths of pretraining, 50 settings of fine-tuning; with fewer rows, fewer seeds. */
const large = (rows: number) => ({
  ...small,
  name: 'Large',
  sweep: {
    grid: {
      seed: Array.from({ length: Math.max(1, Math.round(rows / 200)) }, (_, i) => i),
      'pretrain.epochs': [10, 20, 50, 100],
      'finetune.epochs': [1, 2, 5, 10, 20],
      'finetune.weightDecay': Array.from({ length: 10 }, (_, i) => i / 100),
    },
  },
});

async function simulated(count: number): Promise<{ planSeconds: number; pollSeconds: number; tasks: number }> {
  const workspace = await mkdtemp(join(tmpdir(), 'eigenprobe-bench-sweep-'));
  try {
    await generateExample(workspace, { seed: 1, perCell: 10, size: 16, classes: ['clock', 'tree'] });
    const document: unknown = JSON.parse(JSON.stringify(large(count)));
    const start = performance.now();
    const plan = await planSweep({
      studyPath: join(workspace, 'large.eigenprobe.json'),
      workspace,
      document,
      study: studySchema.parse(document),
      stagesOf,
      resolvePath: (path) => join(workspace, path),
      deviceOf: () => 'cpu',
    });
    const sweep = await writePlan(workspace, plan);
    const planSeconds = (performance.now() - start) / 1000;
    const pollSeconds = await poll(sweep);
    return { planSeconds, pollSeconds, tasks: plan.shared.length + plan.rows.length };
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

/**
 * One look at a sweep in the middle of its way: 60 % of its rows done, 1 % failed, 0.5 % computing, the rest in the queue
 * of a scheduler that answers at once. Directory, files and code are real.
 */
async function poll(sweep: LoadedSweep): Promise<number> {
  const home = join(sweep.workspace, '.eigenprobe');
  mkdirSync(join(home, 'rows'), { recursive: true });
  const tasks = sweep.rows.map(({ task }) => task);
  const [done, failed, begun] = [0.6, 0.61, 0.615].map((share) => Math.round(share * tasks.length)) as [
    number,
    number,
    number,
  ];
  // At once: a hundred thousand small files would spend most of their time on the way to the thread pool.
  for (const task of tasks.slice(0, done)) writeFileSync(join(home, 'rows', `${task}.json`), '{}');
  for (const task of tasks.slice(done, failed)) writeFileSync(join(home, 'rows', `${task}.failed`), '{}');
  for (const task of tasks.slice(0, begun)) mkdirSync(join(home, 'runs', task));
  const process = { pid: globalThis.process.pid, host: hostname() };
  for (const task of tasks.slice(failed, begun)) {
    const record: RunRecord = {
      ...{ version: 1, id: task, state: 'running', seed: 0, startedAt: new Date().toISOString() },
      ...{ updatedAt: new Date().toISOString(), process, stages: {} },
      study: { name: 'Large', path: 'large.eigenprobe.json', hash: '' },
      device: { name: 'cpu', detail: '' },
      engine: { version: '', node: '', platform: '' },
    };
    writeFileSync(join(home, 'runs', task, 'run.json'), JSON.stringify(record));
  }

  let queue = '';
  const runner = new SlurmRunner(sweep, {
    slurm: studySchema.parse(sweep.header.document).sweep!.slurm,
    program: { command: 'node', args: [] },
    run: (command, args, input = '') => {
      if (command === 'sbatch') {
        const name = args.find((arg) => arg.startsWith('--job-name='))!.slice('--job-name='.length);
        const job = Number(/-(\d+)$/.exec(name)![1]) + 1;
        const last = Number(/(\d+)$/.exec(args.find((arg) => arg.startsWith('--array='))!)![1]);
        for (let i = 0; i <= last; i++) queue += `${name}|${job}|${i}|PENDING|Priority\n`;
        return Promise.resolve({ code: 0, stdout: `${job}\n`, stderr: input === '' ? 'no script' : '' });
      }
      if (command === 'squeue' && args.includes('-n')) {
        const names = new Set(args[args.indexOf('-n') + 1]!.split(','));
        const lines = queue.split('\n').filter((line) => names.has(line.slice(0, line.indexOf('|'))));
        return Promise.resolve({ code: 0, stdout: lines.join('\n'), stderr: '' });
      }
      return Promise.resolve({ code: 0, stdout: 'MaxArraySize = 1001\nMaxJobCount = 10000\n', stderr: '' });
    },
  });
  const work = sweep.rows.map(({ task, needs }) => ({ task, needs }));
  const shared = sweep.shared.map(({ task, needs }) => ({ task, needs }));
  await runner.submit([...shared, ...work], await takeSnapshot(sweep, new Map()));
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    const snapshot = await takeSnapshot(sweep, await runner.poll());
    await runner.settle(snapshot);
    times.push((performance.now() - start) / 1000);
    const { rows } = snapshot;
    const seen = [rows.finished, rows.failed, rows.running, rows.queued].join();
    if (seen !== [done, failed - done, begun - failed, tasks.length - begun].join())
      throw new Error(`The simulated sweep was misread: ${seen}.`);
  }
  return times.sort((a, b) => a - b)[2]!;
}

/** `--simulated` leaves out the sweep that is really computed; `--rows 10000` simulates fewer. */
export async function run(flags: { simulated?: string | true; rows?: string }): Promise<BenchResult> {
  const rows = Number(flags.rows ?? 100_000);
  const { planSeconds, pollSeconds, tasks } = await simulated(rows);
  const count = rows.toLocaleString('en-US');
  const figures: BenchFigure[] = [
    { name: `${count} rows: plan and write it down`, value: planSeconds, unit: 's', target: 5, better: 'lower' },
    { name: `${count} rows: one look at all of them`, value: pollSeconds, unit: 's', target: 1, better: 'lower' },
    { name: `${count} rows: tasks, shared ones included`, value: tasks, unit: 'tasks', better: 'lower' },
  ];
  if (flags.simulated === undefined) {
    const value = await overhead();
    figures.unshift({ name: 'overhead of a row on this machine', value, unit: 's', target: 1, better: 'lower' });
  }
  return { figures };
}
