import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors';
import { extract } from '../model/extract';
import type { Parameters } from '../model/parameters';
import { choose, hits, predict, withValidation } from '../probe';
import { readJson, writeJson } from '../run/atomic';
import { headOf } from '../train/classify';
import type { TrainedMethod, Variant } from './methods';
import type { Setting } from './setting';
import { type FineTuned, fineTuneOnce, type Start, type Training } from './training';

export interface Trial {
  readonly learningRate: number;
  /** Strength of the penalty, for methods that have a choice. */
  readonly strength?: number;
  /** Of the source; null where training diverged. */
  readonly validationAccuracy: number | null;
}

/** As it is kept: for each validation sample 1 where it is predicted right, else 0; null where training diverged. */
interface StoredTrial extends Pick<Trial, 'learningRate' | 'strength'> {
  readonly right: readonly number[] | null;
}

interface Attempt {
  readonly variant: Variant;
  readonly learningRate: number;
}

export interface Chosen extends FineTuned, Pick<Trial, 'learningRate' | 'strength'> {
  readonly trials: readonly Trial[];
}

/**
 * Fine-tunes once for each variant and learning rate and keeps one of them by its predictions of the source's validation
 * samples (finetune.choice), a variant being simpler than those after it and a rate than those above it. Finished trials
 * are found again after a kill. Throws UserError where every rate diverged.
 * @param again where the chosen method starts once more, with the validation samples among those that it learns from
 */
export async function fineTune(setting: Setting, start: Start, again?: Start): Promise<Chosen> {
  const { method, plan } = start;
  const rates = [...setting.settings.learningRates].sort((a, b) => a - b);
  const attempts = plan.variants.flatMap((variant) => rates.map((learningRate) => ({ variant, learningRate })));
  await mkdir(trialFolder(setting.folder), { recursive: true });
  const tried: { attempt: Attempt; trial: StoredTrial }[] = [];
  for (const [i, attempt] of attempts.entries()) {
    const label = `${describe(method, attempt)} (${i + 1} of ${attempts.length})`;
    tried.push({ attempt, trial: await runTrial(setting, start, attempt, label) });
  }
  const trials = tried.map(({ trial }) => shown(trial));
  const worked = tried.filter(({ trial }) => trial.right !== null);
  if (worked.length === 0)
    throw new UserError(
      'finetune-diverged',
      `${method} diverged with every learning rate of finetune.learningRates (${rates.join(', ')}); add smaller ones.`,
    );
  const right = worked.map(({ trial }) => Uint8Array.from(trial.right!));
  const { attempt } = worked[choose(right, setting.settings.choice)]!;
  const { learningRate } = attempt;
  const { strength } = attempt.variant;
  remarkEdge(setting, method, rates, trials, { learningRate, strength });
  const result = again
    ? await fineTuneOnce({ ...setting, protocol: withValidation(setting.protocol) }, again, {
        ...trainingOf(setting, method, attempt, 'again'),
        label: `${describe(method, attempt)}, with validation samples`,
      })
    : await fineTuneOnce(setting, start, { ...trainingOf(setting, method, attempt), label: describe(method, attempt) });
  return { ...result, learningRate, strength, trials };
}

/** A rate at the edge of its grid may not be the best there is. */
function remarkEdge(
  { report, settings }: Setting,
  method: TrainedMethod,
  rates: readonly number[],
  trials: readonly Trial[],
  chosen: Pick<Trial, 'learningRate' | 'strength'>,
): void {
  const worked = trials.filter((trial) => trial.validationAccuracy !== null && trial.strength === chosen.strength);
  const edge = (rate: number | undefined, other: 'smaller' | 'larger'): void => {
    if (rates.length > 2 && chosen.learningRate === rate)
      report.log(
        'info',
        `${method} chose the rate ${rate}, at the edge of finetune.learningRates; add a ${other} one to see whether it is better.`,
      );
  };
  // The simplest may well be at the lower edge: there is no better one to be found below, only a simpler one.
  if (settings.choice === 'best') edge(rates[0], 'smaller');
  // Above a rate that diverged there is nothing to look for.
  if (worked.length === rates.length) edge(rates.at(-1), 'larger');
}

/** Removes the weights of all trials; the chosen ones are written elsewhere. */
export async function removeTrials(folder: string): Promise<void> {
  await rm(trialFolder(folder), { recursive: true, force: true });
}

async function runTrial(setting: Setting, start: Start, attempt: Attempt, label: string): Promise<StoredTrial> {
  const { method } = start;
  const training: Training = { ...trainingOf(setting, method, attempt), label };
  const file = `${training.stem}.json`;
  const done = (await readJson(file)) as StoredTrial | undefined;
  if (done) return done;

  const { learningRate } = attempt;
  const { strength } = attempt.variant;
  const identity = { learningRate, ...(strength !== undefined && { strength }) };
  let trial: StoredTrial;
  try {
    const { parameters } = await fineTuneOnce(setting, start, training);
    trial = { ...identity, right: await validate(setting, parameters) };
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'training-diverged') throw error;
    setting.report.log(
      'info',
      `${method} diverged at learning rate ${learningRate}; that rate is left out of the choice.`,
    );
    trial = { ...identity, right: null };
  }
  await writeJson(file, trial);
  return trial;
}

/**
 * For each of the source's validation samples 1 where it is predicted right, else 0. Throws UserError 'training-diverged'
 * where the weights are so large that features are no numbers any more, although the loss was one.
 */
async function validate(setting: Setting, parameters: Parameters): Promise<number[]> {
  const { device, encoder, dataset, protocol, signal } = setting;
  const rows = protocol.validation;
  const { features } = await extract({ device, encoder, parameters, dataset, rows, signal, frozen: false });
  if (!features.every(Number.isFinite))
    throw new UserError('training-diverged', 'The features of a fine-tuned network are no finite numbers.');
  const predictions = predict(headOf(parameters), { features, n: rows.length, d: encoder.features });
  return [
    ...hits(
      predictions,
      rows.map((row) => dataset.labels[row]!),
    ),
  ];
}

function shown({ right, ...identity }: StoredTrial): Trial {
  return { ...identity, validationAccuracy: right && right.reduce((sum, hit) => sum + hit, 0) / right.length };
}

function describe(method: TrainedMethod, { variant: { strength }, learningRate }: Attempt): string {
  return `${method}, ${strength === undefined ? '' : `strength ${strength}, `}learning rate ${learningRate}`;
}

function trainingOf(
  { folder }: Setting,
  method: TrainedMethod,
  { variant, learningRate }: Attempt,
  suffix?: string,
): Omit<Training, 'label'> {
  const name = [
    learningRate,
    ...(variant.strength === undefined ? [] : [variant.strength]),
    ...(suffix ? [suffix] : []),
  ].join('-');
  return { variant, learningRate, name, stem: join(trialFolder(folder), `${method}-${name}`) };
}

function trialFolder(folder: string): string {
  return join(folder, 'trials');
}
