import { join } from 'node:path';
import { stepCount } from '../augment/batches';
import * as tf from '../compute/tensorflow';
import { elementCount } from '../data/array';
import { select } from '../data/dataset';
import { writeNpy } from '../data/npy';
import { stream } from '../data/random';
import { writeSafetensors } from '../data/safetensors';
import { readDataset } from '../data/stored-dataset';
import { UserError } from '../errors';
import { createEncoder } from '../model/create';
import { newProjection, projection } from '../model/heads';
import type { Stage, StageContext, StageOutput } from '../run/stage';
import { resolveDomains } from '../study/domains';
import { openBatches } from '../train/batches';
import { removeCheckpoint } from '../train/checkpoint';
import { lossCurve } from '../train/loss-curve';
import { createOptimizer } from '../train/optimizer';
import { train } from '../train/train';
import { spectralContrastiveLoss } from './spectral-loss';

/**
 * Stage 'pretrain': contrastive training without labels on the training samples of the study's domains. Writes
 * encoder.safetensors (encoder and projection, torchvision's names) and losses.npy (steps, float32).
 */
export const pretrainStage: Stage = {
  name: 'pretrain',
  inputs: () => ['data'],
  part: ({ encoder, pretrain, data: { source, target }, seed }) => ({ encoder, pretrain, source, target, seed }),
  wanted: (study) => study.pretrain !== undefined,
  run,
};

async function run({ study, folder, inputs, report, signal, device }: StageContext): Promise<StageOutput> {
  const settings = study.pretrain!;
  const dataset = await readDataset(inputs.data!);
  const { pretrain: domains, pretrainIndices } = resolveDomains(study, dataset.domainNames);
  const rows = select(dataset, { domains: pretrainIndices, split: 'train' });
  const batchSize = Math.min(settings.batchSize, rows.length);
  if (batchSize < 2)
    throw new UserError(
      'pretrain-samples',
      `Pretraining needs at least 2 training samples in ${domains.join(' and ')}, and there are ${rows.length}.`,
    );
  const steps = stepCount(rows.length, batchSize, settings.epochs);
  const encoder = createEncoder(study.encoder, dataset);
  const parameters = {
    ...encoder.initialize(stream(study.seed, 'encoder')),
    ...newProjection({ features: encoder.features, ...settings.projection }, stream(study.seed, 'projection')),
  };
  const checkpoint = { file: join(folder, 'checkpoint.safetensors'), everySteps: settings.checkpointSteps };
  const label = `Pretraining (${settings.objective}) on ${domains.join(' and ')}`;
  const viewShape = [2 * batchSize, ...dataset.sampleShape];

  const trained = await train({
    device,
    parameters,
    batch: { views: { shape: viewShape, dtype: 'float32' } },
    loss: (pass, batch) => {
      // Both views in one pass: [first views, second views].
      const z = projection(pass, encoder.apply(pass, batch.views!));
      const [z1, z2] = tf.split(z, 2) as [tf.Tensor2D, tf.Tensor2D];
      return spectralContrastiveLoss(z1, z2, settings.mu);
    },
    optimizer: createOptimizer(settings.optimizer),
    ...settings.optimizer,
    steps,
    open: (firstStep) => openBatches({ ...settings, dataset, rows, batchSize, views: 2, seed: study.seed }, firstStep),
    feed: ({ views }) => ({ views: { shape: viewShape, data: views } }),
    checkpoint,
    signal,
    label,
    onStep: lossCurve(report, { steps, label, metric: 'loss' }),
  });

  const parts = { architecture: study.encoder.architecture, objective: settings.objective };
  await writeSafetensors(join(folder, 'encoder.safetensors'), trained.parameters, { format: 'pt', ...parts });
  await writeNpy(join(folder, 'losses.npy'), { shape: [steps], data: trained.losses });
  await removeCheckpoint(checkpoint.file);
  const tail = trained.losses.subarray(-Math.max(1, Math.floor(steps / settings.epochs)));
  const count = Object.values(encoder.initialize(stream(0))).reduce((sum, { shape }) => sum + elementCount(shape), 0);
  return {
    figures: [
      {
        id: 'pretrain.loss',
        label: 'Contrastive loss, mean of the last epoch',
        value: tail.reduce((sum, loss) => sum + loss, 0) / tail.length,
        unit: 'value',
        better: 'lower',
        method: settings.objective,
        samples: rows.length,
      },
    ],
    details: { steps, batchSize, domains, samples: rows.length, encoderParameters: count },
  };
}
