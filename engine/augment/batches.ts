import { stream } from '../data/random';

/** Which rows make up one batch. `epoch` names the random streams of their views. */
export interface BatchRows {
  readonly epoch: number;
  readonly rows: Int32Array;
}

/** The batch of a step, or undefined after the last step. A pure function: a resumed run asks for a later step. */
export type BatchPlan = (step: number) => BatchRows | undefined;

/**
 * Every epoch visits the rows in a new order, in whole batches; a remainder that does not fill one is left out of
 * that epoch. Where there are fewer rows than a batch, the batch is all of them.
 */
export function shuffledBatches(rows: Int32Array, batchSize: number, epochs: number, seed: number): BatchPlan {
  const size = Math.min(batchSize, rows.length);
  const perEpoch = size > 0 ? Math.floor(rows.length / size) : 0;
  let shuffledEpoch = -1;
  let order = rows;
  return (step) => {
    if (step >= perEpoch * epochs) return undefined;
    const epoch = Math.floor(step / perEpoch);
    if (epoch !== shuffledEpoch) {
      order = stream(seed, 'order', epoch).shuffle(rows.slice());
      shuffledEpoch = epoch;
    }
    const start = (step % perEpoch) * size;
    return { epoch, rows: order.slice(start, start + size) };
  };
}

/** Steps of `shuffledBatches`. */
export function stepCount(rows: number, batchSize: number, epochs: number): number {
  const size = Math.min(batchSize, rows);
  return size > 0 ? Math.floor(rows / size) * epochs : 0;
}
