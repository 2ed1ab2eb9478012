import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '../data/safetensors';
import type { StoredDataset } from '../data/stored-dataset';
import { UserError } from '../errors';
import type { Encoder } from '../model/encoder';
import { extract } from '../model/extract';
import type { Parameters } from '../model/parameters';
import { readParameters } from '../model/read-parameters';
import { accuracy, predict, type Protocol } from '../probe';
import { readJson, writeJson } from '../run/atomic';
import type { StageContext } from '../run/stage';
import { removeCheckpoint } from '../train/checkpoint';
import { classifierSteps, headOf, trainClassifier } from '../train/classify';
import { lossCurve } from '../train/loss-curve';

export type TrainedMethod = 'FT' | 'LP-FT';

/** Kept beside a trial's weights until one is chosen. */
const lossesName = 'history/loss';

export interface Trial {
  readonly learningRate: number;
  /** Of the source; null where training diverged. */
  readonly validationAccuracy: number | null;
}

export interface Chosen {
  readonly learningRate: number;
  readonly parameters: Parameters;
  /** Loss of each step. */
  readonly losses: Float32Array;
  readonly trials: readonly Trial[];
}

export interface Setting {
  readonly encoder: Encoder;
  readonly dataset: StoredDataset;
  readonly protocol: Protocol;
}

/** Where fine-tuning starts: the pretrained network with the method's head. */
type Start = { readonly method: TrainedMethod; readonly parameters: Parameters };

/**
 * Fine-tunes once for each learning rate and keeps what predicts the source's validation samples best; of equals the
 * smallest rate. Finished trials are found again after a kill. Throws UserError where every rate diverged.
 */
export async function fineTune(context: StageContext, setting: Setting, start: Start): Promise<Chosen> {
  const { study, folder } = context;
  const rates = [...study.finetune!.learningRates].sort((a, b) => a - b);
  await mkdir(trialFolder(folder), { recursive: true });
  const trials: Trial[] = [];
  let best: Trial | undefined;
  for (const [i, learningRate] of rates.entries()) {
    const trial = await runTrial(context, setting, start, learningRate, `${i + 1} of ${rates.length}`);
    trials.push(trial);
    if (trial.validationAccuracy !== null && trial.validationAccuracy > (best?.validationAccuracy ?? -1)) best = trial;
  }
  if (!best)
    throw new UserError(
      'finetune-diverged',
      `${start.method} diverged with every learning rate of finetune.learningRates (${rates.join(', ')}); add smaller ones.`,
    );
  const { [lossesName]: losses, ...parameters } = await readParameters(
    weightsFile(folder, start.method, best.learningRate),
  );
  return { learningRate: best.learningRate, parameters, losses: Float32Array.from(losses!.data), trials };
}

/** Removes the weights of all trials; the chosen ones are written elsewhere. */
export async function removeTrials(folder: string): Promise<void> {
  await rm(trialFolder(folder), { recursive: true, force: true });
}

async function runTrial(
  context: StageContext,
  { encoder, dataset, protocol }: Setting,
  { method, parameters }: Start,
  learningRate: number,
  which: string,
): Promise<Trial> {
  const { study, folder, device, signal, report } = context;
  const settings = study.finetune!;
  const weights = weightsFile(folder, method, learningRate);
  const resultFile = weights.replace(/\.safetensors$/, '.json');
  const done = (await readJson(resultFile)) as Trial | undefined;
  if (done && (done.validationAccuracy === null || existsSync(weights))) return done;

  const rows = protocol.train;
  const label = `${method}, learning rate ${learningRate} (${which})`;
  const checkpoint = { file: weights.replace(/\.safetensors$/, '.checkpoint'), everySteps: 100 };
  const steps = classifierSteps(rows.length, settings);
  let trial: Trial;
  try {
    const trained = await trainClassifier({
      ...{ device, encoder, parameters, dataset, rows, signal, label, checkpoint },
      optimizer: { name: 'sgd', warmupSteps: 0, ...settings, learningRate },
      epochs: settings.epochs,
      batchSize: settings.batchSize,
      augmentation: settings.augmentation,
      mode: batchNormMode(settings.batchNorm, method),
      seed: study.seed,
      onStep: lossCurve(report, { steps, label, metric: `${method}/${learningRate}/loss` }),
    });
    const held = { features: new Float32Array(), n: protocol.validation.length, d: encoder.features };
    const { features } = await extract({
      ...{ device, encoder, parameters: trained.parameters, dataset, rows: protocol.validation, signal },
    });
    const predictions = predict(headOf(trained.parameters), { ...held, features });
    const truth = protocol.validation.map((row) => dataset.labels[row]!);
    trial = { learningRate, validationAccuracy: accuracy(predictions, truth) };
    const losses = { shape: [trained.losses.length], data: trained.losses };
    await writeSafetensors(weights, { ...trained.parameters, [lossesName]: losses });
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'training-diverged') throw error;
    report.log('info', `${method} diverged at learning rate ${learningRate}; that rate is left out of the choice.`);
    trial = { learningRate, validationAccuracy: null };
  }
  await writeJson(resultFile, trial);
  await removeCheckpoint(checkpoint.file);
  return trial;
}

function batchNormMode(batchNorm: 'frozen' | 'published', method: TrainedMethod): 'train' | 'evaluate' {
  return batchNorm === 'frozen' || method === 'LP-FT' ? 'evaluate' : 'train';
}

function trialFolder(folder: string): string {
  return join(folder, 'trials');
}

function weightsFile(folder: string, method: TrainedMethod, learningRate: number): string {
  return join(trialFolder(folder), `${method}-${learningRate}.safetensors`);
}
