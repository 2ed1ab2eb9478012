import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sampleSize, type Dataset } from '../../data/dataset';
import { readNpy } from '../../data/npy';
import type { StoredDataset } from '../../data/stored-dataset';
import { UserError } from '../../errors';
import { extract } from '../../model/extract';
import { embedding as embeddingOf } from '../../model/heads';
import { openNetwork } from '../../model/network';
import type { StageContext } from '../../run/stage';

export type SpaceName = 'pixels' | 'features' | 'embedding';

/** n × d rows of a space, row-major. */
export interface SpaceRows {
  readonly values: Float32Array;
  readonly d: number;
  /** The space that was taken: features stand in for an embedding that is not there. */
  readonly space: SpaceName;
}

type Inputs = Pick<StageContext, 'inputs' | 'report'>;

/** The dataset's samples in a space. */
export async function samplesIn(space: SpaceName, dataset: Dataset, context: Inputs): Promise<SpaceRows> {
  const n = dataset.labels.length;
  if (space === 'pixels') return { values: plainValues(dataset.values), d: sampleSize(dataset), space };
  return readRepresentation(space, n, context.inputs.represent!, (message) => context.report.log('warning', message));
}

/** The rows that a represent stage wrote, n × d. Without pretraining there is no embedding: features stand in. */
export async function readRepresentation(
  asked: 'features' | 'embedding',
  n: number,
  folder: string,
  warn: (message: string) => void,
): Promise<SpaceRows> {
  let space: SpaceName = asked;
  if (space === 'embedding' && !existsSync(join(folder, 'embedding.npy'))) {
    warn('Without pretraining there is no embedding; the features stand in for it.');
    space = 'features';
  }
  const file = join(folder, `${space}.npy`);
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

/** Rows of given samples (images as 0…1) in a space, by the study's encoder. */
export async function encodeRows(
  space: SpaceName,
  values: Float32Array,
  dataset: StoredDataset,
  { study, inputs, report, signal, device }: StageContext,
): Promise<SpaceRows> {
  if (space === 'pixels') return { values, d: sampleSize(dataset), space };
  const { encoder, parameters, projection: head } = await openNetwork(study, dataset, inputs);
  const n = values.length / sampleSize(dataset);
  const embed = space === 'embedding' && study.pretrain ? embeddingOf(study.pretrain) : undefined;
  const { features, embedding } = await extract({
    ...{ device, encoder, parameters: { ...parameters, ...head }, signal },
    embed,
    dataset: { values, sampleShape: dataset.sampleShape },
    rows: Int32Array.from({ length: n }, (_, i) => i),
    progress: (done) => report.progress(done, n, 'Representing the views'),
  });
  if (embedding) return { values: embedding, d: embedding.length / n, space: 'embedding' };
  return { values: features, d: encoder.features, space: 'features' };
}

/** Bytes of images become 0…1, features stay. */
function plainValues(values: Dataset['values']): Float32Array {
  if (values instanceof Float32Array) return values;
  return Float32Array.from(values, (value) => value / 255);
}
