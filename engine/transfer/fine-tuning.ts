import { join } from 'node:path';
import { extract } from '../model/extract';
import { type LinearHead, predict, type Protocol } from '../probe';
import type { StageContext } from '../run/stage';
import { removeCheckpoint } from '../train/checkpoint';
import { classifierSteps, headOf, headParameters, trainClassifier } from '../train/classify';
import { lossCurve } from '../train/loss-curve';
import { type HeadOptions, openTrained, type Representation } from './representations';

/** LP-FT: the whole network trained on labels of the source, from the linear head on; the class of every sample. */
export async function fineTunedPredictions(
  context: StageContext,
  representation: Representation,
  protocol: Protocol,
  linear: LinearHead,
  options: Pick<HeadOptions, 'key' | 'label' | 'dataset' | 'study'>,
): Promise<[Int32Array, Record<string, unknown>]> {
  const { study, folder, report, signal, device } = context;
  const { key, label, dataset } = options;
  const settings = study.transfer!.finetune;
  const { encoder, parameters: start } = await openTrained(context, representation, options);
  const steps = classifierSteps(protocol.train.length, settings);
  const title = `${label}: fine-tuning`;
  const checkpoint = { file: join(folder, `finetune-${key}.checkpoint.safetensors`), everySteps: 100 };
  const { parameters } = await trainClassifier({
    ...{ device, encoder, dataset, rows: protocol.train, signal, label: title, checkpoint, ...settings },
    augmentation: settings.augmentation ?? study.pretrain?.augmentation ?? 'none',
    // The probe's head was fitted under the running statistics, and LP-FT keeps them (Kumar et al. 2022).
    mode: 'evaluate',
    seed: study.seed,
    parameters: { ...start, ...headParameters(linear.weights, linear.bias) },
    onStep: lossCurve(report, { steps, label: title, metric: `${key}/fine-tuning/loss` }),
  });
  const rows = dataset.labels.map((_, row) => row);
  const { features } = await extract({ ...{ device, encoder, parameters, dataset, rows, signal } });
  await removeCheckpoint(checkpoint.file);
  const { learningRate } = settings.optimizer;
  const predictions = predict(headOf(parameters), { features, n: rows.length, d: encoder.features });
  return [predictions, { epochs: settings.epochs, learningRate }];
}
