import { type LabelledFeatures, fitOnSource, predict, type Protocol, regularizationOf, rowsOf } from '../probe';
import type { StageContext } from '../run/stage';
import { averagingHeads, bestAveraging } from './averaging';
import { fineTunedPredictions } from './fine-tuning';
import type { HeadOptions, Representation } from './representations';
import { votedPredictions } from './voting';

/** What a head predicts for the samples of the dataset; −1 where it was not asked. */
export interface Predicted {
  /** Ends the method's name in the figures; empty for the head that stands for the method. */
  readonly suffix: string;
  /** Its hyper-parameters were chosen on labels of the target: no result, and never taken for one. */
  readonly oracle?: boolean;
  readonly predictions: Int32Array;
  readonly details: Record<string, unknown>;
}

/** The heads that the study asks for on one representation, learned from labels of the protocol's source. */
export async function predictBy(
  context: StageContext,
  representation: Representation,
  protocol: Protocol,
  options: HeadOptions,
): Promise<Predicted[]> {
  const { study, report, signal } = context;
  const { dataset, label } = options;
  const { heads, space, averaging } = study.transfer!;
  const { classifier, features, embedding } = representation;
  const classes = dataset.classNames.length;
  const given: LabelledFeatures = space === 'embedding' ? embedding : features;
  const linear = async (on: LabelledFeatures, choosing: Protocol = protocol) =>
    fitOnSource(on, choosing, {
      ...{ classes, regularization: regularizationOf(study), signal },
      progress: (done, total) => report.progress(done, total, `${label}: linear head`),
    });
  const found: Predicted[] = [];
  const add = (suffix: string, predictions: Int32Array, details: Record<string, unknown>): void => {
    // The first head stands for the method.
    found.push({ suffix: found.length === 0 ? '' : suffix, predictions, details });
  };
  // A classifier that came with its network stands for every head that would be fitted.
  const kinds = classifier ? new Set(heads.map((kind) => (kind === 'voting' ? kind : 'own'))) : heads;
  for (const kind of kinds) {
    if (kind === 'own') add(', linear', predict(classifier!, features), {});
    else if (kind === 'voting') {
      add(', voting', ...(await votedPredictions(context, representation, protocol, options)));
    } else if (kind === 'linear') {
      const head = await linear(given);
      add(', linear', predict(head, given), { C: head.C, validationAccuracy: head.validationAccuracy });
      if (!options.oracle) continue;
      const told = await linear(given, { ...protocol, validation: options.oracle });
      const { suffix } = found.at(-1)!;
      found.push({ suffix, oracle: true, predictions: predict(told, given), details: { C: told.C } });
    } else if (kind === 'averaging') {
      // Its theory is about f itself.
      const tried = averagingHeads(
        rowsOf(embedding, options.unlabelled),
        rowsOf(embedding, protocol.train),
        rowsOf(embedding, protocol.validation),
        classes,
        averaging.steps,
      );
      const { head, steps, validationAccuracy } = bestAveraging(tried);
      const path = tried.map((one) => ({ steps: one.steps, validationAccuracy: one.validationAccuracy }));
      add(', averaging', predict(head, embedding), { steps, validationAccuracy, path });
    } else {
      const head = await linear(features);
      add(', fine-tuned', ...(await fineTunedPredictions(context, representation, protocol, head, options)));
    }
  }
  return found;
}
