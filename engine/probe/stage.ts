import { join } from 'node:path';
import { select, type Dataset, type SplitName } from '../data/dataset';
import { readNpy, writeNpy } from '../data/npy';
import { writeSafetensors } from '../data/safetensors';
import { readDataset } from '../data/stored-dataset';
import { UserError } from '../errors';
import type { Figure } from '../run/format';
import type { Reporter, Stage } from '../run/stage';
import { resolveDomains } from '../study/domains';
import { fitHead, logspace, type FittedHead, type LabelledFeatures } from './fit-head';
import { accuracy, confusion, predict } from './head';

/**
 * Stage 'probe': a linear head on the frozen features, fitted on the source's training samples, measured on the test
 * samples of source (ID) and target (OOD); beside it, as a floor, the same on the encoder before training. Target
 * labels are used for measuring alone.
 *
 * Writes head.safetensors (torch.nn.Linear's weight, classes × d, and bias) and predictions.npy (int32, the class of
 * every sample, rows aligned with the dataset).
 */
export const probeStage: Stage = {
  name: 'probe',
  computes: false,
  inputs: () => ['data', 'represent'],
  part: ({ probe, pretrain, data: { source, target } }) => ({ probe, source, target, objective: pretrain?.objective }),
  wanted: (study) => study.probe !== undefined,
  async run({ study, folder, inputs, report, signal }) {
    const { regularization, randomNetwork } = study.probe!;
    const dataset = await readDataset(inputs.data!);
    const tests = testRows(study, dataset, (message) => report.log('warning', message));
    const Cs = logspace(regularization.from, regularization.to, regularization.count);
    const encoders = [{ method: study.pretrain?.objective ?? 'encoder', file: 'features.npy', prefix: '' }];
    // Given values that are the features have no untrained network behind them.
    if (study.pretrain && randomNetwork && study.encoder.architecture !== 'identity')
      encoders.push({ method: 'random-network', file: 'random-features.npy', prefix: 'random-' });

    const figures: Omit<Figure, 'stage'>[] = [];
    const methods: Record<string, unknown> = {};
    for (const [i, { method, file, prefix }] of encoders.entries()) {
      const all = await readFeatures(join(inputs.represent!, file), dataset);
      const part = (split: SplitName) => rowsOf(all, select(dataset, { domain: tests.source, split }));
      const train = part('train');
      const head = await fitHead({
        train,
        validation: part('validation'),
        classes: dataset.classNames.length,
        Cs,
        signal,
        progress: (done) =>
          report.progress(i * Cs.length + done, encoders.length * Cs.length, `Linear head, ${method}`),
      });
      describePath(head, `the ${method} features`, report);
      const predictions = predict(head, all);
      await writeHead(join(folder, `${prefix}head.safetensors`), head);
      await writeNpy(join(folder, `${prefix}predictions.npy`), { shape: [all.n], data: predictions });
      const measured = measure(dataset, tests, predictions, method);
      figures.push(...measured.figures);
      methods[method] = {
        C: head.C,
        validationAccuracy: head.validationAccuracy,
        path: head.path,
        trainingSamples: train.labels.filter((label) => label >= 0).length,
        ...measured.details,
        head: `${prefix}head.safetensors`,
        predictions: `${prefix}predictions.npy`,
      };
    }
    return { figures, details: { classNames: dataset.classNames, methods } };
  },
};

interface TestRows {
  readonly source: number;
  /** Labelled test samples, ID before OOD, without those of which there is none. */
  readonly sets: readonly { shift: 'ID' | 'OOD'; domain: string; rows: Int32Array }[];
}

/** Throws UserError where the source cannot train and choose a head, or nothing can be measured. */
function testRows(
  study: Parameters<typeof resolveDomains>[0],
  dataset: Dataset,
  warn: (message: string) => void,
): TestRows {
  const { source, sourceIndex, target, targetIndex } = resolveDomains(study, dataset.domainNames);
  const labelled = (domain: number, split: SplitName) =>
    select(dataset, { domain, split }).filter((row) => dataset.labels[row]! >= 0);
  if (labelled(sourceIndex, 'validation').length === 0) {
    throw new UserError(
      'probe-validation',
      `The domain "${source}" has no labelled validation sample to choose the probe's regularisation on; raise data.split.validation or add samples.`,
    );
  }
  const domains = [
    { shift: 'ID' as const, domain: source, index: sourceIndex },
    ...(targetIndex === undefined ? [] : [{ shift: 'OOD' as const, domain: target!, index: targetIndex }]),
  ];
  const sets = domains.flatMap(({ shift, domain, index }) => {
    const rows = labelled(index, 'test');
    if (rows.length > 0) return [{ shift, domain, rows }];
    warn(`The domain "${domain}" has no labelled test sample; the probe's accuracy on it is left out.`);
    return [];
  });
  return { source: sourceIndex, sets };
}

async function readFeatures(file: string, { labels }: Dataset): Promise<LabelledFeatures> {
  const { shape, data } = await readNpy(file);
  const [n, d] = shape;
  if (shape.length !== 2 || n !== labels.length || d === undefined || !(data instanceof Float32Array))
    throw new Error(`${file} has shape ${shape.join(' × ')}; ${labels.length} float32 rows were expected.`);
  return { features: data, n, d, labels };
}

function rowsOf({ features, d, labels }: LabelledFeatures, rows: Int32Array): LabelledFeatures {
  const kept = new Float32Array(rows.length * d);
  rows.forEach((row, i) => kept.set(features.subarray(row * d, (row + 1) * d), i * d));
  return { features: kept, n: rows.length, d, labels: rows.map((row) => labels[row]!) };
}

function measure({ labels, classNames }: Dataset, { sets }: TestRows, predictions: Int32Array, method: string) {
  const figures: Omit<Figure, 'stage'>[] = [];
  const details: Record<'confusion' | 'classAccuracy', Record<string, unknown>> = { confusion: {}, classAccuracy: {} };
  for (const { shift, domain, rows } of sets) {
    const predicted = rows.map((row) => predictions[row]!);
    const truth = rows.map((row) => labels[row]!);
    figures.push({
      id: 'probe.accuracy',
      label: 'Linear probe accuracy',
      value: accuracy(predicted, truth),
      unit: 'fraction',
      better: 'higher',
      method,
      domain,
      shift,
      samples: rows.length,
    });
    // By [true class][predicted class]; null where a class has no test sample.
    const counts = (details.confusion[shift] = confusion(predicted, truth, classNames.length));
    details.classAccuracy[shift] = counts.map((row, k) => {
      const count = row.reduce((sum, value) => sum + value, 0);
      return count === 0 ? null : row[k]! / count;
    });
  }
  return { figures, details };
}

function describePath({ C, path }: FittedHead, where: string, { log }: Pick<Reporter, 'log'>): void {
  const open = path.filter(({ converged }) => !converged).length;
  if (open > 0)
    log(
      'warning',
      `The probe on ${where} did not converge for ${open} of ${path.length} values of C; its figures are near, not at, the optimum.`,
    );
  if (path.length > 1 && C === path.at(-1)!.C)
    log(
      'info',
      `The probe on ${where} chose the largest C of its path, ${C}; raise probe.regularization.to to see whether more is better.`,
    );
}

/** torch.nn.Linear's tensors; the standardisation that the penalty was measured in stands in the metadata. */
async function writeHead(file: string, { weights, bias, C, standardization }: FittedHead): Promise<void> {
  const classes = bias.length;
  await writeSafetensors(
    file,
    {
      weight: { shape: [classes, weights.length / classes], data: Float32Array.from(weights) },
      bias: { shape: [classes], data: Float32Array.from(bias) },
    },
    { C: String(C), mean: String(standardization.mean[0]), std: String(standardization.scale[0]) },
  );
}
