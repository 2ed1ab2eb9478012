import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeNpy } from '../../data/npy';
import { stream } from '../../data/random';
import { Cancelled } from '../../errors';
import { networkInputs } from '../../model/network';
import { regularizationOf } from '../../probe';
import { readJson, writeFileAtomic, writeJson } from '../../run/atomic';
import type { Reporter, Stage, StageContext, StageOutput } from '../../run/stage';
import { type FinetuneBlock, finetuneSchema, type Study } from '../../study/schema';
import { openPretrained } from '../open';
import type { Setting } from '../setting';
import { advantageFigures } from './figures';
import { predictAdvantage } from './prediction';
import { levelsOf } from './quality';
import { columnsOf } from './shifts';
import { type Cell, cellsOf, tableColumns, tableCsv, type TableRow } from './table';
import { measureUnit } from './unit';

/**
 * Stage 'advantage': where LP-FT beats FT. For each level of the features' quality and each repetition the network is
 * fine-tuned both ways on the source; both are measured without shift, under each shift of the source's test samples, and
 * on the target. A level and repetition that is done is kept: a kill loses at most the training in progress since its
 * last checkpoint.
 *
 * Writes advantage.npy (levels × shifts × seeds, float64), table.npy (rows × columns, float64, columns as in table.ts)
 * and table.csv. details: `levels`, `shifts`, `seeds`, `columns`, `table` (rows in that order), `cells` (means,
 * deviation over seeds, wins), `prediction`. Numbers that are not finite are null.
 */
export const advantageStage: Stage = {
  name: 'advantage',
  inputs: (study) => ['data', ...networkInputs(study)],
  part: (study) => ({
    advantage: study.advantage,
    finetune: trainingSettings(study),
    regularization: regularizationOf(study),
    encoder: study.encoder,
    source: study.data.source,
    target: study.data.target,
    seed: study.seed,
  }),
  wanted: (study) => study.advantage !== undefined,
  run,
};

/** How both methods train: as the study's fine-tuning does, unless the map says otherwise. Trajectories are not for it. */
function trainingSettings({ finetune, advantage }: Study): FinetuneBlock {
  const base = finetune ?? finetuneSchema.parse({});
  return {
    ...base,
    methods: ['LP', 'FT', 'LP-FT'],
    epochs: advantage?.epochs ?? base.epochs,
    learningRates: advantage?.learningRates ?? base.learningRates,
    trajectory: { ...base.trajectory, points: base.earlyStopping ? base.trajectory.points : 0 },
  };
}

async function run(context: StageContext): Promise<StageOutput> {
  const { study, folder, inputs, report, signal, device } = context;
  const map = study.advantage!;
  const { network, ...pretrained } = await openPretrained(context);
  const settings = trainingSettings(study);
  const common: Setting = { ...pretrained, device, signal, report, folder, settings, seed: study.seed };
  const columns = columnsOf(map, pretrained.dataset, pretrained.protocol);
  const levels = levelsOf(map, common, network, inputs.pretrain);
  const units = levels.flatMap((level, i) => Array.from({ length: map.seeds }, (_, seed) => ({ level, i, seed })));

  const rows: TableRow[] = [];
  for (const [done, { level, i, seed }] of units.entries()) {
    if (signal.aborted) throw new Cancelled();
    const place = join(folder, 'units', `${i}-${seed}`);
    const file = `${place}.json`;
    const stored = (await readJson(file)) as Record<string, number | null>[] | undefined;
    if (stored) {
      rows.push(...stored.map(fromJson));
      continue;
    }
    await mkdir(place, { recursive: true });
    const unitSeed = stream(study.seed, 'advantage', 'repetition', seed).uint32();
    const name = `${level.name}, ${seed + 1} of ${map.seeds}`;
    const setting: Setting = {
      ...common,
      folder: place,
      seed: unitSeed,
      report: within(report, name, done, units.length),
    };
    const found = await measureUnit(setting, await level.network(unitSeed), columns, {
      regularization: regularizationOf(study),
      shiftSeed: study.seed,
      place: { level: i, quality: level.value, seed },
    });
    await writeJson(file, found);
    await rm(place, { recursive: true, force: true });
    rows.push(...found);
    report.metric('advantage', done + 1, meanAdvantage(found));
  }
  await rm(join(folder, 'units'), { recursive: true, force: true });

  const names = { levels: levels.map(({ name }) => name), shifts: columns.map(({ name }) => name) };
  const cells = cellsOf(rows);
  const prediction = predictAdvantage(
    cells.map(({ mean }) => ({ quality: mean.probeID, shift: mean.shiftDistance, advantage: mean.advantage })),
  );
  await writeArrays(folder, rows, names, map.seeds);
  return {
    figures: advantageFigures(cells, names, prediction),
    details: {
      levels: levels.map(({ name, value }) => ({ name, value })),
      quality: map.quality.kind,
      shifts: columns.map(({ name, kind, size, rows: own }) => ({ name, kind, size, samples: own.length })),
      seeds: map.seeds,
      columns: tableColumns,
      table: rows.map((row) => tableColumns.map((column) => finiteOrNull(row[column]))),
      cells: cells.map(cellJson),
      prediction: prediction ?? null,
    },
  };
}

/** The map itself, the table with all that belongs to it, and the same for a spreadsheet. */
async function writeArrays(
  folder: string,
  rows: readonly TableRow[],
  names: { readonly levels: readonly string[]; readonly shifts: readonly string[] },
  seeds: number,
): Promise<void> {
  const [levels, shifts] = [names.levels.length, names.shifts.length];
  const advantage = new Float64Array(levels * shifts * seeds).fill(NaN);
  for (const row of rows) advantage[(row.level * shifts + row.shift) * seeds + row.seed] = row.advantage;
  await writeNpy(join(folder, 'advantage.npy'), { shape: [levels, shifts, seeds], data: advantage });
  const table = Float64Array.from(rows.flatMap((row) => tableColumns.map((column) => row[column])));
  await writeNpy(join(folder, 'table.npy'), { shape: [rows.length, tableColumns.length], data: table });
  await writeFileAtomic(join(folder, 'table.csv'), tableCsv(rows, names.levels, names.shifts));
}

/** Progress of one unit as part of the whole. */
function within(report: Reporter, name: string, done: number, total: number): Reporter {
  return {
    progress: (part, whole, label) =>
      report.progress(1000 * (done + part / Math.max(1, whole)), 1000 * total, `${name}: ${label}`),
    // Curves and remarks of every training would be more than anyone reads.
    metric: () => undefined,
    log: (level, message) => {
      if (level === 'warning') report.log(level, `${name}: ${message}`);
    },
  };
}

function meanAdvantage(rows: readonly TableRow[]): number {
  return rows.reduce((sum, { advantage }) => sum + advantage, 0) / rows.length;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function cellJson({ mean, ...cell }: Cell) {
  return { ...cell, mean: Object.fromEntries(tableColumns.map((name) => [name, finiteOrNull(mean[name])])) };
}

function fromJson(row: Record<string, number | null>): TableRow {
  return Object.fromEntries(tableColumns.map((name) => [name, row[name] ?? NaN])) as TableRow;
}
