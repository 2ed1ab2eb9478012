import { stream } from '../data/random';
import { newHead } from '../model/heads';
import type { Parameters } from '../model/parameters';
import {
  type FittedHead,
  fitOnSource,
  type LabelledFeatures,
  type LinearHead,
  refitOnSource,
  rowsOf,
  scaledHead,
  temperatureFactor,
} from '../probe';
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
  const factor = settings.calibrate ? temperatureFactor(chosen, rowsOf(all, setting.protocol.validation)) : 1;
  const startOf = (head: LinearHead): Parameters => {
    const { weights, bias } = scaledHead(head, factor);
    return headParameters(weights, bias);
  };
  const probeHead = startOf(probe);
  // Rates are chosen by networks that have not seen the validation samples, the head that they start from included.
  const trialHead = startOf(chosen);
  const refitted = settings.refit && { refit: true };
  const randomHead = newHead(encoder.features, classes, stream(seed, 'finetune', 'head'));

  const trained = async (method: TrainedMethod): Promise<Outcome> => {
    const plan = planOf(method, setting);
    const [head, headOfTrials] = plan.start === 'probe' ? [probeHead, trialHead] : [randomHead, randomHead];
    const startFrom = (from: Parameters): Start => ({ method, plan, parameters: { ...network, ...from } });
    const last: Start = { ...startFrom(head), watch };
    const tuned = settings.refit
      ? await fineTune(setting, startFrom(headOfTrials), last)
      : await fineTune(setting, last);
    const { parameters, losses, trajectory, learningRate, strength, trials } = tuned;
    const details = {
      ...{ learningRate, ...(strength !== undefined && { strength }) },
      ...(settings.calibrate && plan.start === 'probe' && { headFactor: factor }),
      ...{ ...refitted, trials },
    };
    return { parameters, start: head, details, losses, trajectory };
  };
  const compute = async (method: FinetuneMethod): Promise<Outcome> => {
    if (method === 'LP') {
      const head = headParameters(probe.weights, probe.bias);
      return { parameters: { ...network, ...head }, start: head, details: { C: probe.C, ...refitted } };
    }
    if (method !== 'WiSE-FT') return trained(method);
    const tuned = await outcomeOf(settings.wise.from);
    const probed = { ...network, ...probeHead };
    const { parameters, alpha, curve } = await ensemble(setting, probed, tuned.parameters, all);
    return { parameters, start: probeHead, details: { alpha, from: settings.wise.from }, curve };
  };
  const known = new Map<FinetuneMethod, Promise<Outcome>>();
  const outcomeOf = (method: FinetuneMethod): Promise<Outcome> => {
    let outcome = known.get(method);
    // Only what WiSE-FT mixes is needed twice: networks are large.
    const keep = settings.methods.includes('WiSE-FT') && method === settings.wise.from;
    if (!outcome) {
      outcome = compute(method);
      if (keep) known.set(method, outcome);
    }
    return outcome;
  };
  return { probe, outcomeOf };
}
