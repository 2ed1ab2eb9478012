import { UserError } from '../errors';
import { Split } from './dataset';

/** In `DomainSource.fixed`: the sample may go to any split. */
export const freeSplit = 255;

/** Where `read` puts samples: sample i at `(first + i) × prod(shape)`. */
export interface ReadTarget {
  readonly shape: readonly number[];
  readonly values: Uint8Array | Float32Array;
  readonly first: number;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Called now and then with the number of samples read so far. */
  readonly onProgress?: (done: number) => void;
}

/** The samples of one domain: labels at once, values when they are asked for. */
export interface DomainSource {
  /** Images can be brought to any size and channels, features cannot. */
  readonly kind: 'images' | 'features';
  /** Shape of the first sample: [height, width, channels] or [d]. */
  readonly shape: readonly number[];
  /** For each sample an index into `classNames`, or, without them, the class's number; −1 without label. */
  readonly labels: Int32Array;
  /** Where the data names its classes. */
  readonly classNames?: readonly string[];
  /** For each sample the value of `Split` that the data fixes, or `freeSplit`. */
  readonly fixed: Uint8Array;
  /** What a user would call a sample. */
  name(row: number): string;
  /** Reads the given rows, in their order. Throws UserError. */
  read(rows: Int32Array, target: ReadTarget, options: ReadOptions): Promise<void>;
  /** What the user should know of, a sentence each. */
  readonly warnings: readonly string[];
}

/** Puts a domain's fixed test set behind its other samples. Throws UserError where the two do not match. */
export function withTestSet(train: DomainSource, test: DomainSource, domain: string): DomainSource {
  const sameShape = train.kind === 'images' || String(train.shape) === String(test.shape);
  if (train.kind !== test.kind || !sameShape) {
    throw new UserError(
      'data-test-set',
      `The test set of domain "${domain}" holds ${describe(test)}, its training set ${describe(train)}; both must hold the same.`,
    );
  }
  const count = train.labels.length;
  const { labels, classNames } = joinLabels(train, test);
  return {
    kind: train.kind,
    shape: train.shape,
    labels,
    classNames,
    fixed: Uint8Array.from([...train.fixed, ...test.fixed.map(() => Split.test)]),
    name: (row) => (row < count ? train.name(row) : test.name(row - count)),
    warnings: [...train.warnings, ...test.warnings],
    async read(rows, target, { onProgress, ...options }) {
      // Rows come sorted: first all of the one set, then all of the other.
      const cut = rows.findIndex((row) => row >= count);
      const own = cut < 0 ? rows : rows.subarray(0, cut);
      const tested = rows.subarray(own.length).map((row) => row - count);
      if (own.length > 0) await train.read(own, target, { ...options, onProgress });
      if (tested.length === 0) return;
      const shifted = onProgress && ((done: number) => onProgress(own.length + done));
      await test.read(tested, { ...target, first: target.first + own.length }, { ...options, onProgress: shifted });
    },
  };
}

function joinLabels(train: DomainSource, test: DomainSource): Pick<DomainSource, 'labels' | 'classNames'> {
  const labels = new Int32Array(train.labels.length + test.labels.length);
  if (!train.classNames && !test.classNames) {
    labels.set(train.labels);
    labels.set(test.labels, train.labels.length);
    return { labels };
  }
  const nameOf = (source: DomainSource, label: number): string => source.classNames?.[label] ?? String(label);
  const indices = new Map<string, number>();
  let row = 0;
  for (const source of [train, test]) {
    for (const label of source.labels) {
      const name = nameOf(source, label);
      if (label >= 0 && !indices.has(name)) indices.set(name, indices.size);
      labels[row++] = label < 0 ? -1 : indices.get(name)!;
    }
  }
  return { labels, classNames: [...indices.keys()] };
}

function describe({ kind, shape }: DomainSource): string {
  return kind === 'images' ? 'images' : `features of length ${shape[0]}`;
}
