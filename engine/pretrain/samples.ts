import { type BatchPlan, shuffledBatches } from '../augment/batches';
import { select } from '../data/dataset';
import { stream } from '../data/random';
import type { StoredDataset } from '../data/stored-dataset';
import { UserError } from '../errors';
import { needsTarget, resolveDomains } from '../study/domains';
import type { Study } from '../study/schema';
import type { Objective } from './objective';

/** Rows of the dataset that a pretraining learns from. */
export interface TrainingSamples {
  readonly rows: Int32Array;
  /** Rows that each batch takes as many of beside its own, without labels. */
  readonly partners?: Int32Array;
  readonly labelled: boolean;
  /** Names of the domains that the rows come from. */
  readonly domains: readonly string[];
  /** Index of the source. */
  readonly source: number;
}

/** The training samples that an objective asks for. Throws UserError where it needs a target and there is none. */
export function trainingSamples(study: Study, dataset: StoredDataset, objective: Objective): TrainingSamples {
  const resolved = resolveDomains(study, dataset.domainNames);
  const { source, sourceIndex, target, targetIndex } = resolved;
  const { samples = 'unlabelled' } = objective;
  if (samples === 'unlabelled')
    return {
      rows: select(dataset, { domains: resolved.pretrainIndices, split: 'train' }),
      ...{ labelled: false, domains: resolved.pretrain, source: sourceIndex },
    };
  const rows = select(dataset, { domain: sourceIndex, split: 'train' }).filter((row) => dataset.labels[row]! >= 0);
  const own = { rows, labelled: true, source: sourceIndex };
  if (samples === 'source') return { ...own, domains: [source] };
  if (targetIndex === undefined) throw new UserError('study-domain', needsTarget('pretrain.objective "dann"'));
  const partners = select(dataset, { domain: targetIndex, split: 'train' });
  if (partners.length === 0)
    throw new UserError('pretrain-samples', `The domain "${target}" has no training sample for "dann" to adapt to.`);
  return { ...own, partners, domains: [source, target!] };
}

/**
 * Batches of the rows, in a new order every epoch; with partners, each batch ends in as many of them, which run through
 * orders of their own.
 */
export function batchPlan(
  { rows, partners }: TrainingSamples,
  batchSize: number,
  epochs: number,
  seed: number,
): BatchPlan {
  const own = shuffledBatches(rows, batchSize, epochs, seed);
  if (!partners) return own;
  // Partners are an endless row of shuffled copies; two rounds are kept, since a batch may lie across them.
  const rounds = new Map<number, Int32Array>();
  const inRound = (round: number): Int32Array => {
    const found = rounds.get(round) ?? stream(seed, 'partners', round).shuffle(partners.slice());
    rounds.set(round, found);
    rounds.delete(round - 2);
    return found;
  };
  return (step) => {
    const batch = own(step);
    if (!batch) return undefined;
    const count = batch.rows.length;
    const beside = Int32Array.from({ length: count }, (_, i) => {
      const at = step * count + i;
      return inRound(Math.floor(at / partners.length))[at % partners.length]!;
    });
    // A partner may come twice in an epoch of the rows; a number of its own for each step gives it another view.
    return { epoch: step, rows: Int32Array.from([...batch.rows, ...beside]) };
  };
}
