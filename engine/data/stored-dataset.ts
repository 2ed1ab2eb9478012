import { join } from 'node:path';
import { readJson, writeFileAtomic } from '../run/atomic';
import type { Dataset } from './dataset';
import { readNpy, writeNpy } from './npy';
import { channelStatistics, countSamples, type ChannelStatistics } from './statistics';

/** What dataset.json holds beside the arrays; names are one for each sample. */
export interface DatasetRecord extends ChannelStatistics {
  readonly sampleShape: readonly number[];
  readonly classNames: readonly string[];
  readonly domainNames: readonly string[];
  readonly names: readonly string[];
  /** Labelled samples by [domain][class][split], splits in the order train, validation, test. */
  readonly counts: readonly (readonly (readonly number[])[])[];
}

/** A dataset with the mean and deviation of each channel over its training samples, images scaled to 0…1. */
export type StoredDataset = Dataset & ChannelStatistics;

/**
 * Writes values.npy (n × sample shape, uint8 or float32), labels.npy and domains.npy (n, int32), splits.npy
 * (n, uint8) and, last, dataset.json into a folder.
 */
export async function writeDataset(folder: string, dataset: Dataset): Promise<DatasetRecord> {
  const { sampleShape, values, labels, domains, splits, classNames, domainNames, names } = dataset;
  const count = labels.length;
  const record: DatasetRecord = {
    sampleShape,
    classNames,
    domainNames,
    counts: countSamples(dataset),
    ...channelStatistics(dataset),
    names,
  };
  await writeNpy(join(folder, 'values.npy'), { shape: [count, ...sampleShape], data: values });
  await writeNpy(join(folder, 'labels.npy'), { shape: [count], data: labels });
  await writeNpy(join(folder, 'domains.npy'), { shape: [count], data: domains });
  await writeNpy(join(folder, 'splits.npy'), { shape: [count], data: splits });
  await writeFileAtomic(join(folder, 'dataset.json'), `${JSON.stringify(record)}\n`);
  return record;
}

/** Reads what `writeDataset` wrote. An Error means that the folder is not a data stage's, or damaged. */
export async function readDataset(folder: string): Promise<StoredDataset> {
  const record = (await readJson(join(folder, 'dataset.json'))) as DatasetRecord | undefined;
  if (!record) throw new Error(`${folder} holds no dataset.json.`);
  const [values, labels, domains, splits] = await Promise.all(
    ['values', 'labels', 'domains', 'splits'].map((name) => readNpy(join(folder, `${name}.npy`))),
  );
  const fits =
    (values!.data instanceof Uint8Array || values!.data instanceof Float32Array) &&
    String(values!.shape.slice(1)) === String(record.sampleShape) &&
    [values, labels, domains, splits].every((array) => array!.shape[0] === record.names.length);
  if (!fits) throw new Error(`The arrays in ${folder} do not fit its dataset.json.`);
  const { sampleShape, classNames, domainNames, names, mean, std } = record;
  return {
    sampleShape,
    classNames,
    domainNames,
    names,
    mean,
    std,
    values: values!.data as Dataset['values'],
    labels: labels!.data as Int32Array,
    domains: domains!.data as Int32Array,
    splits: splits!.data as Uint8Array,
  };
}
