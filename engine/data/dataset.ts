/** Which part a sample plays. Stored as a byte. */
export const Split = { train: 0, validation: 1, test: 2 } as const;
export type SplitName = keyof typeof Split;

/**
 * Every sample of every domain in one flat table; stages select rows by domain and split.
 * n is `labels.length`.
 */
export interface Dataset {
  /** Shape of one sample: [height, width, channels] for images, [d] for feature vectors. */
  readonly sampleShape: readonly number[];
  /** n × prod(sampleShape), row-major. Images: uint8 0…255, channels last. Features: float32. */
  readonly values: Uint8Array | Float32Array;
  /** Class index of each sample, −1 where there is no label. */
  readonly labels: Int32Array;
  /** Domain index of each sample. */
  readonly domains: Int32Array;
  /** A value of `Split` for each sample. */
  readonly splits: Uint8Array;
  readonly classNames: readonly string[];
  readonly domainNames: readonly string[];
  /** What a user would call each sample: a file's path, or `file#row`. */
  readonly names: readonly string[];
}

/** Number of values in one sample. */
export function sampleSize(dataset: Pick<Dataset, 'sampleShape'>): number {
  return dataset.sampleShape.reduce((a, b) => a * b, 1);
}

/** True when samples are images (height × width × channels). */
export function isImage(dataset: Pick<Dataset, 'sampleShape'>): boolean {
  return dataset.sampleShape.length === 3;
}

/** Row indices with the given domain (any if undefined) and split (any if undefined), ascending. */
export function select(
  dataset: Pick<Dataset, 'domains' | 'splits'>,
  where: { domain?: number; domains?: readonly number[]; split?: SplitName },
): Int32Array {
  const rows: number[] = [];
  for (let i = 0; i < dataset.domains.length; i++) {
    if (where.domain !== undefined && dataset.domains[i] !== where.domain) continue;
    if (where.domains !== undefined && !where.domains.includes(dataset.domains[i]!)) continue;
    if (where.split !== undefined && dataset.splits[i] !== Split[where.split]) continue;
    rows.push(i);
  }
  return Int32Array.from(rows);
}
