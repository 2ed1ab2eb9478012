import { parentPort, workerData } from 'node:worker_threads';
import { type AugmenterOptions, createAugmenter, fillViews, viewStream } from './augmenter';
import type { AugmentationName } from '../study/schema';

/** What a worker is started with. `values` lies on shared memory. */
export interface WorkerSetup {
  readonly values: Uint8Array | Float32Array;
  readonly sampleShape: readonly number[];
  readonly augmentation: AugmentationName;
  readonly options: AugmenterOptions;
  readonly views: number;
  readonly seed: number;
}

export interface WorkerRequest {
  readonly step: number;
  readonly epoch: number;
  readonly rows: Int32Array;
}

export interface WorkerReply {
  readonly step: number;
  readonly views: Float32Array;
}

/** The worker's program: one batch a message. An exception ends the worker and reaches the pool as its error. */
if (parentPort) {
  const port = parentPort;
  const { values, sampleShape, augmentation, options, views, seed } = workerData as WorkerSetup;
  const augmenter = createAugmenter(augmentation, sampleShape, options);
  port.on('message', ({ step, epoch, rows }: WorkerRequest) => {
    const out = new Float32Array(views * rows.length * augmenter.size);
    fillViews(augmenter, values, rows, views, out, (row, view) => viewStream(seed, epoch, row, view));
    const reply: WorkerReply = { step, views: out };
    port.postMessage(reply, [out.buffer]);
  });
}
