import { appendFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installCodeHost } from '../scripts/support/code-host.mjs';
import { runSuite } from '../test/host/support/workbench';
import type { BenchFigure, BenchResult } from './support/contract';

const runs = 1000;

/** A run directory as the engine writes it, with a few figures. */
async function writeRun(folder: string, index: number, running?: { pid: number; host: string }): Promise<string> {
  const started = new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString();
  const id = `${started.replace(/\D/g, '').slice(0, 8)}-${String(index).padStart(6, '0')}-000-aaaaaa`;
  const directory = join(folder, '.eigenprobe', 'runs', id);
  await mkdir(directory, { recursive: true });
  const state = running ? 'running' : 'finished';
  const record = {
    ...{ version: 1, id, state, seed: index, startedAt: started, updatedAt: new Date().toISOString() },
    study: { name: `Study ${index % 20}`, path: `study-${index % 20}.eigenprobe.json`, hash: 'x' },
    device: { name: 'cpu', detail: 'ONNX Runtime' },
    engine: { version: '0.1.0', node: '20', platform: 'linux-x64' },
    process: running ?? { pid: 1, host: 'elsewhere' },
    stages: {
      data: { key: 'a', state: 'finished', seconds: 1 },
      pretrain: { key: 'b', state: running ? 'running' : 'finished' },
    },
  };
  const figures = ['ID', 'OOD'].map((shift) => ({
    ...{ stage: 'probe', id: 'probe.accuracy', label: 'Linear probe accuracy', value: 0.5 + (index % 40) / 100 },
    ...{ unit: 'fraction', method: 'spectral', shift, samples: 100 },
  }));
  await writeFile(join(directory, 'run.json'), JSON.stringify(record, null, 2));
  await writeFile(
    join(directory, 'results.json'),
    JSON.stringify({ version: 1, run: id, study: 'S', figures, details: {} }),
  );
  return directory;
}

/**
 * Measures the extension inside a real VS Code: how long activation takes, how long the list of 1,000 runs takes, and
 * the longest time that the extension host was blocked while a run wrote 100 events a second.
 */
export async function run(): Promise<BenchResult> {
  const root = process.cwd();
  const workspace = await mkdtemp(join(tmpdir(), 'eigenprobe-bench-extension-'));
  try {
    for (let i = 0; i < runs; i++) await writeRun(workspace, i);
    const host = { pid: process.pid, host: (await import('node:os')).hostname() };
    const live = await writeRun(workspace, runs, host);
    await writeFile(
      join(workspace, 'study-0.eigenprobe.json'),
      '{ "name": "Study 0", "data": { "folder": "images" }, "pretrain": {} }',
    );
    const outfile = join(root, 'dist/bench/extension-suite.cjs');
    const common = { bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' } as const;
    await build({ ...common, entryPoints: ['bench/support/extension-suite.ts'], outfile, external: ['vscode'] });
    const figuresFile = join(workspace, 'figures.json');
    let step = 0;
    const writer = setInterval(() => {
      const events = Array.from({ length: 5 }, () => {
        const time = new Date().toISOString();
        step++;
        return `${JSON.stringify({ time, type: 'metric', stage: 'pretrain', name: 'loss', step, value: Math.sin(step) })}\n`;
      });
      void appendFile(join(live, 'events.jsonl'), events.join(''));
      // The heartbeat rewrites the record every two seconds.
      if (step % 200 === 0) {
        void readFile(join(live, 'run.json'), 'utf8').then((text) =>
          writeFile(
            join(live, 'run.json'),
            text.replace(/"updatedAt": "[^"]*"/, `"updatedAt": "${new Date().toISOString()}"`),
          ),
        );
      }
    }, 50);
    try {
      const results = await runSuite({
        ...{ host: await installCodeHost(), workspace, development: root, suite: outfile, timeoutMs: 120_000 },
        env: { EIGENPROBE_BENCH_FIGURES: figuresFile },
      });
      if (!results.done) throw new Error('The extension host ended before the measurement did.');
    } finally {
      clearInterval(writer);
    }
    const measured = JSON.parse(await readFile(figuresFile, 'utf8')) as Record<string, number>;
    const figure = (name: string, value: number, unit: string, target: number): BenchFigure => ({
      name,
      value,
      unit,
      target,
      better: 'lower',
    });
    const size = (await stat(join(root, 'dist/extension/extension.cjs'))).size;
    return {
      figures: [
        figure('activation', measured.activationMs!, 'ms', 100),
        figure('list of 1,000 runs', measured.listMs!, 'ms', 300),
        figure('longest block of the host at 100 events a second', measured.blockMs!, 'ms', 50),
        figure('host bundle', size / 1000, 'kB', 500),
      ],
    };
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}
