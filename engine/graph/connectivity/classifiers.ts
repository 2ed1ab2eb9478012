import type { Device } from '../../compute/device';
import { stream } from '../../data/random';
import { Split } from '../../data/dataset';
import type { StoredDataset } from '../../data/stored-dataset';
import type { Encoder } from '../../model/encoder';
import { extract } from '../../model/extract';
import { newHead } from '../../model/heads';
import type { AugmentationName, OptimizerBlock } from '../../study/schema';
import { headOf, trainClassifier } from '../../train/classify';
import { relationOf, type Cells, type Relation } from './cells';
import { percentiles, type Interval } from './estimate';

export interface ClassifierSettings {
  /** Pairs of cells for each relation at most. */
  readonly pairs: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerBlock;
  readonly augmentation: AugmentationName;
  readonly bootstrap: number;
}

export interface ClassifierContext {
  readonly device: Device;
  readonly encoder: Encoder;
  readonly dataset: StoredDataset;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number) => void;
}

export interface PairError {
  readonly relation: Relation;
  readonly cells: readonly [string, string];
  /** Balanced test error: the mean of both cells' errors. */
  readonly error: number;
  readonly tests: number;
}

export interface ClassifierEstimate {
  readonly pairs: readonly PairError[];
  /** Mean test error of each relation over its pairs, with a percentile interval of a bootstrap over pairs. */
  readonly errors: Readonly<Partial<Record<Relation, Interval>>>;
}

/**
 * Connectivity as the published experiments estimate it (Shen et al. 2022): for pairs of cells (α: one class in two
 * domains, β: two classes in a domain, γ: both differ) a classifier, the study's network as it starts and a head, is
 * trained on augmented samples to tell the two apart; the larger its test error, the stronger they are connected. A proxy
 * for edge weight: errors, not weights. Cells are trained on their training samples and tested on their test samples.
 */
export async function classifierConnectivity(
  cells: Cells,
  settings: ClassifierSettings,
  context: ClassifierContext,
): Promise<ClassifierEstimate> {
  const chosen = choosePairs(cells, settings.pairs, context.dataset, context.seed);
  const pairs: PairError[] = [];
  for (const [a, b] of chosen) {
    context.progress(pairs.length, chosen.length);
    const measured = await pairError(cells, a, b, settings, context);
    if (measured)
      pairs.push({ relation: relationOf(cells, a, b), cells: [cells.names[a]!, cells.names[b]!], ...measured });
  }
  const errors: Partial<Record<Relation, Interval>> = {};
  for (const relation of ['alpha', 'beta', 'gamma'] as const) {
    const values = pairs.filter((pair) => pair.relation === relation).map(({ error }) => error);
    if (values.length === 0) continue;
    const random = stream(context.seed, 'connectivity errors', relation);
    const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
    const resampled = Array.from({ length: settings.bootstrap }, () =>
      mean(values.map(() => values[random.below(values.length)]!)),
    );
    errors[relation] = { value: mean(values), ...percentiles(resampled) };
  }
  return { pairs, errors };
}

/** Up to `limit` pairs for each of α, β and γ, drawn by the seed, among cells with training and test samples. */
export function choosePairs(
  cells: Cells,
  limit: number,
  { splits }: Pick<StoredDataset, 'splits'>,
  seed: number,
): [number, number][] {
  const usable = cells.rows.map(
    (rows) => rows.some((x) => splits[x] === Split.train) && rows.some((x) => splits[x] === Split.test),
  );
  const all: Record<Relation, [number, number][]> = { rho: [], alpha: [], beta: [], gamma: [] };
  for (let a = 0; a < cells.count; a++)
    for (let b = a + 1; b < cells.count; b++) if (usable[a] && usable[b]) all[relationOf(cells, a, b)].push([a, b]);
  return (['alpha', 'beta', 'gamma'] as const).flatMap((relation) =>
    stream(seed, 'connectivity pairs', relation).shuffle(all[relation]).slice(0, limit),
  );
}

async function pairError(
  cells: Cells,
  a: number,
  b: number,
  settings: ClassifierSettings,
  { device, encoder, dataset, seed, signal }: ClassifierContext,
): Promise<{ error: number; tests: number } | undefined> {
  const of = (split: number) =>
    [a, b].map((cell) => cells.rows[cell]!.filter((x) => dataset.splits[x] === split)) as [Int32Array, Int32Array];
  const [train, test] = [of(Split.train), of(Split.test)];
  const labels = new Int32Array(dataset.labels.length).fill(-1);
  for (const x of cells.rows[b]!) labels[x] = 1;
  for (const x of cells.rows[a]!) labels[x] = 0;
  const key = `${cells.names[a]} ${cells.names[b]}`;
  const { parameters } = await trainClassifier({
    device,
    encoder,
    dataset: { ...dataset, labels, classNames: ['first', 'second'] },
    parameters: {
      ...encoder.initialize(stream(seed, 'connectivity encoder', key)),
      ...newHead(encoder.features, 2, stream(seed, 'connectivity head', key)),
    },
    // Both cells count alike: the smaller one's samples are repeated.
    rows: balanced(train),
    ...settings,
    mode: 'train',
    seed,
    signal,
    label: `Telling ${cells.names[a]} from ${cells.names[b]}`,
  });
  const { weights, bias } = headOf(parameters);
  const d = encoder.features;
  const wrong: number[] = [];
  for (const [side, rows] of test.entries()) {
    const { features } = await extract({ device, encoder, parameters, dataset, rows, signal });
    let errors = 0;
    for (let i = 0; i < rows.length; i++) {
      let margin = bias[1]! - bias[0]!;
      for (let j = 0; j < d; j++) margin += features[i * d + j]! * (weights[d + j]! - weights[j]!);
      if (margin > 0 !== (side === 1)) errors++;
    }
    wrong.push(errors / rows.length);
  }
  return { error: (wrong[0]! + wrong[1]!) / 2, tests: test[0].length + test[1].length };
}

function balanced([first, second]: readonly [Int32Array, Int32Array]): Int32Array {
  const size = Math.max(first.length, second.length);
  const fill = (rows: Int32Array) => Array.from({ length: size }, (_, i) => rows[i % rows.length]!);
  return Int32Array.from([...fill(first), ...fill(second)]);
}
