import { existsSync } from 'node:fs';
import { writeSafetensors } from '../data/safetensors';
import type { Parameters } from '../model/parameters';
import { readParameters } from '../model/read-parameters';
import { removeCheckpoint } from '../train/checkpoint';
import { classifierSteps, headOf, trainClassifier } from '../train/classify';
import { lossCurve } from '../train/loss-curve';
import type { Plan, TrainedMethod, Variant } from './methods';
import type { Setting } from './setting';
import { measuredSteps, Trajectory, type TrajectoryPoint, type Watch } from './trajectory';

/** Kept beside the weights. */
const lossesName = 'history/loss';

/** Where fine-tuning starts: the pretrained network with the method's head; and how it goes on. */
export interface Start {
  readonly method: TrainedMethod;
  readonly plan: Plan;
  readonly parameters: Parameters;
  /** What the trajectory is measured on, where one is wanted. */
  readonly watch?: Watch;
}

/** One of the trainings of a method. */
export interface Training {
  readonly variant: Variant;
  readonly learningRate: number;
  /** Of its files, of which all names begin with it. */
  readonly stem: string;
  /** Of its metric, after the method. */
  readonly name: string;
  readonly label: string;
}

export interface FineTuned {
  readonly parameters: Parameters;
  /** Loss of each step. */
  readonly losses: Float32Array;
  /** Empty where none was wanted. */
  readonly trajectory: readonly TrajectoryPoint[];
}

/**
 * Trains on the protocol's training samples, or finds what an earlier call has trained; one that was interrupted goes on
 * where it was. Throws UserError 'training-diverged'.
 */
export async function fineTuneOnce(setting: Setting, start: Start, training: Training): Promise<FineTuned> {
  const { settings, device, signal, report, seed, encoder, dataset, protocol } = setting;
  const { method, parameters, plan } = start;
  const { variant, learningRate, stem, name, label } = training;
  const { trained, rateFactor, pull } = variant;
  const [weights, checkpoint] = [`${stem}.safetensors`, `${stem}.checkpoint`];
  const trajectory =
    start.watch &&
    (await Trajectory.open(
      setting,
      start.watch,
      { points: `${stem}.trajectory.json`, best: `${stem}.best` },
      headOf(parameters),
    ));
  let stored: Parameters;
  if (existsSync(weights)) stored = await readParameters(weights);
  else {
    const rows = protocol.train;
    const steps = classifierSteps(rows.length, settings);
    const result = await trainClassifier({
      ...{ device, encoder, parameters, dataset, rows, signal, label, trained, pull, seed },
      checkpoint: { file: checkpoint, everySteps: 100 },
      optimizer: { name: 'sgd', warmupSteps: 0, ...settings, learningRate, rateFactor },
      epochs: settings.epochs,
      batchSize: settings.batchSize,
      augmentation: settings.augmentation,
      mode: settings.batchNorm === 'frozen' || plan.start === 'probe' ? 'evaluate' : 'train',
      onStep: lossCurve(report, { steps, label, metric: `${method}/${name}/loss` }),
      observe: trajectory && {
        steps: measuredSteps(steps, settings.trajectory.points),
        see: (step, now) => trajectory.see(step, now),
      },
    });
    const kept = settings.earlyStopping && trajectory?.best ? await readParameters(trajectory.best) : result.parameters;
    const losses = { shape: [result.losses.length], data: result.losses };
    stored = { ...kept, [lossesName]: losses };
    await writeSafetensors(weights, stored);
  }
  await removeCheckpoint(checkpoint);
  await trajectory?.remove();
  const { [lossesName]: losses, ...fineTuned } = stored;
  return { parameters: fineTuned, losses: Float32Array.from(losses!.data), trajectory: trajectory?.all ?? [] };
}
