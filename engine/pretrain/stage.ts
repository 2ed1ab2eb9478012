import { join } from 'node:path';
import { createAugmenter } from '../augment/augmenter';
import { stepCount } from '../augment/batches';
import { writeContactSheet } from '../augment/contact-sheet';
import type { Batch } from '../augment/pool';
import type * as tf from '../compute/tensorflow';
import { elementCount } from '../data/array';
import { writeNpy } from '../data/npy';
import { stream } from '../data/random';
import { writeSafetensors } from '../data/safetensors';
import { isImage } from '../data/dataset';
import { readDataset, type StoredDataset } from '../data/stored-dataset';
import { UserError } from '../errors';
import { encoderInputs, openEncoder } from '../model/network';
import { type Parameters, pick, trainableNames } from '../model/parameters';
import type { Stage, StageContext, StageOutput } from '../run/stage';
import { relevantSettings } from '../study/pretrain-schema';
import { isImported, keptEpochs, type PretrainBlock } from '../study/schema';
import { openBatches } from '../train/batches';
import { removeCheckpoint } from '../train/checkpoint';
import { lossCurve } from '../train/loss-curve';
import { createOptimizer } from '../train/optimizer';
import { train } from '../train/train';
import { createMonitor } from './monitor';
import { targetPrefix } from './objective';
import { createObjective } from './objectives';
import { batchPlan, trainingSamples } from './samples';

/**
 * Stage 'pretrain': trains the study's network from where it starts by the study's objective on the training samples of
 * its domains, without labels but for the supervised baselines. Writes encoder.safetensors (encoder and, under
 * `projection.`, what the objective puts on it; torchvision's names or those of an imported model), losses.npy (steps,
 * float32) and, of images, views.png (samples with two views of each); encoder-epoch-<epoch>.safetensors, the same as the
 * first after each of the epochs that the advantage map asks for.
 */
export const pretrainStage: Stage = {
  name: 'pretrain',
  inputs: (study) => ['data', ...encoderInputs(study)],
  part: (study) => {
    const { encoder, pretrain, transfer, data, seed } = study;
    const kept = keptEpochs(study);
    return {
      ...{ encoder, pretrain: pretrain && relevantSettings(pretrain), source: data.source, target: data.target, seed },
      // Where the study names domains to transfer between, pretraining is on them unless it says otherwise.
      ...(pretrain?.domains === undefined && { domains: transfer?.domains }),
      ...(kept.length > 0 && { kept }),
    };
  },
  wanted: (study) => study.pretrain !== undefined,
  run,
};

async function run(context: StageContext): Promise<StageOutput> {
  const { study, folder, inputs, report, signal, device } = context;
  const settings = study.pretrain!;
  const dataset = await readDataset(inputs.data!);
  const encoder = await openEncoder(study, dataset, inputs);
  const objective = createObjective(settings, encoder.features, dataset.classNames.length);
  const samples = trainingSamples(study, dataset, objective);
  const { domains } = samples;
  const batchSize = Math.min(settings.batchSize, samples.rows.length);
  if (batchSize < 2)
    throw new UserError(
      'pretrain-samples',
      `Pretraining needs at least 2 ${samples.labelled ? 'labelled ' : ''}training samples in ${domains.join(' and ')}, and there are ${samples.rows.length}.`,
    );
  const steps = stepCount(samples.rows.length, batchSize, settings.epochs);
  const stepsPerEpoch = steps / settings.epochs;
  const initial = encoder.initialize(stream(study.seed, 'encoder'));
  const parameters = { ...initial, ...objective.initialize(initial, (part) => stream(study.seed, part)) };
  const checkpoint = { file: join(folder, 'checkpoint.safetensors'), everySteps: settings.checkpointSteps };
  const label = `Pretraining (${settings.objective}) on ${domains.join(' and ')}`;
  const { localViews } = objective;
  const views = objective.views + (localViews?.count ?? 0);
  const viewShape = [views * batchSize * (samples.partners ? 2 : 1), ...dataset.sampleShape];
  const labelsOf = ({ rows }: Batch): Int32Array => rows.subarray(0, batchSize).map((row) => dataset.labels[row]!);
  const monitor = createMonitor(context, { encoder, dataset, source: samples.source });

  const every = Math.max(1, Math.floor(steps / settings.monitor.evaluations));
  const looks = monitor ? Array.from({ length: Math.floor(steps / every) }, (_, i) => (i + 1) * every) : [];
  const kept = new Map(keptEpochs(study).map((epoch) => [epoch * stepsPerEpoch, `encoder-epoch-${epoch}.safetensors`]));
  const origin: Record<string, string> = isImported(study.encoder)
    ? { import: study.encoder.import }
    : { architecture: study.encoder.architecture };
  const parts = { ...origin, objective: settings.objective };
  const networkFrom = (now: Parameters): Parameters => pick(now, (name) => !name.startsWith(targetPrefix));

  await drawViews(join(folder, 'views.png'), dataset, samples.rows, settings, study.seed);
  const trained = await train({
    device,
    parameters,
    trained: trainableNames(parameters).filter(
      (name) => !name.startsWith(targetPrefix) && (objective.isTrained?.(name) ?? true),
    ),
    batch: {
      views: { shape: viewShape, dtype: 'float32' },
      ...(samples.labelled && { labels: { shape: [batchSize], dtype: 'int32' as const } }),
      ...objective.signature,
    },
    // Every view in one pass: [first views, second views, …].
    loss: (pass, batch) =>
      objective.loss({ pass, batch, views, encode: (through) => encoder.apply(through, batch.views as tf.Tensor) }),
    follow: objective.follow,
    optimizer: createOptimizer(settings.optimizer),
    ...settings.optimizer,
    steps,
    open: (firstStep) =>
      openBatches(
        {
          ...{ ...settings, dataset, rows: samples.rows, batchSize, views: objective.views, localViews },
          ...{ seed: study.seed, plan: batchPlan(samples, batchSize, settings.epochs, study.seed) },
        },
        firstStep,
      ),
    feed: (batch) => ({
      views: { shape: viewShape, data: batch.views },
      ...(samples.labelled && { labels: { shape: [batchSize], data: labelsOf(batch) } }),
      ...objective.scalars?.({ step: batch.step, steps, stepsPerEpoch }),
    }),
    observe: {
      steps: [...looks, ...kept.keys()],
      see: async (done, now) => {
        if (monitor && looks.includes(done)) report.metric('kNN accuracy', done, await monitor.accuracy(now));
        const file = kept.get(done);
        if (file !== undefined)
          await writeSafetensors(join(folder, file), networkFrom(now), { format: 'pt', ...parts });
      },
    },
    checkpoint,
    signal,
    label,
    onStep: lossCurve(report, { steps, label, metric: 'loss' }),
  });

  const network = networkFrom(trained.parameters);
  await writeSafetensors(join(folder, 'encoder.safetensors'), network, { format: 'pt', ...parts });
  await writeNpy(join(folder, 'losses.npy'), { shape: [steps], data: trained.losses });
  await removeCheckpoint(checkpoint.file);
  const tail = trained.losses.subarray(-Math.max(1, Math.floor(stepsPerEpoch)));
  const common = { method: settings.objective, better: 'higher' as const };
  const knn = monitor && {
    ...{ id: 'pretrain.knn-accuracy', label: 'Nearest-neighbour accuracy, source validation', ...common },
    ...{ value: await monitor.accuracy(network), unit: 'fraction' as const, samples: monitor.samples },
  };
  return {
    figures: [
      {
        id: 'pretrain.loss',
        label: 'Loss, mean of the last epoch',
        value: tail.reduce((sum, loss) => sum + loss, 0) / tail.length,
        unit: 'value',
        better: 'lower',
        method: settings.objective,
        samples: samples.rows.length,
      },
      ...(knn ? [knn] : []),
    ],
    details: {
      ...{ steps, batchSize, domains, samples: samples.rows.length, views },
      encoderParameters: Object.values(initial).reduce((sum, { shape }) => sum + elementCount(shape), 0),
    },
  };
}

/** Samples and two views of each, for the user to look at: what the augmentation calls similar. Nothing for vectors. */
async function drawViews(
  file: string,
  dataset: StoredDataset,
  rows: Int32Array,
  { augmentation }: PretrainBlock,
  seed: number,
): Promise<void> {
  if (!isImage(dataset)) return;
  const shown = stream(seed, 'views').shuffle(rows.slice()).subarray(0, 12);
  await writeContactSheet(file, dataset, createAugmenter(augmentation, dataset.sampleShape), shown, seed);
}
