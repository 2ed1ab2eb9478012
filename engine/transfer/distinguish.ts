import { Split } from '../data/dataset';
import { stream } from '../data/random';
import type { StoredDataset } from '../data/stored-dataset';
import { fitLogistic, type LabelledFeatures, predict, standardize } from '../probe';
import type { StageOutput } from '../run/stage';

/** Samples of each side that a classifier learns from at most. */
const mostTraining = 1000;
/** Pairs of classes of each domain at most, drawn by the seed, the same for every representation. */
const mostPairs = 20;

/** How well a linear classifier tells two sets of samples apart. */
export interface Distinguished {
  /** Mean of the test errors of both sides: ½ where they cannot be told apart. */
  readonly error: number;
  /** Test samples of both sides. */
  readonly samples: number;
}

/** The proxy A-distance of an error (Ben-David et al. 2007): 2 where it is 0, 0 where it is ½. */
export function proxyDistance(error: number): number {
  return 2 * (1 - 2 * error);
}

type Sides = readonly [Int32Array, Int32Array];

/**
 * Logistic regression (C = 1, one standard deviation for all features) on as many training samples of either side,
 * measured on test samples. Undefined where a side has none of either.
 */
export async function tellApart(
  { features, d }: Pick<LabelledFeatures, 'features' | 'd'>,
  train: Sides,
  test: Sides,
  signal?: AbortSignal,
): Promise<Distinguished | undefined> {
  const size = Math.min(mostTraining, train[0].length, train[1].length);
  if (size === 0 || test[0].length === 0 || test[1].length === 0) return undefined;
  const gather = (rows: Int32Array): Float32Array => {
    const out = new Float32Array(rows.length * d);
    rows.forEach((row, i) => out.set(features.subarray(row * d, (row + 1) * d), i * d));
    return out;
  };
  const rows = Int32Array.from([...train[0].subarray(0, size), ...train[1].subarray(0, size)]);
  const problem = { features: gather(rows), n: 2 * size, d };
  const head = await fitLogistic({
    ...problem,
    labels: Int32Array.from(rows, (_, i) => (i < size ? 0 : 1)),
    classes: 2,
    scale: standardize(problem, 'scalar').scale,
    C: 1,
    tolerance: 1e-5,
    signal,
  });
  const wrong = test.map((side, label) => {
    const predicted = predict(head, { features: gather(side), n: side.length, d });
    return predicted.filter((guess) => guess !== label).length / side.length;
  });
  return { error: (wrong[0]! + wrong[1]!) / 2, samples: test[0].length + test[1].length };
}

export interface Distinguishability {
  readonly domain?: Distinguished;
  /** Mean over pairs of classes within a domain, and how many they are. */
  readonly classes?: { readonly error: number; readonly pairs: number };
}

/**
 * How well a linear classifier on a representation tells two domains apart, and how well two classes of one domain.
 * Labels serve this report alone.
 */
export async function distinguish(
  representation: Pick<LabelledFeatures, 'features' | 'd'>,
  dataset: StoredDataset,
  [source, target]: readonly [number, number],
  { seed, signal }: { seed: number; signal: AbortSignal },
): Promise<Distinguishability> {
  const rowsOf = (domain: number, split: number, label?: number): Int32Array => {
    const found: number[] = [];
    for (let row = 0; row < dataset.labels.length; row++)
      if (
        dataset.domains[row] === domain &&
        dataset.splits[row] === split &&
        (label === undefined || dataset.labels[row] === label)
      )
        found.push(row);
    return stream(seed, 'distinguish', domain, split, label ?? -1).shuffle(Int32Array.from(found));
  };
  const both = (split: number): Sides => [rowsOf(source, split), rowsOf(target, split)];
  const domain = await tellApart(representation, both(Split.train), both(Split.test), signal);
  const errors: number[] = [];
  for (const inside of [source, target])
    for (const [a, b] of classPairs(dataset.classNames.length, seed)) {
      const sides = (split: number): Sides => [rowsOf(inside, split, a), rowsOf(inside, split, b)];
      const told = await tellApart(representation, sides(Split.train), sides(Split.test), signal);
      if (told) errors.push(told.error);
    }
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  return { domain, ...(errors.length > 0 && { classes: { error: mean, pairs: errors.length } }) };
}

function classPairs(classes: number, seed: number): [number, number][] {
  const all: [number, number][] = [];
  for (let a = 0; a < classes; a++) for (let b = a + 1; b < classes; b++) all.push([a, b]);
  return stream(seed, 'distinguish classes').shuffle(all).slice(0, mostPairs);
}

/** As rows of the result. */
export function describeDistinguishability(
  { domain, classes }: Distinguishability,
  common: { readonly method: string; readonly domain?: string; readonly source?: string },
): StageOutput['figures'] {
  const pair = (name: 'domain' | 'class', what: string, error: number, samples?: number): StageOutput['figures'] => [
    {
      id: `transfer.${name}-error`,
      label: `Error in telling ${what} apart`,
      value: error,
      unit: 'fraction',
      ...common,
      samples,
    },
    {
      ...{ id: `transfer.${name}-distance`, label: `Proxy A-distance of ${what}` },
      ...{ value: proxyDistance(error), unit: 'distance', ...common },
    },
  ];
  return [
    ...(domain ? pair('domain', 'domains', domain.error, domain.samples) : []),
    ...(classes ? pair('class', 'classes', classes.error) : []),
  ];
}
