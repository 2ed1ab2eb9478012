import { join } from 'node:path';
import { stepCount } from '../augment/batches';
import type * as tf from '../compute/tensorflow';
import { elementCount } from '../data/array';
import { select } from '../data/dataset';
import { writeNpy } from '../data/npy';
import { stream } from '../data/random';
import { writeSafetensors } from '../data/safetensors';
import { readDataset, type StoredDataset } from '../data/stored-dataset';
import { UserError } from '../errors';
import { encoderInputs, openEncoder } from '../model/network';
import { type Parameters, pick, trainableNames } from '../model/parameters';
import type { Stage, StageContext, StageOutput } from '../run/stage';
import { resolveDomains } from '../study/domains';
import { isImported, keptEpochs, type Study } from '../study/schema';
import { openBatches } from '../train/batches';
import { removeCheckpoint } from '../train/checkpoint';
import { lossCurve } from '../train/loss-curve';
import { createOptimizer } from '../train/optimizer';
import { train } from '../train/train';
import { createMonitor } from './monitor';
import { type Objective, targetPrefix } from './objective';
import { createObjective } from './objectives';

/**
 * Stage 'pretrain': trains the study's network from where it starts by the study's objective on the training samples of
 * its domains, without labels but for the supervised baseline. Writes encoder.safetensors (encoder and, under
 * `projection.`, what the objective puts on it; torchvision's names or those of an imported model) and losses.npy
 * (steps, float32); encoder-epoch-<epoch>.safetensors, the same after each of the epochs that the advantage map asks for.
 */
export const pretrainStage: Stage = {
  name: 'pretrain',
  inputs: (study) => ['data', ...encoderInputs(study)],
  part: (study) => {
    const { encoder, pretrain, data, seed } = study;
    const kept = keptEpochs(study);
    return { encoder, pretrain, source: data.source, target: data.target, seed, ...(kept.length > 0 && { kept }) };
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
  const { rows, domains, source } = trainingRows(study, dataset, objective);
  const batchSize = Math.min(settings.batchSize, rows.length);
  if (batchSize < 2)
    throw new UserError(
      'pretrain-samples',
      `Pretraining needs at least 2 ${objective.labelled ? 'labelled ' : ''}training samples in ${domains.join(' and ')}, and there are ${rows.length}.`,
    );
  const steps = stepCount(rows.length, batchSize, settings.epochs);
  const stepsPerEpoch = steps / settings.epochs;
  const initial = encoder.initialize(stream(study.seed, 'encoder'));
  const parameters = { ...initial, ...objective.initialize(initial, (part) => stream(study.seed, part)) };
  const checkpoint = { file: join(folder, 'checkpoint.safetensors'), everySteps: settings.checkpointSteps };
  const label = `Pretraining (${settings.objective}) on ${domains.join(' and ')}`;
  const { localViews } = objective;
  const views = objective.views + (localViews?.count ?? 0);
  const viewShape = [views * batchSize, ...dataset.sampleShape];
  const labelsOf = (chosen: Int32Array): Int32Array => chosen.map((row) => dataset.labels[row]!);
  const monitor = createMonitor(context, { encoder, dataset, source });

  const every = Math.max(1, Math.floor(steps / settings.monitor.evaluations));
  const looks = monitor ? Array.from({ length: Math.floor(steps / every) }, (_, i) => (i + 1) * every) : [];
  const kept = new Map(keptEpochs(study).map((epoch) => [epoch * stepsPerEpoch, `encoder-epoch-${epoch}.safetensors`]));
  const origin: Record<string, string> = isImported(study.encoder)
    ? { import: study.encoder.import }
    : { architecture: study.encoder.architecture };
  const parts = { ...origin, objective: settings.objective };
  const networkFrom = (now: Parameters): Parameters => pick(now, (name) => !name.startsWith(targetPrefix));

  const trained = await train({
    device,
    parameters,
    trained: trainableNames(parameters).filter(
      (name) => !name.startsWith(targetPrefix) && (objective.isTrained?.(name) ?? true),
    ),
    batch: {
      views: { shape: viewShape, dtype: 'float32' },
      ...(objective.labelled && { labels: { shape: [batchSize], dtype: 'int32' as const } }),
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
        { ...settings, dataset, rows, batchSize, views: objective.views, localViews, seed: study.seed },
        firstStep,
      ),
    feed: (batch) => ({
      views: { shape: viewShape, data: batch.views },
      ...(objective.labelled && { labels: { shape: [batchSize], data: labelsOf(batch.rows) } }),
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
        samples: rows.length,
      },
      ...(knn ? [knn] : []),
    ],
    details: {
      ...{ steps, batchSize, domains, samples: rows.length, views },
      encoderParameters: Object.values(initial).reduce((sum, { shape }) => sum + elementCount(shape), 0),
    },
  };
}

/** Training samples of the pretraining's domains; for an objective with labels, the source's labelled ones. */
function trainingRows(
  study: Study,
  dataset: StoredDataset,
  { labelled }: Objective,
): { rows: Int32Array; domains: readonly string[]; source: number } {
  const { source, sourceIndex, pretrain, pretrainIndices } = resolveDomains(study, dataset.domainNames);
  if (!labelled)
    return {
      rows: select(dataset, { domains: pretrainIndices, split: 'train' }),
      ...{ domains: pretrain, source: sourceIndex },
    };
  const rows = select(dataset, { domain: sourceIndex, split: 'train' }).filter((row) => dataset.labels[row]! >= 0);
  return { rows, domains: [source], source: sourceIndex };
}
