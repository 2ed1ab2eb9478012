import { type Dataset, select, type SplitName } from '../data/dataset';
import { readNpy } from '../data/npy';
import { UserError } from '../errors';
import type { Figure } from '../run/format';
import { type DomainChoice, resolveDomains } from '../study/domains';
import { type ProbeBlock, probeSchema, type Study } from '../study/schema';
import { fitHead, type FitHeadOptions, type FittedHead, type LabelledFeatures, logspace } from './fit-head';
import { accuracy, confusion } from './head';

/** Labelled test samples of one domain. */
export interface TestSet {
  readonly shift: 'ID' | 'OOD';
  readonly domain: string;
  readonly rows: Int32Array;
}

/** Which samples a method learns from and is measured on. Labels of the target are for measuring alone. */
export interface Protocol {
  readonly source: string;
  /** Labelled training samples of the source. */
  readonly train: Int32Array;
  /** Labelled samples of the source that hyper-parameters are chosen on. */
  readonly validation: Int32Array;
  /** ID before OOD, without those of which there is none. */
  readonly tests: readonly TestSet[];
}

/** Throws UserError where the source cannot train and choose; warns where a domain cannot be measured on. */
export function protocolOf(study: DomainChoice, dataset: Dataset, warn: (message: string) => void): Protocol {
  const { source, sourceIndex, target, targetIndex } = resolveDomains(study, dataset.domainNames);
  const labelled = (domain: number, split: SplitName): Int32Array =>
    select(dataset, { domain, split }).filter((row) => dataset.labels[row]! >= 0);
  const train = labelled(sourceIndex, 'train');
  const validation = labelled(sourceIndex, 'validation');
  if (train.length === 0)
    throw new UserError('source-labels', `The domain "${source}" has no labelled training sample; name its labels.`);
  if (validation.length === 0)
    throw new UserError(
      'source-validation',
      `The domain "${source}" has no labelled validation sample to choose hyper-parameters on; raise data.split.validation or add samples.`,
    );
  const domains = [
    { shift: 'ID' as const, domain: source, index: sourceIndex },
    ...(targetIndex === undefined ? [] : [{ shift: 'OOD' as const, domain: target!, index: targetIndex }]),
  ];
  const tests = domains.flatMap(({ shift, domain, index }) => {
    const rows = labelled(index, 'test');
    if (rows.length > 0) return [{ shift, domain, rows }];
    warn(`The domain "${domain}" has no labelled test sample; accuracy on it is left out.`);
    return [];
  });
  return { source, train, validation, tests };
}

/** An n × d float32 array of the represent stage, rows aligned with the dataset. */
export async function readFeatures(file: string, { labels }: Pick<Dataset, 'labels'>): Promise<LabelledFeatures> {
  const { shape, data } = await readNpy(file);
  const [n, d] = shape;
  if (shape.length !== 2 || n !== labels.length || d === undefined || !(data instanceof Float32Array))
    throw new Error(`${file} has shape ${shape.join(' × ')}; ${labels.length} float32 rows were expected.`);
  return { features: data, n, d, labels };
}

export function rowsOf({ features, d, labels }: LabelledFeatures, rows: Int32Array): LabelledFeatures {
  const kept = new Float32Array(rows.length * d);
  rows.forEach((row, i) => kept.set(features.subarray(row * d, (row + 1) * d), i * d));
  return { features: kept, n: rows.length, d, labels: rows.map((row) => labels[row]!) };
}

export interface Measured {
  readonly figures: Omit<Figure, 'stage'>[];
  /** By shift: counts by [true class][predicted class], and each class's accuracy, null without a test sample. */
  readonly details: Record<'confusion' | 'classAccuracy', Record<string, unknown>>;
}

/** Accuracy on each test set. `predictions` has a class for every sample of the dataset that is in one. */
export function measure(
  { labels, classNames }: Pick<Dataset, 'labels' | 'classNames'>,
  tests: readonly TestSet[],
  predictions: Int32Array,
  figure: Pick<Figure, 'id' | 'label' | 'method'>,
): Measured {
  const figures: Omit<Figure, 'stage'>[] = [];
  const details: Measured['details'] = { confusion: {}, classAccuracy: {} };
  for (const { shift, domain, rows } of tests) {
    const predicted = rows.map((row) => predictions[row]!);
    const truth = rows.map((row) => labels[row]!);
    const value = accuracy(predicted, truth);
    figures.push({ ...figure, value, unit: 'fraction', better: 'higher', domain, shift, samples: rows.length });
    const counts = confusion(predicted, truth, classNames.length);
    details.confusion[shift] = counts;
    details.classAccuracy[shift] = counts.map((row, k) => {
      const count = row.reduce((sum, n) => sum + n, 0);
      return count === 0 ? null : row[k]! / count;
    });
  }
  return { figures, details };
}

export interface SourceHeadOptions {
  readonly classes: number;
  readonly regularization: ProbeBlock['regularization'];
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number) => void;
}

/** The linear head that a study's settings find on the source's features. `all` has every sample of the dataset. */
export function fitOnSource(
  all: LabelledFeatures,
  { train, validation }: Protocol,
  { regularization, ...options }: SourceHeadOptions,
): Promise<FittedHead> {
  return fitHead({
    ...{ train: rowsOf(all, train), validation: rowsOf(all, validation), ...gridOf(regularization) },
    ...options,
  });
}

/**
 * The head of the C that was chosen, learned once more from the source's training and validation samples together. The
 * path and the validation accuracy stay those of the choice.
 */
export async function refitOnSource(
  all: LabelledFeatures,
  protocol: Protocol,
  chosen: FittedHead,
  options: Pick<FitHeadOptions, 'classes' | 'signal'>,
): Promise<FittedHead> {
  const [train, validation] = [withValidation(protocol).train, protocol.validation];
  const { weights, bias, standardization } = await fitHead({
    ...{ train: rowsOf(all, train), validation: rowsOf(all, validation), Cs: [chosen.C] },
    ...options,
  });
  return { ...chosen, weights, bias, standardization };
}

/** The protocol once all is chosen: validation samples are learned from as well. */
export function withValidation(protocol: Protocol): Protocol {
  return { ...protocol, train: Int32Array.of(...protocol.train, ...protocol.validation).sort() };
}

/** The values of C that are tried, and how one of them is chosen. */
export function gridOf({
  from,
  to,
  count,
  choice,
}: ProbeBlock['regularization']): Pick<FitHeadOptions, 'Cs' | 'choice'> {
  return { Cs: logspace(from, to, count), choice };
}

/** The study's regularisation, or the default where it has no probe. */
export function regularizationOf({ probe }: Pick<Study, 'probe'>): ProbeBlock['regularization'] {
  return (probe ?? probeSchema.parse({})).regularization;
}
