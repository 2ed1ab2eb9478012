import { Cancelled, UserError } from '../errors';
import type { DataBlock, Study } from '../study/schema';
import { elementCount } from './array';
import { type Dataset, Split } from './dataset';
import { unifyLabels } from './labels';
import { openDomains } from './open-domains';
import { drawOutlines } from './outlines';
import type { DomainSource } from './source';
import { drawSplits, leftOut } from './split';

export interface LoadOptions {
  /** Samples read so far, of all that will be, and what is being read. */
  readonly onProgress?: (done: number, total: number, label: string) => void;
  /** What the user should know of, a sentence each. */
  readonly onWarning?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** Images of unknown size larger than this are most likely photographs that were meant to be reduced. */
const largestSide = 512;

/**
 * Reads every domain of a study into one table: images brought to one size and number of channels, drawn as outlines if
 * asked to, classes unified across domains, splits drawn by the seed. Samples that `data.limit` leaves out are not read.
 * Throws UserError, and Cancelled once the signal is aborted.
 */
export async function loadDataset(
  study: Pick<Study, 'data' | 'seed'>,
  resolvePath: (path: string) => string,
  { onProgress, onWarning, signal }: LoadOptions = {},
): Promise<Dataset> {
  const { data, seed } = study;
  const sources = await openDomains(data, resolvePath, signal);
  for (const { warnings } of sources.values()) warnings.forEach((warning) => onWarning?.(warning));
  const unified = unifyLabels(sources, data.classNames);
  unified.warnings.forEach((warning) => onWarning?.(warning));
  const sampleShape = commonShape(sources, data.image);

  const parts = [...sources].map(([domain, source], i) => {
    const { fixed } = source;
    const labels = unified.labels[i]!;
    const splits =
      domain === data.target && data.split.target === 'test'
        ? new Uint8Array(labels.length).fill(Split.test)
        : drawSplits({ seed, domain, labels, fixed, limit: data.limit, ...data.split });
    const rows = Int32Array.from(splits.keys()).filter((row) => splits[row] !== leftOut);
    return { domain, source, rows, labels: rows.map((row) => labels[row]!), splits: splits.filter(isKept) };
  });
  const total = parts.reduce((sum, { rows }) => sum + rows.length, 0);
  const values = allocate(total * elementCount(sampleShape), [...sources.values()][0]!.kind);
  let first = 0;
  for (const { domain, source, rows } of parts) {
    if (signal?.aborted) throw new Cancelled();
    const start = first;
    await source.read(
      rows,
      { shape: sampleShape, values, first },
      { signal, onProgress: (done) => onProgress?.(start + done, total, `Reading ${domain}`) },
    );
    first += rows.length;
  }
  if (data.image.outlines && values instanceof Uint8Array)
    await drawOutlines(values, sampleShape, {
      signal,
      onProgress: (done, all) => onProgress?.(done, all, 'Drawing outlines'),
    });
  return {
    sampleShape,
    values,
    labels: Int32Array.from(parts.flatMap(({ labels }) => [...labels])),
    domains: Int32Array.from(parts.flatMap(({ rows }, i) => Array.from(rows, () => i))),
    splits: Uint8Array.from(parts.flatMap(({ splits }) => [...splits])),
    classNames: unified.classNames,
    domainNames: [...sources.keys()],
    names: parts.flatMap(({ source, rows }) => Array.from(rows, (row) => source.name(row))),
  };
}

const isKept = (split: number): boolean => split !== leftOut;

/** The shape that every sample will have: images as the study asks or as the first one is, features as they are. */
function commonShape(sources: ReadonlyMap<string, DomainSource>, image: DataBlock['image']): readonly number[] {
  const [[firstName, first] = []] = [...sources];
  if (!first || firstName === undefined) throw new UserError('data-empty', 'The data has no domain; add one.');
  for (const [name, source] of sources) {
    if (source.kind !== first.kind) {
      throw new UserError(
        'data-kinds',
        `Domain "${firstName}" holds ${first.kind}, domain "${name}" holds ${source.kind}; all domains must hold the same.`,
      );
    }
    if (source.kind === 'features' && source.shape[0] !== first.shape[0]) {
      throw new UserError(
        'data-widths',
        `Domain "${firstName}" has ${first.shape[0]} features, domain "${name}" has ${source.shape[0]}; all domains must have the same.`,
      );
    }
  }
  if (first.kind === 'features') return first.shape;
  const [height = 1, width = 1, channels = 1] = first.shape;
  if (image.size === undefined && Math.max(height, width) > largestSide) {
    throw new UserError(
      'image-size',
      `The first image of domain "${firstName}" has ${width} × ${height} pixels; set data.image.size to the side that images are to have, at most ${largestSide}.`,
    );
  }
  const asked = image.channels === undefined ? undefined : image.channels === 'gray' ? 1 : 3;
  return [image.size ?? height, image.size ?? width, asked ?? (image.outlines ? 1 : channels)];
}

function allocate(length: number, kind: DomainSource['kind']): Dataset['values'] {
  try {
    return kind === 'images' ? new Uint8Array(length) : new Float32Array(length);
  } catch {
    const gigabytes = ((length * (kind === 'images' ? 1 : 4)) / 2 ** 30).toFixed(1);
    throw new UserError(
      'data-too-large',
      `The samples need ${gigabytes} GiB of memory, more than there is; set data.limit or a smaller data.image.size.`,
    );
  }
}
