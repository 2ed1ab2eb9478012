import { join } from 'node:path';
import type { Dataset } from '../engine/data/dataset';
import { loadDataset } from '../engine/data/load';
import { readDataset } from '../engine/data/stored-dataset';
import { generateExample } from '../engine/example/generate';
import { readRun } from '../engine/run/directory';
import type { Figure } from '../engine/run/format';
import { readStudy } from '../engine/study/parse';
import { createPathResolver } from '../engine/study/paths';
import type { BenchFigure, BenchFlags, BenchResult } from './support/contract';
import { blocks } from './transfer/blocks';
import { pixelNeighbours } from './transfer/pixel-neighbours';
import { runStudy, type StudyRun } from './transfer/studies';
import { methodFigures, targetAccuracy, type Direction } from './transfer/tables';

interface Options {
  readonly seeds: readonly number[];
  /** Folder whose cache and runs are kept, so that an interrupted benchmark goes on where it was. */
  readonly workspace?: string;
}

const parts: Readonly<Record<string, (options: Options) => Promise<BenchFigure[]>>> = {
  'mnist-usps': mnistUsps,
  cifar10,
  digits,
  pacs,
  example,
  blocks: ({ seeds }) => blocks(seeds),
};

/**
 * Accuracies on real data and on the built-in example. `--only digits,pacs` runs some of the parts, `--seeds 0,1,2` names
 * the seeds of the parts that take means (0 alone by default), `--workspace FOLDER` keeps what is computed.
 */
export async function run(flags: BenchFlags): Promise<BenchResult> {
  const wanted = typeof flags['only'] === 'string' ? flags['only'].split(',') : Object.keys(parts);
  const seeds = (typeof flags['seeds'] === 'string' ? flags['seeds'] : '0').split(',').map(Number);
  const workspace = typeof flags['workspace'] === 'string' ? flags['workspace'] : undefined;
  const figures: BenchFigure[] = [];
  for (const name of wanted) {
    const part = parts[name];
    if (!part) throw new Error(`There is no part "${name}"; the parts are ${Object.keys(parts).join(', ')}.`);
    figures.push(...(await part({ seeds, workspace: workspace && join(workspace, name) })));
  }
  return { figures };
}

async function mnistUsps(): Promise<BenchFigure[]> {
  const { figures, minutes } = await runStudy('mnist-usps');
  const of = value(figures);
  const spectral = of('transfer.accuracy', 'spectral', 'OOD');
  const margin = spectral - of('transfer.accuracy', 'source-only', 'OOD');
  return [
    atLeast('MNIST linear probe accuracy', of('probe.accuracy', 'spectral', 'ID'), 0.98),
    atLeast('MNIST to USPS, spectral, accuracy', spectral, 0.95),
    atLeast('MNIST to USPS, spectral less source-only', margin, 0),
    { name: 'MNIST to USPS, time', value: minutes, unit: 'minutes', target: 15, better: 'lower' },
  ];
}

async function cifar10(): Promise<BenchFigure[]> {
  const { figures, minutes } = await runStudy('cifar10');
  const of = value(figures);
  const spectral = of('probe.accuracy', 'spectral', 'ID');
  const margin = spectral - of('probe.accuracy', 'random-network', 'ID');
  return [
    atLeast('CIFAR-10 linear probe accuracy', spectral, 0.54),
    atLeast('CIFAR-10 probe less that of a random network', margin, 0.09),
    { name: 'CIFAR-10, time', value: minutes, unit: 'minutes', target: 20, better: 'lower' },
  ];
}

/** MNIST and USPS in both directions, every method under the strong and the light augmentation. */
async function digits(options: Options): Promise<BenchFigure[]> {
  const runs = await everySeed('digits', options);
  const names = { own: 'MNIST→USPS', back: 'USPS→MNIST' };
  // Samples as they are, and majorities of views: all methods alike.
  const heads = ['', ', voting'];
  const held = (['own', 'back'] as const).flatMap((direction) =>
    heads.flatMap((head) => {
      const of = (method: string): number => targetAccuracy(runs, method + head, direction);
      const spectral = of('spectral');
      const name = `${names[direction]}${head}`;
      // Source-only as long as the pretraining, and as short as the reference that the targets come from.
      const margins = ['', '-6-epochs'].flatMap((length) => {
        const less = `${name}, spectral less source-only${length && ' of 6 epochs'}`;
        return [
          atLeast(`${less}, light`, spectral - of(`source-only-light${length}`), 0.08),
          atLeast(`${less}, strong`, spectral - of(`source-only${length}`), 0.01),
        ];
      });
      return [atLeast(`${name}, spectral`, spectral, direction === 'own' ? 0.963 : 0.97), ...margins];
    }),
  );
  return [...held, ...methodFigures(runs, names), longest('Digits', runs)];
}

/** Photographs and sketches at 32 px in both directions, all methods, beside nearest neighbours on pixels. */
async function pacs(options: Options): Promise<BenchFigure[]> {
  const found: Record<'pixels' | 'outlines', Record<Direction, number>>[] = [];
  const both = (dataset: Dataset): Record<Direction, number> => ({
    own: pixelNeighbours(dataset, 'photo', 'sketch'),
    back: pixelNeighbours(dataset, 'sketch', 'photo'),
  });
  const study = await readStudy('test/studies/pacs.eigenprobe.json');
  const resolvePath = createPathResolver({ studyFolder: 'test/studies', workspaceRoot: '.' });
  const runs = await everySeed('pacs', options, async (directory) => {
    const { record } = (await readRun(directory))!;
    const plain = { ...study, seed: record.seed, data: { ...study.data, image: {} } };
    found.push({
      pixels: both(await loadDataset(plain, resolvePath)),
      outlines: both(await readDataset(join(directory, 'stages', 'data'))),
    });
  });
  const names = { own: 'photo→sketch', back: 'sketch→photo' };
  const held = (['own', 'back'] as const).flatMap((direction) => {
    const spectral = targetAccuracy(runs, 'spectral', direction);
    return (['pixels', 'outlines'] as const).flatMap((kind) => {
      const nearest = found.reduce((sum, one) => sum + one[kind][direction], 0) / runs.length;
      const name = `${names[direction]}, 1-nearest neighbour on ${kind}`;
      return [
        { name, value: nearest, unit: 'fraction', better: 'higher' as const },
        atLeast(`${names[direction]}, spectral less that on ${kind}`, spectral - nearest, 0),
      ];
    });
  });
  return [...held, ...methodFigures(runs, names), longest('PACS', runs)];
}

/** The built-in example's second study: methods side by side, and extra unlabelled pictures. */
async function example({ seeds, workspace }: Options): Promise<BenchFigure[]> {
  const folder = workspace ?? join('dist', 'bench', 'example');
  const { methodsStudyPath } = await generateExample(folder, { seed: 0, extra: true });
  const runs: StudyRun[] = [];
  for (const seed of seeds) runs.push(await runStudy(methodsStudyPath!, { seed, workspace: folder }));
  const of = (method: string): number => targetAccuracy(runs, method, 'own');
  const best = Math.max(of('spectral'), of('swav'));
  return [
    atLeast('Example, the better of spectral and SwAV less source-only', best - of('source-only'), 0),
    atLeast('Example, the better of spectral and SwAV less DANN', best - of('dann'), 0),
    ...methodFigures(runs, { own: 'Example', back: '' }, ['own']),
    longest('Example', runs),
  ];
}

async function everySeed(
  name: string,
  { seeds, workspace }: Options,
  look?: (directory: string) => Promise<void>,
): Promise<StudyRun[]> {
  const runs: StudyRun[] = [];
  for (const seed of seeds) runs.push(await runStudy(name, { seed, workspace, look }));
  return runs;
}

function longest(name: string, runs: readonly StudyRun[]): BenchFigure {
  const minutes = Math.max(...runs.map((run) => run.minutes));
  return { name: `${name}, time of a seed, longest`, value: minutes, unit: 'minutes', target: 40, better: 'lower' };
}

function atLeast(name: string, value: number, target: number): BenchFigure {
  return { name, value, unit: 'fraction', target, better: 'higher' };
}

const value =
  (figures: readonly Figure[]) =>
  (id: string, method: string, shift: string): number =>
    figures.find((figure) => figure.id === id && figure.method === method && figure.shift === shift)!.value;
