import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy, writeNpy } from '../data/npy';
import { UserError } from '../errors';
import type { Stage, StageContext } from '../run/stage';
import { readDataset } from '../data/stored-dataset';
import type { Study } from '../study/schema';
import { operatorSpectrum } from './operator';
import { reportSpectrum } from './spectrum';

/**
 * Stage 'spectrum': eigenpairs and clusters of a representation over all samples of all domains (training, validation
 * and test). Writes eigenvalues.npy (d, float64, all of them), eigenvectors.npy (n × k, float32, unit columns, rows
 * aligned with the dataset) and clusters.npy (n, int32).
 */
export const spectrumStage: Stage = {
  name: 'spectrum',
  inputs: () => ['data', 'represent'],
  part: (study) => ({ spectrum: study.spectrum, seed: study.seed }),
  wanted: (study) => study.spectrum !== undefined,
  async run(context) {
    const { study, folder, inputs, report, signal } = context;
    const settings = study.spectrum!;
    const dataset = await readDataset(inputs.data!);
    const n = dataset.labels.length;
    const { values, d, space } = await readRepresentation(context, settings, n);
    report.progress(0, n, 'Second moment');
    const asked = typeof settings.clusters === 'number' ? settings.clusters : dataset.classNames.length;
    const operator = await operatorSpectrum(values, n, d, Math.max(settings.eigenvectors, asked), {
      signal,
      progress: (done) => report.progress(done, n, 'Second moment'),
    });
    report.progress(n, n, 'Clusters');
    const result = reportSpectrum(operator, dataset, {
      eigenvectors: settings.eigenvectors,
      clusters: settings.clusters,
      seed: study.seed,
      warn: (message) => report.log('warning', message),
    });
    await writeNpy(join(folder, 'eigenvalues.npy'), { shape: [d], data: operator.eigenvalues });
    await writeNpy(join(folder, 'eigenvectors.npy'), { shape: [n, operator.count], data: operator.eigenvectors });
    await writeNpy(join(folder, 'clusters.npy'), { shape: [n], data: result.clusters });
    return { figures: result.figures, details: { space, ...result.details } };
  },
};

/** The rows that the study asks for, n × d. Without pretraining there is no embedding: features stand in. */
async function readRepresentation(
  { inputs, report }: StageContext,
  settings: NonNullable<Study['spectrum']>,
  n: number,
): Promise<{ values: Float32Array; d: number; space: 'embedding' | 'features' }> {
  let { space } = settings;
  if (space === 'embedding' && !existsSync(join(inputs.represent!, 'embedding.npy'))) {
    report.log('warning', 'Without pretraining there is no embedding; the spectrum is that of the features.');
    space = 'features';
  }
  const file = join(inputs.represent!, `${space}.npy`);
  const { shape, data } = await readNpy(file);
  const [rows, d] = shape;
  if (shape.length !== 2 || rows !== n || d === undefined || !(data instanceof Float32Array))
    throw new Error(`${file} has shape ${shape.join(' × ')}; ${n} float32 rows were expected.`);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new UserError(
      'spectrum-values',
      `The representation of sample ${Math.floor(bad / d)} holds ${data[bad]}; check the data, or train again with a smaller learning rate.`,
    );
  return { values: data, d, space };
}
