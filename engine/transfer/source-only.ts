import { join } from 'node:path';
import { writeNpy } from '../data/npy';
import { stream } from '../data/random';
import type { StoredDataset } from '../data/stored-dataset';
import type { Encoder } from '../model/encoder';
import { extract } from '../model/extract';
import { newHead } from '../model/heads';
import { type Protocol, predict } from '../probe';
import type { StageContext } from '../run/stage';
import type { AugmentationName, SupervisedBlock } from '../study/schema';
import { removeCheckpoint } from '../train/checkpoint';
import { classifierSteps, headOf, trainClassifier } from '../train/classify';
import { lossCurve } from '../train/loss-curve';

/** The baseline without pretraining: encoder and head trained from scratch on source labels. Classes of all samples. */
export async function sourceOnly(
  { study, folder, report, signal, device }: StageContext,
  settings: SupervisedBlock & { augmentation: AugmentationName },
  { encoder, dataset, protocol }: { encoder: Encoder; dataset: StoredDataset; protocol: Protocol },
): Promise<Int32Array> {
  const label = `Source only: training from scratch on ${protocol.source}`;
  const rows = protocol.train;
  const checkpoint = { file: join(folder, 'source-only.checkpoint.safetensors'), everySteps: 50 };
  const steps = classifierSteps(rows.length, settings);
  const { parameters, losses } = await trainClassifier({
    ...{ device, encoder, dataset, rows, signal, label, checkpoint, ...settings },
    mode: 'train',
    seed: study.seed,
    parameters: {
      ...encoder.initialize(stream(study.seed, 'source-only')),
      ...newHead(encoder.features, dataset.classNames.length, stream(study.seed, 'source-only', 'head')),
    },
    onStep: lossCurve(report, { steps, label, metric: 'source-only/loss' }),
  });
  const all = dataset.labels.map((_, row) => row);
  const { features } = await extract({
    ...{ device, encoder, parameters, dataset, rows: all, signal },
    progress: (done, total) => report.progress(done, total, 'Source only: predicting'),
  });
  await writeNpy(join(folder, 'losses-source-only.npy'), { shape: [losses.length], data: losses });
  await removeCheckpoint(checkpoint.file);
  return predict(headOf(parameters), { features, n: all.length, d: encoder.features });
}
