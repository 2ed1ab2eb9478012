import { stream } from '../data/random';
import { newHead } from '../model/heads';
import type { Parameters } from '../model/parameters';
import { type FittedHead, fitOnSource, type LabelledFeatures, refitOnSource, rowsOf } from '../probe';
import type { FinetuneMethod, ProbeBlock } from '../study/schema';
import { headParameters } from '../train/classify';
import { type Curve, ensemble } from './ensemble';
import { planOf, type TrainedMethod } from './methods';
import type { Setting } from './setting';
import { type TrajectoryPoint, watchTests } from './trajectory';
import type { Start } from './training';
import { fineTune } from './trials';

/** What a method ends with. */
export interface Outcome {
  /** Network and head. */
  readonly parameters: Parameters;
  /** The head that training started from; the probe's own for LP. */
  readonly start: Parameters;
  /** Choices that were made, for `details`. */
  readonly details: Record<string, unknown>;
  /** Loss of each step, of methods that train. */
  readonly losses?: Float32Array;
  readonly trajectory?: readonly TrajectoryPoint[];
  /** Of WiSE-FT. */
  readonly curve?: Curve;
  /** Of every sample of the dataset, where they come from elsewhere and the parameters are the head's alone. */
  readonly features?: Float32Array;
}

export interface Methods {
  readonly probe: FittedHead;
  /** A method's outcome; computed once, however often it is asked for. */
  outcomeOf(method: FinetuneMethod): Promise<Outcome>;
}

/**
 * The methods of a study, from one pretrained network and one linear probe on its features.
 * @param all features of every sample of the dataset
 */
export async function openMethods(
  setting: Setting,
  network: Parameters,
  all: LabelledFeatures,
  regularization: ProbeBlock['regularization'],
): Promise<Methods> {
  const { report, signal, dataset, encoder, seed, settings } = setting;
  const classes = dataset.classNames.length;
  const chosen = await fitOnSource(all, setting.protocol, {
    ...{ classes, regularization, signal },
    progress: (done, total) => report.progress(done, total, 'LP: linear head on the frozen features'),
  });
  const probe = settings.refit ? await refitOnSource(all, setting.protocol, chosen, { classes, signal }) : chosen;
  const watch =
    settings.trajectory.points > 0 || settings.earlyStopping
      ? watchTests(setting, probe, (rows) => rowsOf(all, rows).features)
      : undefined;
  const probeHead = headParameters(probe.weights, probe.bias);
  // Rates are chosen without a look at validation samples, the probe's included.
  const trialHead = headParameters(chosen.weights, chosen.bias);
  const refitted = settings.refit && { refit: true };
  const randomHead = newHead(encoder.features, classes, stream(seed, 'finetune', 'head'));

  const trained = async (method: TrainedMethod): Promise<Outcome> => {
    const plan = planOf(method, setting);
    const startFrom = (probed: Parameters): Start => {
      const head = plan.start === 'probe' ? probed : randomHead;
      return { method, plan, parameters: { ...network, ...head } };
    };
    const head = plan.start === 'probe' ? probeHead : randomHead;
    const last: Start = { ...startFrom(probeHead), watch };
    const tuned = settings.refit ? await fineTune(setting, startFrom(trialHead), last) : await fineTune(setting, last);
    const { parameters, losses, trajectory, learningRate, strength, trials } = tuned;
    const details = { learningRate, ...(strength !== undefined && { strength }), ...refitted, trials };
    return { parameters, start: head, details, losses, trajectory };
  };
  const compute = async (method: FinetuneMethod): Promise<Outcome> => {
    if (method === 'LP')
      return { parameters: { ...network, ...probeHead }, start: probeHead, details: { C: probe.C, ...refitted } };
    if (method !== 'WiSE-FT') return trained(method);
    const [linear, tuned] = [await outcomeOf('LP'), await outcomeOf(settings.wise.from)];
    const { parameters, alpha, curve } = await ensemble(setting, linear.parameters, tuned.parameters, all);
    return { parameters, start: probeHead, details: { alpha, from: settings.wise.from }, curve };
  };
  const known = new Map<FinetuneMethod, Promise<Outcome>>();
  const outcomeOf = (method: FinetuneMethod): Promise<Outcome> => {
    let outcome = known.get(method);
    // Only what WiSE-FT mixes is needed twice: networks are large.
    const keep = settings.methods.includes('WiSE-FT') && (method === 'LP' || method === settings.wise.from);
    if (!outcome) {
      outcome = compute(method);
      if (keep) known.set(method, outcome);
    }
    return outcome;
  };
  return { probe, outcomeOf };
}
