import type {
  ClustersAnswer,
  PathAnswer,
  ProjectionAnswer,
  ProjectionMethod,
  ProjectionSpace,
} from '../../engine/query/answers';
import type { Query } from '../contract';
import type { NdArray } from './npy';

/** The samples that a view can speak of, and which of them it draws. */
export interface Samples {
  /** Number of samples in the dataset. */
  readonly total: number;
  /** Dataset row of each entry, ascending. */
  readonly rows: Int32Array;
  /** Entries that stand for all: every one, or a sample stratified by domain and class. */
  readonly drawn: Int32Array;
  /** Class of each entry, −1 without a label. */
  readonly labels: Int32Array;
  readonly domains: Int32Array;
  /** 0 training, 1 validation, 2 test. */
  readonly splits: Uint8Array;
  readonly names: readonly string[];
  readonly classNames: readonly string[];
  readonly domainNames: readonly string[];
  readonly sampleShape: readonly number[];
}

/** Where a view's arrays and pictures come from: the run directory, or the page of a report. */
export interface RunData {
  /** Undefined where the data stage has not finished. Rejects where its files cannot be read. */
  samples(): Promise<Samples | undefined>;
  /** An array by `stage/name`, one row an entry where the stage has one row a sample; undefined where there is none. */
  array(name: string): Promise<NdArray | undefined>;
  /** Names of the arrays that there are. */
  readonly arrays: readonly string[];
  /** A picture of a dataset row, which fills when it has been read; undefined where samples are no images. */
  picture(samples: Samples, row: number, side?: number): HTMLElement | undefined;
  /** A projection of at most so many samples; a report has those that it carries. */
  projection(method: ProjectionMethod, space: ProjectionSpace, limit: number): Promise<ProjectionAnswer>;
  /** An array that an answer names. */
  file(name: string): Promise<NdArray>;
  clusters?: (k: number) => Promise<ClustersAnswer>;
  path?: (from: number, to: number) => Promise<PathAnswer>;
  /** Paths that are there without asking. */
  readonly paths: readonly PathAnswer[];
}

export type Ask = (query: Query) => Promise<unknown>;

/** Place of a dataset row among the entries, −1 where it is not among them. */
export function entryOf({ rows }: Pick<Samples, 'rows'>, row: number): number {
  let [low, high] = [0, rows.length - 1];
  // Where all rows are there, each is in its place.
  if (rows[row] === row) return row;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (rows[middle] === row) return middle;
    if (rows[middle]! < row) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Whether samples are images that can be shown. */
export function areImages({ sampleShape }: Pick<Samples, 'sampleShape'>): boolean {
  return sampleShape.length === 3 && (sampleShape[2] === 1 || sampleShape[2] === 3);
}

export function className(samples: Pick<Samples, 'classNames'>, label: number): string {
  return label < 0 ? 'no label' : (samples.classNames[label] ?? `class ${label}`);
}

export function domainName(samples: Pick<Samples, 'domainNames'>, domain: number): string {
  return samples.domainNames[domain] ?? `domain ${domain}`;
}
