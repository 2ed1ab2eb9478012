import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { listRuns, readResults } from '../engine/run/directory';
import type { Figure } from '../engine/run/format';
import type { BenchFigure, BenchResult } from './support/contract';

/** Runs a study of test/studies in a workspace of its own, so that nothing comes from a cache. */
async function runStudy(name: string): Promise<{ figures: Figure[]; minutes: number }> {
  const workspace = await mkdtemp(join(tmpdir(), 'eigenprobe-bench-'));
  try {
    const start = performance.now();
    const study = resolve('test/studies', `${name}.eigenprobe.json`);
    const child = spawn(process.execPath, ['engine/eigenprobe.mjs', 'run', study, '--workspace', workspace], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const code = await new Promise<number | null>((done) => child.on('close', done));
    if (code !== 0) throw new Error(`The study ${name} ended with exit code ${code}.`);
    const minutes = (performance.now() - start) / 60_000;
    const [run] = await listRuns(workspace);
    return { figures: (await readResults(run!.directory))!.figures, minutes };
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

/** Accuracies of the studies in test/studies on real data; `--study NAME` runs one of them. */
export async function run(flags: { study?: string }): Promise<BenchResult> {
  const figures: BenchFigure[] = [];
  const add = (name: string, value: number, unit: string, target: number, better: BenchFigure['better']): void => {
    figures.push({ name, value, unit, target, better });
  };
  const wanted = (name: string): boolean => flags.study === undefined || flags.study === name;
  if (wanted('mnist-usps')) {
    const { figures: found, minutes } = await runStudy('mnist-usps');
    const of = value(found);
    add('MNIST linear probe accuracy', of('probe.accuracy', 'spectral', 'ID'), 'fraction', 0.98, 'higher');
    const spectral = of('transfer.accuracy', 'spectral', 'OOD');
    add('MNIST to USPS, spectral, accuracy', spectral, 'fraction', 0.95, 'higher');
    const margin = spectral - of('transfer.accuracy', 'source-only', 'OOD');
    add('MNIST to USPS, spectral less source-only', margin, 'fraction', 0, 'higher');
    add('MNIST to USPS, time', minutes, 'minutes', 15, 'lower');
  }
  if (wanted('cifar10')) {
    const { figures: found, minutes } = await runStudy('cifar10');
    const of = value(found);
    const spectral = of('probe.accuracy', 'spectral', 'ID');
    add('CIFAR-10 linear probe accuracy', spectral, 'fraction', 0.54, 'higher');
    const margin = spectral - of('probe.accuracy', 'random-network', 'ID');
    add('CIFAR-10 probe less that of a random network', margin, 'fraction', 0.09, 'higher');
    add('CIFAR-10, time', minutes, 'minutes', 20, 'lower');
  }
  return { figures };
}

const value =
  (figures: readonly Figure[]) =>
  (id: string, method: string, shift: string): number =>
    figures.find((figure) => figure.id === id && figure.method === method && figure.shift === shift)!.value;
