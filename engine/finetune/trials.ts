import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '../data/safetensors';
import { UserError } from '../errors';
import { extract } from '../model/extract';
import type { Parameters } from '../model/parameters';
import { readParameters } from '../model/read-parameters';
import { accuracy, predict } from '../probe';
import { readJson, writeJson } from '../run/atomic';
import { removeCheckpoint } from '../train/checkpoint';
import { classifierSteps, headOf, trainClassifier } from '../train/classify';
import { lossCurve } from '../train/loss-curve';
import type { Plan, TrainedMethod, Variant } from './methods';
import type { Setting } from './setting';
import { measuredSteps, Trajectory, type TrajectoryPoint, type Watch } from './trajectory';

/** Kept beside a trial's weights until one is chosen. */
const lossesName = 'history/loss';

export interface Trial {
  readonly learningRate: number;
  /** Strength of the penalty, for methods that have a choice. */
  readonly strength?: number;
  /** Of the source; null where training diverged. */
  readonly validationAccuracy: number | null;
}

export interface Chosen extends Pick<Trial, 'learningRate' | 'strength'> {
  readonly parameters: Parameters;
  /** Loss of each step. */
  readonly losses: Float32Array;
  readonly trials: readonly Trial[];
  /** Empty where none was wanted. */
  readonly trajectory: readonly TrajectoryPoint[];
}

/** Where fine-tuning starts: the pretrained network with the method's head; and how it goes on. */
export interface Start {
  readonly method: TrainedMethod;
  readonly plan: Plan;
  readonly parameters: Parameters;
  /** What trajectories are measured on, where they are wanted. */
  readonly watch?: Watch;
}

/**
 * Fine-tunes once for each variant and learning rate and keeps what predicts the source's validation samples best; of
 * equals the first variant and the smallest rate. Finished trials are found again after a kill. Throws UserError where
 * every rate diverged.
 */
export async function fineTune(setting: Setting, start: Start): Promise<Chosen> {
  const rates = [...setting.settings.learningRates].sort((a, b) => a - b);
  const attempts = start.plan.variants.flatMap((variant) => rates.map((rate) => ({ variant, rate })));
  await mkdir(trialFolder(setting.folder), { recursive: true });
  const trials: Trial[] = [];
  let best: Trial | undefined;
  for (const [i, { variant, rate }] of attempts.entries()) {
    const trial = await runTrial(setting, start, variant, rate, `${i + 1} of ${attempts.length}`);
    trials.push(trial);
    if (trial.validationAccuracy !== null && trial.validationAccuracy > (best?.validationAccuracy ?? -1)) best = trial;
  }
  if (!best)
    throw new UserError(
      'finetune-diverged',
      `${start.method} diverged with every learning rate of finetune.learningRates (${rates.join(', ')}); add smaller ones.`,
    );
  remarkEdge(setting, start.method, rates, trials, best);
  const files = trialFiles(setting.folder, start.method, best);
  const { [lossesName]: losses, ...parameters } = await readParameters(files.weights);
  const trajectory = start.watch
    ? (await Trajectory.open(setting, start.watch, files.trajectory, headOf(start.parameters))).all
    : [];
  const { learningRate, strength } = best;
  return { learningRate, strength, parameters, losses: Float32Array.from(losses!.data), trials, trajectory };
}

/** A rate at the edge of its grid may not be the best there is. */
function remarkEdge(
  { report }: Setting,
  method: TrainedMethod,
  rates: readonly number[],
  trials: readonly Trial[],
  best: Trial,
): void {
  const worked = trials.filter((trial) => trial.validationAccuracy !== null && trial.strength === best.strength);
  const edge = (rate: number | undefined, other: 'smaller' | 'larger'): void => {
    if (rates.length > 2 && best.learningRate === rate)
      report.log(
        'info',
        `${method} chose the rate ${rate}, at the edge of finetune.learningRates; add a ${other} one to see whether it is better.`,
      );
  };
  edge(rates[0], 'smaller');
  // Above a rate that diverged there is nothing to look for.
  if (worked.length === rates.length) edge(rates.at(-1), 'larger');
}

/** Removes the weights of all trials; the chosen ones are written elsewhere. */
export async function removeTrials(folder: string): Promise<void> {
  await rm(trialFolder(folder), { recursive: true, force: true });
}

async function runTrial(
  setting: Setting,
  start: Start,
  variant: Variant,
  learningRate: number,
  which: string,
): Promise<Trial> {
  const { settings, folder, device, signal, report, seed, encoder, dataset, protocol } = setting;
  const { method, parameters, plan } = start;
  const { strength, trained, rateFactor, pull } = variant;
  const identity = { learningRate, ...(strength !== undefined && { strength }) };
  const files = trialFiles(folder, method, identity);
  const done = (await readJson(files.result)) as Trial | undefined;
  if (done && (done.validationAccuracy === null || existsSync(files.weights))) return done;

  const rows = protocol.train;
  const label = `${method}, ${strength === undefined ? '' : `strength ${strength}, `}learning rate ${learningRate} (${which})`;
  const steps = classifierSteps(rows.length, settings);
  const trajectory = start.watch && (await Trajectory.open(setting, start.watch, files.trajectory, headOf(parameters)));
  let trial: Trial;
  try {
    const result = await trainClassifier({
      ...{ device, encoder, parameters, dataset, rows, signal, label, trained, pull, seed },
      checkpoint: { file: files.checkpoint, everySteps: 100 },
      optimizer: { name: 'sgd', warmupSteps: 0, ...settings, learningRate, rateFactor },
      epochs: settings.epochs,
      batchSize: settings.batchSize,
      augmentation: settings.augmentation,
      mode: settings.batchNorm === 'frozen' || plan.start === 'probe' ? 'evaluate' : 'train',
      onStep: lossCurve(report, { steps, label, metric: `${method}/${trialName(identity)}/loss` }),
      observe: trajectory && {
        steps: measuredSteps(steps, settings.trajectory.points),
        see: (step, now) => trajectory.see(step, now),
      },
    });
    const kept = settings.earlyStopping && trajectory?.best ? await readParameters(trajectory.best) : result.parameters;
    trial = { ...identity, validationAccuracy: await validate(setting, kept) };
    const losses = { shape: [result.losses.length], data: result.losses };
    await writeSafetensors(files.weights, { ...kept, [lossesName]: losses });
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'training-diverged') throw error;
    report.log('info', `${method} diverged at learning rate ${learningRate}; that rate is left out of the choice.`);
    trial = { ...identity, validationAccuracy: null };
  }
  await writeJson(files.result, trial);
  await removeCheckpoint(files.checkpoint);
  await trajectory?.remove();
  return trial;
}

/**
 * Accuracy on the source's validation samples. Throws UserError 'training-diverged' where the weights are so large that
 * features are no numbers any more, although the loss was one.
 */
export async function validate(setting: Setting, parameters: Parameters): Promise<number> {
  const { device, encoder, dataset, protocol, signal } = setting;
  const rows = protocol.validation;
  const { features } = await extract({ device, encoder, parameters, dataset, rows, signal, frozen: false });
  if (!features.every(Number.isFinite))
    throw new UserError('training-diverged', 'The features of a fine-tuned network are no finite numbers.');
  const predictions = predict(headOf(parameters), { features, n: rows.length, d: encoder.features });
  return accuracy(
    predictions,
    rows.map((row) => dataset.labels[row]!),
  );
}

function trialFolder(folder: string): string {
  return join(folder, 'trials');
}

function trialName({ learningRate, strength }: Pick<Trial, 'learningRate' | 'strength'>): string {
  return strength === undefined ? String(learningRate) : `${learningRate}-${strength}`;
}

function trialFiles(folder: string, method: TrainedMethod, trial: Pick<Trial, 'learningRate' | 'strength'>) {
  const stem = join(trialFolder(folder), `${method}-${trialName(trial)}`);
  return {
    weights: `${stem}.safetensors`,
    result: `${stem}.json`,
    checkpoint: `${stem}.checkpoint`,
    trajectory: { points: `${stem}.trajectory.json`, best: `${stem}.best` },
  };
}
