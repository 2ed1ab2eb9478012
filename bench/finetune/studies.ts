import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readResults } from '../../engine/run/directory';
import type { Figure } from '../../engine/run/format';
import { parseStudyOrThrow } from '../../engine/study/parse';
import type { BenchFigure } from '../support/contract';
import { meanOf, runStudy } from '../transfer/studies';

interface Expected {
  /** Study in test/studies. */
  readonly study: string;
  readonly title: string;
  /** Least accuracies of LP-FT, and by how much it must beat FT on the target. */
  readonly ID: number;
  readonly OOD: number;
  readonly margin: number;
}

/** What a plain PyTorch reference reaches, seeds apart: PACS 85.9/33.3 and 89.5/32.2, Office 91.2/74.2 for LP-FT. */
export const expected: readonly Expected[] = [
  { study: 'pacs-finetune', title: 'PACS photo to sketch', ID: 0.87, OOD: 0.32, margin: 0.08 },
  { study: 'office-finetune', title: 'Office amazon to webcam', ID: 0.91, OOD: 0.74, margin: 0.15 },
];

const methods = ['LP', 'FT', 'LP-FT'] as const;
const shifts = ['ID', 'OOD'] as const;

/**
 * LP, FT and LP-FT from an imported MobileNet (ImageNet): means over the seeds, which draw the splits, the new head and
 * the order of the samples. With a workspace an interrupted benchmark goes on where it was.
 */
export async function importedFineTuning(
  { study, title, ...targets }: Expected,
  seeds: readonly number[],
  workspace: string | undefined,
): Promise<BenchFigure[]> {
  const runs: { figures: readonly Figure[]; minutes: number; inside: boolean }[] = [];
  const rates = await gridOf(join('test/studies', `${study}.eigenprobe.json`));
  for (const seed of seeds) {
    let inside = false;
    const { figures, minutes } = await runStudy(study, {
      seed,
      workspace: workspace && join(workspace, `${study}-${seed}`),
      look: async (directory) => {
        const rate = chosenRate((await readResults(directory))!.details.finetune, 'FT');
        inside = rate > Math.min(...rates) && rate < Math.max(...rates);
      },
    });
    runs.push({ figures, minutes, inside });
    const shown = methods.map(
      (method) => `${method} ${shifts.map((shift) => percent(figures, method, shift)).join('/')}`,
    );
    console.error(`${title}, seed ${seed}: ${shown.join(', ')}; ${minutes.toFixed(1)} minutes`);
  }
  const values = (id: string, method: string | undefined, shift: string): number[] =>
    runs.map(({ figures }) => valueOf(figures, id, method, shift));
  const mean = (id: string, method: string | undefined, shift: string): number =>
    meanOf(values(id, method, shift)).mean;
  const many = `${seeds.length} seed${seeds.length > 1 ? 's' : ''}`;
  const figure = (name: string, value: number, unit: string, better: BenchFigure['better'], target?: number) => ({
    ...{ name: `${title}, ${name}, ${many}`, value, unit, better },
    ...(target !== undefined && { target }),
  });
  return [
    ...methods.flatMap((method) =>
      shifts.map((shift) =>
        figure(
          `${method} ${shift}`,
          mean('finetune.accuracy', method, shift),
          'fraction',
          'higher',
          method === 'LP-FT' ? targets[shift] : undefined,
        ),
      ),
    ),
    figure(
      'LP-FT less FT, OOD',
      mean('finetune.accuracy', 'LP-FT', 'OOD') - mean('finetune.accuracy', 'FT', 'OOD'),
      'fraction',
      'higher',
      targets.margin,
    ),
    ...(['FT', 'LP-FT'] as const).flatMap((method) =>
      shifts.map((shift) =>
        figure(`move of ${method} ${shift}`, mean('finetune.distortion', method, shift), 'distance', 'lower'),
      ),
    ),
    ...shifts.map((shift) =>
      figure(`move of LP-FT ÷ FT ${shift}`, mean('finetune.distortion-ratio', undefined, shift), '×', 'lower', 0.5),
    ),
    figure(
      "FT's best learning rate inside the grid",
      runs.filter(({ inside }) => inside).length,
      'seeds',
      'higher',
      seeds.length,
    ),
    figure('time of a seed', meanOf(runs.map(({ minutes }) => minutes)).mean, 'minutes', 'lower'),
  ];
}

async function gridOf(file: string): Promise<readonly number[]> {
  return parseStudyOrThrow(await readFile(file, 'utf8'), file).finetune!.learningRates;
}

function chosenRate(details: Record<string, unknown> | undefined, method: string): number {
  const described = (details?.['methods'] as Record<string, { learningRate?: number }> | undefined)?.[method];
  return described?.learningRate ?? NaN;
}

function valueOf(figures: readonly Figure[], id: string, method: string | undefined, shift: string): number {
  return figures.find((figure) => figure.id === id && figure.method === method && figure.shift === shift)?.value ?? NaN;
}

function percent(figures: readonly Figure[], method: string, shift: string): string {
  return (100 * valueOf(figures, 'finetune.accuracy', method, shift)).toFixed(1);
}
