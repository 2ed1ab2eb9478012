import { parentPort, workerData } from 'node:worker_threads';
import { createViewFiller, type ViewSettings } from './local-views';

/** What a worker is started with. `values` lies on shared memory. */
export interface WorkerSetup extends ViewSettings {
  readonly values: Uint8Array | Float32Array;
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
  const setup = workerData as WorkerSetup;
  const filler = createViewFiller(setup);
  port.on('message', ({ step, epoch, rows }: WorkerRequest) => {
    const views = filler.fill(setup.values, rows, epoch);
    const reply: WorkerReply = { step, views };
    port.postMessage(reply, [views.buffer as ArrayBuffer]);
  });
}
