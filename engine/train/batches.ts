import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { augmenterOptions } from '../augment/augmenter';
import { type BatchPlan, shuffledBatches } from '../augment/batches';
import { type BatchSource, builtWorkerFile, createBatchSource, shareValues } from '../augment/pool';
import { type Dataset, sampleSize } from '../data/dataset';
import type { LocalViews } from '../augment/local-views';
import type { AugmentationName } from '../study/schema';

export interface TrainingBatches {
  readonly dataset: Pick<Dataset, 'values' | 'sampleShape'>;
  /** Samples to train on. */
  readonly rows: Int32Array;
  readonly augmentation: AugmentationName;
  readonly batchSize: number;
  readonly epochs: number;
  /** Views of each sample. */
  readonly views: number;
  readonly localViews?: LocalViews;
  /** Which rows make up a batch. By default every epoch visits them in a new order. */
  readonly plan?: BatchPlan;
  readonly seed: number;
}

/** Shuffled, augmented batches from a step on. */
export function openBatches(options: TrainingBatches, firstStep: number): BatchSource {
  const { dataset, rows, augmentation, batchSize, epochs, views, localViews, seed } = options;
  const { values, sampleShape } = dataset;
  return createBatchSource({
    values: shareValues(values),
    sampleShape,
    augmentation,
    options: augmenterOptions(augmentation, values, rows, sampleSize(dataset)),
    plan: options.plan ?? shuffledBatches(rows, batchSize, epochs, seed),
    views,
    localViews,
    seed,
    firstStep,
    workers: augmentationWorkers(),
  });
}

/** Threads that fill batches: one for every two cores where the engine is built, else none. */
function augmentationWorkers(): number {
  return existsSync(builtWorkerFile) ? Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2))) : 0;
}
