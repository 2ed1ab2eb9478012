import { join } from 'node:path';
import { select } from '../data/dataset';
import { writeNpy } from '../data/npy';
import { readDataset, type StoredDataset } from '../data/stored-dataset';
import { encoderInputs, networkName } from '../model/network';
import { measure, type Protocol, protocolOf, regularizationOf } from '../probe';
import type { Stage, StageContext, StageOutput } from '../run/stage';
import { resolveDomains } from '../study/domains';
import { type DomainPair, pairsOf } from '../study/methods';
import type { Study } from '../study/schema';
import { describeDistinguishability, distinguish } from './distinguish';
import { predictBy } from './heads';
import { type PairAccuracy, pairConnectivity } from './pair-connectivity';
import {
  type Candidate,
  candidatesOf,
  readRepresentation,
  stagesBehind,
  studyBehind,
  trainsMethods,
} from './representations';

/**
 * Stage 'transfer': how far source labels carry over to a target, for the study's own pretraining and every method that
 * it names, on one pair of domains or a matrix of them. Heads learn from labels of the source; labels of a target are for
 * measuring alone. Accuracy on the test samples of source (ID) and target (OOD). Writes predictions-<method>.npy (n,
 * int32, rows aligned with the dataset, −1 where a vote was not taken), for another pair than the study's own
 * predictions-<method>@<source>-<target>.npy.
 */
export const transferStage: Stage = {
  name: 'transfer',
  inputs: (study) => [
    'data',
    ...encoderInputs(study),
    ...(opensNetwork(study) && study.pretrain ? (['pretrain'] as const) : []),
    'represent',
    ...methodInputs(study),
  ],
  part: (study) => ({
    transfer: study.transfer,
    regularization: regularizationOf(study),
    name: networkName(study),
    augmentation: opensNetwork(study) ? study.pretrain?.augmentation : undefined,
    encoder: study.encoder,
    source: study.data.source,
    target: study.data.target,
    seed: study.seed,
  }),
  wanted: (study) => study.transfer !== undefined,
  run,
};

/** Whether a head asks for more than the features that are there. */
function opensNetwork({ transfer }: Pick<Study, 'transfer'>): boolean {
  return transfer?.heads.some((head) => head === 'finetune' || head === 'voting') ?? false;
}

function methodInputs(study: Study): ReturnType<Stage['inputs']> {
  const behind = candidatesOf(study, '')
    .filter(({ method }) => method)
    .flatMap((candidate) => pairsOf(study).flatMap((pair) => stagesBehind(study, candidate, pair)));
  return [...new Set(behind)];
}

async function run(context: StageContext): Promise<StageOutput> {
  const { study, inputs, report } = context;
  const dataset = await readDataset(inputs.data!);
  const figures: StageOutput['figures'] = [];
  const methods: Record<string, unknown> = {};
  const matrix: MatrixRow[] = [];
  if (!trainsMethods(study) && study.transfer!.methods.length > 0)
    report.log(
      'info',
      'The encoder "identity" has nothing to train: transfer is measured for the given features alone.',
    );

  const candidates = candidatesOf(study, networkName(study));
  const pairs = pairsOf(study);
  // Of a matrix, a source's own accuracy is said once.
  const sources = new Set<string>();
  const told = new Set<string>();
  for (const [at, pair] of pairs.entries()) {
    const known = at > 0 && (pair.source === study.data.source || sources.has(pair.source!));
    if (at > 0) sources.add(pair.source!);
    const protocol = protocolOf(withPair(study, pair), dataset, (message) => report.log('warning', message));
    for (const candidate of candidates) {
      const measured = await transferOf(context, dataset, candidate, { ...pair, protocol, other: at > 0 });
      figures.push(...measured.figures.filter(({ shift }) => !known || shift !== 'ID'));
      matrix.push(...measured.rows);
      if (at === 0) Object.assign(methods, measured.methods);
    }
  }
  for (const [at, pair] of pairs.entries())
    for (const candidate of candidates) figures.push(...(await why(context, dataset, candidate, pair, at > 0, told)));
  const connected = study.transfer!.connectivity && (await connectivity(context, dataset, candidates[0]!, matrix));
  return {
    figures: [...figures, ...(connected?.figures ?? [])],
    details: {
      ...{ classNames: dataset.classNames, methods },
      ...(pairs.length > 1 && { matrix }),
      ...connected?.details,
    },
  };
}

/** How well domains and classes are told apart on a method's representation; each representation and pair once. */
async function why(
  context: StageContext,
  dataset: StoredDataset,
  candidate: Candidate,
  pair: DomainPair,
  other: boolean,
  told: Set<string>,
): Promise<StageOutput['figures']> {
  const { study, report, signal } = context;
  if (!study.transfer!.distinguishability) return [];
  const { source, target, sourceIndex, targetIndex } = resolveDomains(withPair(study, pair), dataset.domainNames);
  const [, represented] = stagesBehind(study, candidate, pair);
  const key = JSON.stringify([represented, ...[sourceIndex, targetIndex!].sort((a, b) => a - b)]);
  if (told.has(key)) return [];
  told.add(key);
  report.progress(0, 1, `Telling ${source} from ${target} by ${candidate.name}`);
  const { features } = await readRepresentation(context, candidate, pair, dataset);
  const measured = await distinguish(features, dataset, [sourceIndex, targetIndex!], { seed: study.seed, signal });
  return describeDistinguishability(measured, {
    method: candidate.name,
    ...(other && { source, domain: target }),
  });
}

async function connectivity(
  context: StageContext,
  dataset: StoredDataset,
  own: Candidate,
  matrix: readonly MatrixRow[],
): Promise<StageOutput> {
  const { embedding } = await readRepresentation(context, own, pairsOf(context.study)[0]!, dataset);
  return pairConnectivity(context, embedding, dataset, matrix);
}

function withPair(study: Study, { source, target }: DomainPair): Study {
  return { ...study, data: { ...study.data, source, target } };
}

interface MatrixRow extends PairAccuracy {
  readonly sourceAccuracy?: number;
  /** Accuracy on the target of each class, null without a test sample. */
  readonly classAccuracy: unknown;
  readonly predictions: string;
}

interface PairResult {
  readonly figures: StageOutput['figures'];
  /** What is known of each head, by the method's name in the figures. */
  readonly methods: Record<string, unknown>;
  readonly rows: MatrixRow[];
}

/** Accuracy of one method's heads on one pair of domains. */
async function transferOf(
  context: StageContext,
  dataset: StoredDataset,
  candidate: Candidate,
  pair: DomainPair & { readonly protocol: Protocol; readonly other: boolean },
): Promise<PairResult> {
  const { study, folder } = context;
  const { protocol, other } = pair;
  const { source, target, sourceIndex, targetIndex } = resolveDomains(withPair(study, pair), dataset.domainNames);
  const representation = await readRepresentation(context, candidate, pair, dataset);
  const key = `${candidate.name}${other ? `@${sourceIndex}-${targetIndex}` : ''}`;
  const predicted = await predictBy(context, representation, protocol, {
    ...{ key, label: `${candidate.name} on ${source}`, dataset },
    study: studyBehind(study, candidate, pair),
    unlabelled: select(dataset, { domains: [sourceIndex, targetIndex!], split: 'train' }),
    ...(study.transfer!.oracle && { oracle: oracleRows(dataset, targetIndex!) }),
  });
  const figures: StageOutput['figures'] = [];
  const methods: Record<string, unknown> = {};
  const rows: MatrixRow[] = [];
  for (const { suffix, oracle, predictions, details } of predicted) {
    const method = candidate.name + suffix;
    const place = other ? { source } : {};
    if (oracle) {
      const figure = { id: 'transfer.oracle-accuracy', label: 'Accuracy, chosen on target labels (oracle)', method };
      const onTarget = protocol.tests.filter(({ shift }) => shift === 'OOD');
      const found = measure(dataset, onTarget, predictions, figure).figures;
      figures.push(...found.map((one) => ({ ...one, ...place })));
      continue;
    }
    const file = `predictions-${key}${suffix.replace(', ', '-')}.npy`;
    await writeNpy(join(folder, file), { shape: [predictions.length], data: predictions });
    const figure = { id: 'transfer.accuracy', label: 'Accuracy', method };
    const measured = measure(dataset, protocol.tests, predictions, figure);
    figures.push(...measured.figures.map((one) => ({ ...one, ...place })));
    methods[method] = { ...details, ...measured.details, predictions: file };
    const accuracyOf = (shift: string): number | undefined =>
      measured.figures.find((one) => one.shift === shift)?.value;
    rows.push({
      ...{ method, source, target: target!, sourceAccuracy: accuracyOf('ID'), targetAccuracy: accuracyOf('OOD') },
      ...{ classAccuracy: measured.details.classAccuracy['OOD'], predictions: file },
    });
  }
  return { figures, methods, rows };
}

/** Labelled validation samples of the target, which nothing but an oracle may look at. */
function oracleRows(dataset: StoredDataset, domain: number): Int32Array {
  return select(dataset, { domain, split: 'validation' }).filter((row) => dataset.labels[row]! >= 0);
}
