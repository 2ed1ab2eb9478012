import { join } from 'node:path';
import { writeNpy } from '../data/npy';
import { readDataset } from '../data/stored-dataset';
import { encoderInputs, networkName, openEncoder } from '../model/network';
import { fitOnSource, measure, predict, protocolOf, readFeatures, regularizationOf } from '../probe';
import type { Stage, StageContext, StageOutput } from '../run/stage';
import { type AugmentationName, hasWeights, type Study } from '../study/schema';
import { sourceOnly } from './source-only';

/**
 * Stage 'transfer': how far source labels carry over to the target. A linear head fitted on the source's frozen
 * features, beside a network of the same architecture trained from scratch on the source; both measured on the test
 * samples of source (ID) and target (OOD). Writes predictions-<method>.npy (n, int32, rows aligned with the dataset)
 * and losses-source-only.npy (steps, float32).
 */
export const transferStage: Stage = {
  name: 'transfer',
  inputs: (study) => ['data', ...encoderInputs(study), 'represent'],
  part: (study) => ({
    transfer: study.transfer,
    regularization: regularizationOf(study),
    augmentation: augmentationOf(study),
    objective: study.pretrain?.objective,
    encoder: study.encoder,
    source: study.data.source,
    target: study.data.target,
    seed: study.seed,
  }),
  wanted: (study) => study.transfer !== undefined,
  run,
};

/** The pretraining's augmentation unless the study says otherwise, so that methods are compared under the same one. */
function augmentationOf({ transfer, pretrain }: Study): AugmentationName {
  return transfer!.sourceOnly.augmentation ?? pretrain?.augmentation ?? 'none';
}

async function run(context: StageContext): Promise<StageOutput> {
  const { study, folder, inputs, report, signal } = context;
  const dataset = await readDataset(inputs.data!);
  const encoder = await openEncoder(study, dataset, inputs);
  const protocol = protocolOf(study, dataset, (message) => report.log('warning', message));
  const figures: StageOutput['figures'] = [];
  const methods: Record<string, unknown> = {};
  const add = async (method: string, predictions: Int32Array, details: Record<string, unknown>): Promise<void> => {
    const file = `predictions-${method}.npy`;
    await writeNpy(join(folder, file), { shape: [predictions.length], data: predictions });
    const measured = measure(dataset, protocol.tests, predictions, {
      id: 'transfer.accuracy',
      label: 'Accuracy',
      method,
    });
    figures.push(...measured.figures);
    methods[method] = { ...details, ...measured.details, predictions: file };
  };

  const all = await readFeatures(join(inputs.represent!, 'features.npy'), dataset);
  const head = await fitOnSource(all, protocol, {
    ...{ classes: dataset.classNames.length, regularization: regularizationOf(study), signal },
    progress: (done, total) => report.progress(done, total, `Linear head on ${protocol.source}`),
  });
  const { C, validationAccuracy } = head;
  await add(networkName(study), predict(head, all), { C, validationAccuracy });

  if (hasWeights(study.encoder)) {
    const settings = { ...study.transfer!.sourceOnly, augmentation: augmentationOf(study) };
    const predictions = await sourceOnly(context, settings, { encoder, dataset, protocol });
    await add('source-only', predictions, { augmentation: settings.augmentation, epochs: settings.epochs });
  }
  return { figures, details: { classNames: dataset.classNames, methods } };
}
