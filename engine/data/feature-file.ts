import { UserError } from '../errors';
import { listChoices } from '../study/suggest';
import { elementCount, type NumericArray } from './array';
import { arraySource } from './array-source';
import { readNpy } from './npy';
import { readNpz } from './npz';
import { readSafetensors, requireTensor } from './safetensors';
import type { DomainSource } from './source';
import { openTable } from './table';

export interface FeatureFile {
  readonly path: string;
  /** Name of the array in an archive, where it holds several that could be meant. */
  readonly array?: string;
}

export interface Features {
  readonly n: number;
  readonly d: number;
  /** n × d. */
  readonly values: Float32Array;
}

/**
 * Features that were computed elsewhere, one row a sample: .npy (also .gz), .npz, .safetensors, .parquet or .csv. Of a
 * table every numeric column but `label` is a feature. Throws UserError.
 */
export async function readFeatureFile(
  { path, array }: FeatureFile,
  resolve: (path: string) => string,
  { label = 'label', signal }: { readonly label?: string; readonly signal?: AbortSignal } = {},
): Promise<Features> {
  const file = resolve(path);
  const source = await open(path, file, array, label, signal);
  if (source.kind !== 'features')
    throw new UserError('features-shape', `${file} holds images; features are (n, d).`, { file });
  const [n, d] = [source.labels.length, source.shape[0]!];
  const values = new Float32Array(n * d);
  await source.read(
    Int32Array.from({ length: n }, (_, row) => row),
    { shape: [d], values, first: 0 },
    { signal },
  );
  return { n, d, values };
}

async function open(
  shown: string,
  file: string,
  array: string | undefined,
  label: string,
  signal?: AbortSignal,
): Promise<DomainSource> {
  const of = (values: NumericArray): DomainSource => arraySource({ values, file, shown });
  if (/\.npy(\.gz)?$/i.test(file)) return of(await readNpy(file));
  if (/\.npz$/i.test(file))
    return of(pick(await readNpz(file, array === undefined ? undefined : [array]), array, file));
  if (/\.safetensors$/i.test(file)) return of(pick((await readSafetensors(file)).tensors, array, file));
  if (/\.(parquet|csv)$/i.test(file))
    return openTable({ format: /\.csv$/i.test(file) ? 'csv' : 'parquet', label, shown, file }, signal);
  const message = `${file} is no file of features that can be read; give .npy, .npz, .safetensors, .parquet or .csv.`;
  throw new UserError('features-format', message, { file });
}

/** The array that is named, or the only one with rows of numbers. */
function pick<T extends NumericArray>(arrays: ReadonlyMap<string, T>, name: string | undefined, file: string): T {
  const tables = [...arrays].filter(([, { shape }]) => shape.length === 2 && elementCount(shape) > 0);
  if (name === undefined) {
    if (tables.length === 1) return tables[0]![1];
    const found = tables.length === 0 ? 'none' : listChoices(tables.map(([each]) => each).slice(0, 8), 'and');
    throw new UserError('features-array', `${file} holds ${found} with the shape (n, d); name one with "array".`, {
      file,
    });
  }
  return requireTensor(arrays, name, file);
}
