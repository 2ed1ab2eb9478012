import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { AugmentationName } from '../study/schema';
import type { AugmenterOptions } from './augmenter';
import type { BatchPlan } from './batches';
import { createViewFiller, type LocalViews } from './local-views';
import type { WorkerReply, WorkerRequest, WorkerSetup } from './worker';

export interface BatchSourceOptions {
  /** The whole dataset, row-major. With workers it is copied to shared memory once, unless it lies there already. */
  readonly values: Uint8Array | Float32Array;
  readonly sampleShape: readonly number[];
  readonly augmentation: AugmentationName;
  readonly options?: AugmenterOptions;
  readonly plan: BatchPlan;
  /** Views of each row. */
  readonly views: number;
  readonly localViews?: LocalViews;
  readonly seed: number;
  /** The first step that `next` gives. By default 0. */
  readonly firstStep?: number;
  /** Threads; 0 fills each batch when it is asked for, on the caller's thread. The numbers are the same. */
  readonly workers: number;
  /** Batches filled ahead. By default two a worker. */
  readonly ahead?: number;
  /** The worker's program. By default `augment-worker.mjs` beside the engine's bundle. */
  readonly workerFile?: URL;
}

export interface Batch {
  readonly step: number;
  readonly epoch: number;
  readonly rows: Int32Array;
  /** [views, rows, ...sampleShape], local views last; the caller's to keep. */
  readonly views: Float32Array;
}

export interface BatchSource {
  /** Batches in the order of their steps, undefined after the last. */
  next(): Promise<Batch | undefined>;
  /** Ends the threads. Batches that were not fetched are lost. */
  close(): Promise<void>;
}

/** The worker's program beside the engine's bundle; it is there only in a built engine. */
export const builtWorkerFile = new URL('./augment-worker.mjs', import.meta.url);

/**
 * Batches of augmented views. Every view has its own random stream (`viewStream`), so neither the number of threads
 * nor their order changes a number.
 * @throws UserError where the augmentation does not suit the samples; Error where the worker's program is missing
 */
export function createBatchSource(options: BatchSourceOptions): BatchSource {
  return options.workers > 0 ? new WorkerPool(options) : synchronousSource(options);
}

/** The same values on memory that threads share, copied only where they do not lie there yet. */
export function shareValues<T extends Uint8Array | Float32Array>(values: T): T {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const buffer = new SharedArrayBuffer(values.byteLength);
  const shared = values instanceof Uint8Array ? new Uint8Array(buffer) : new Float32Array(buffer);
  shared.set(values);
  return shared as T;
}

function synchronousSource(setup: BatchSourceOptions): BatchSource {
  const filler = createViewFiller(setup);
  let step = setup.firstStep ?? 0;
  return {
    async next() {
      const planned = setup.plan(step);
      if (!planned) return undefined;
      const { rows, epoch } = planned;
      return { step: step++, epoch, rows, views: filler.fill(setup.values, rows, epoch) };
    },
    async close() {},
  };
}

interface Waiting {
  readonly resolve: (views: Float32Array) => void;
  readonly reject: (error: Error) => void;
}

class WorkerPool implements BatchSource {
  private readonly workers: Worker[];
  private readonly waiting = new Map<number, Waiting>();
  private readonly queue: Promise<Batch>[] = [];
  private readonly plan: BatchPlan;
  private readonly ahead: number;
  private step: number;
  private failure: Error | undefined;

  constructor(setup: BatchSourceOptions) {
    const file = setup.workerFile ?? builtWorkerFile;
    if (!existsSync(file))
      throw new Error(
        `The augmentation worker ${fileURLToPath(file)} is missing: build the engine, or set workers: 0.`,
      );
    // Unsuitable samples are refused here, before any thread starts.
    createViewFiller(setup);
    this.plan = setup.plan;
    this.step = setup.firstStep ?? 0;
    this.ahead = Math.max(1, setup.ahead ?? 2 * setup.workers);
    const workerData: WorkerSetup = {
      values: shareValues(setup.values),
      sampleShape: setup.sampleShape,
      augmentation: setup.augmentation,
      options: setup.options ?? {},
      views: setup.views,
      localViews: setup.localViews,
      seed: setup.seed,
    };
    this.workers = Array.from({ length: setup.workers }, () => this.start(file, workerData));
    this.fillQueue();
  }

  async next(): Promise<Batch | undefined> {
    if (this.failure) throw this.failure;
    this.fillQueue();
    const batch = this.queue.shift();
    this.fillQueue();
    return batch;
  }

  async close(): Promise<void> {
    this.fail(new Error('The batch source is closed.'));
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private start(file: URL, workerData: WorkerSetup): Worker {
    const worker = new Worker(file, { workerData });
    worker.on('message', ({ step, views }: WorkerReply) => {
      this.waiting.get(step)?.resolve(views);
      this.waiting.delete(step);
    });
    worker.on('error', (error) => this.fail(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', (code) => this.fail(new Error(`An augmentation worker ended with exit code ${code}.`)));
    return worker;
  }

  /** After the first failure no batch is given: its order could no longer be kept. */
  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }

  private fillQueue(): void {
    while (!this.failure && this.queue.length < this.ahead) {
      const planned = this.plan(this.step);
      if (!planned) return;
      this.queue.push(this.request(this.step++, planned.epoch, planned.rows));
    }
  }

  private request(step: number, epoch: number, rows: Int32Array): Promise<Batch> {
    const batch = new Promise<Float32Array>((resolve, reject) => {
      const worker = step % this.workers.length;
      this.waiting.set(step, { resolve, reject });
      const request: WorkerRequest = { step, epoch, rows };
      this.workers[worker]!.postMessage(request);
    }).then((views) => ({ step, epoch, rows, views }));
    // A failure reaches the caller with the next batch; until then nobody waits for this promise.
    batch.catch(() => undefined);
    return batch;
  }
}
