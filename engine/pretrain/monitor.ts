import { select } from '../data/dataset';
import { stream } from '../data/random';
import type { StoredDataset } from '../data/stored-dataset';
import type { Encoder } from '../model/encoder';
import { extract } from '../model/extract';
import type { Parameters } from '../model/parameters';
import type { StageContext } from '../run/stage';
import { knnVote } from './knn-vote';

export interface Monitor {
  /** Accuracy of the source's vote on its validation samples under these parameters. */
  accuracy(parameters: Parameters): Promise<number>;
  /** Validation samples that are asked. */
  readonly samples: number;
}

/** Queries at most: more would say no more of a training run's course. */
const mostQueries = 1000;

/**
 * The nearest-neighbour monitor: labelled training samples of the source vote on the class of its validation samples.
 * It looks on; training does not depend on it. Undefined where the study leaves it out or there are no labels.
 */
export function createMonitor(
  { study, device, signal }: Pick<StageContext, 'study' | 'device' | 'signal'>,
  { encoder, dataset, source }: { encoder: Encoder; dataset: StoredDataset; source: number },
): Monitor | undefined {
  const { evaluations, neighbours, temperature, samples } = study.pretrain!.monitor;
  const draw = (split: 'train' | 'validation', limit: number): Int32Array => {
    const labelled = select(dataset, { domain: source, split }).filter((row) => dataset.labels[row]! >= 0);
    return stream(study.seed, 'monitor', split).shuffle(labelled).subarray(0, limit);
  };
  const bank = draw('train', samples);
  const queries = draw('validation', mostQueries);
  if (evaluations === 0 || bank.length === 0 || queries.length === 0) return undefined;
  const rows = Int32Array.from([...bank, ...queries]);
  const d = encoder.features;
  return {
    samples: queries.length,
    async accuracy(parameters) {
      const { features } = await extract({ device, encoder, parameters, dataset, rows, signal });
      const split = bank.length * d;
      const predicted = knnVote(
        {
          ...{ features: features.subarray(0, split), n: bank.length, d },
          labels: bank.map((row) => dataset.labels[row]!),
        },
        { features: features.subarray(split), n: queries.length, d },
        { neighbours, temperature, classes: dataset.classNames.length },
      );
      const right = predicted.filter((label, i) => label === dataset.labels[queries[i]!]).length;
      return right / queries.length;
    },
  };
}
