import { cpSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateExample } from '../../../engine/example/generate';

/** The example, small enough that a row takes a second: 24 rows, pretraining shared by the rows of a seed. */
export const exampleSweep = {
  name: 'Small sweep',
  device: 'cpu',
  data: { folder: 'images', source: 'photo', target: 'sketch', image: { size: 16 } },
  encoder: { architecture: 'convnet', width: 4, features: 8 },
  pretrain: { epochs: 4, batchSize: 16, checkpointSteps: 2, projection: { hidden: 8, output: 4 } },
  probe: { regularization: { count: 2 } },
  finetune: { epochs: 1, batchSize: 16, learningRates: [0.01], methods: ['LP', 'FT'] },
  sweep: {
    grid: {
      seed: [0, 1],
      'finetune.learningRates': [[0.001], [0.01], [0.03]],
      'finetune.epochs': [1, 2],
      'finetune.batchNorm': ['frozen', 'published'],
    },
    best: { figure: 'finetune.distortion', method: 'FT', shift: 'OOD' },
  },
};

/** Writes the example's images and the sweep's study; returns the study's path. */
export async function writeExample(workspace: string, study: unknown = exampleSweep): Promise<string> {
  mkdirSync(workspace, { recursive: true });
  await generateExample(workspace, { seed: 1, perCell: 10, size: 16, classes: ['clock', 'tree'] });
  const file = join(workspace, 'small.eigenprobe.json');
  writeFileSync(file, JSON.stringify(study, null, 2));
  setTimes(workspace);
  return file;
}

/** A data file's time is a part of its identity, and a copy of one does not keep every digit of it. */
function setTimes(workspace: string): void {
  const images = join(workspace, 'images');
  for (const name of readdirSync(images, { recursive: true })) utimesSync(join(images, String(name)), 1.7e9, 1.7e9);
}

/** The same images, times and all, and the same study in another workspace. */
export function copyExample(from: string, to: string): string {
  cpSync(join(from, 'images'), join(to, 'images'), { recursive: true });
  setTimes(to);
  cpSync(join(from, 'small.eigenprobe.json'), join(to, 'small.eigenprobe.json'));
  return join(to, 'small.eigenprobe.json');
}
