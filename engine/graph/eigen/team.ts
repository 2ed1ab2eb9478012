import { Worker } from 'node:worker_threads';
import { kernelModule } from '../../linear/kernel-module';

/** What the WebAssembly kernels export: each takes (index, threads, …numbers) and returns nothing. */
export type KernelName =
  | 'setMatrix'
  | 'apply'
  | 'rayleigh'
  | 'dots'
  | 'gram'
  | 'rotate'
  | 'copyColumns'
  | 'randomize'
  | 'setKnown'
  | 'deflate'
  | 'filter'
  | 'componentGram'
  | 'componentRotate'
  | 'componentRayleigh'
  | 'knnRows'
  | 'knnRound'
  | 'knnLists'
  | 'knnTrees'
  | 'knnDescend'
  | 'knnSearch'
  | 'knnSearchGiven'
  | 'knnRefine';
type Kernels = Record<KernelName, (index: number, threads: number, ...numbers: number[]) => void>;

const kernelNames: readonly KernelName[] = [
  ...(['setMatrix', 'apply', 'rayleigh', 'gram', 'rotate'] as const),
  ...(['copyColumns', 'dots', 'randomize', 'setKnown', 'deflate', 'filter'] as const),
  ...(['componentGram', 'componentRotate', 'componentRayleigh'] as const),
  ...(['knnRows', 'knnRound', 'knnLists', 'knnTrees', 'knnDescend'] as const),
  ...(['knnSearch', 'knnSearchGiven', 'knnRefine'] as const),
];

/**
 * A worker knows nothing but the kernels: it waits for a job in shared memory, runs it, and the last of the team to
 * finish says so. Plain text, because a worker's file would have to be found from sources and bundles alike.
 * Control words: [0] job number, [1] kernel (−1 ends), [2] count of arguments, [3] finished threads.
 */
const workerSource = `
const { parentPort, workerData: { module, memory, control, numbers, names, index, threads } } = require('node:worker_threads');
const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports;
for (let job = 0; ; ) {
  Atomics.wait(control, 0, job);
  job = Atomics.load(control, 0);
  const kernel = Atomics.load(control, 1);
  if (kernel < 0) break;
  kernels[names[kernel]](index, threads, ...numbers.subarray(0, control[2]));
  if (Atomics.add(control, 3, 1) === threads - 1) parentPort.postMessage(job);
}`;

/**
 * Threads that run kernels together on one shared memory. Without workers everything runs on the calling thread:
 * right for small problems, where starting threads would take longer than the work.
 */
export class Team {
  readonly memory: WebAssembly.Memory;
  readonly threads: number;
  private readonly control = new Int32Array(new SharedArrayBuffer(16));
  private readonly numbers = new Float64Array(new SharedArrayBuffer(32 * 8));
  private readonly inline: Kernels | undefined;
  private readonly workers: Worker[] = [];
  private settle: { done: () => void; fail: (error: unknown) => void } | undefined;

  constructor(bytes: number, workers: number) {
    const pages = Math.ceil(bytes / 65536);
    if (pages > 65536)
      throw new RangeError(`The problem needs ${(bytes / 2 ** 30).toFixed(1)} GiB; the kernels address 4.`);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.threads = Math.max(1, workers);
    const module = kernelModule('graph');
    if (workers === 0) {
      this.inline = new WebAssembly.Instance(module, { env: { memory: this.memory } }).exports as unknown as Kernels;
      return;
    }
    for (let index = 0; index < workers; index++) {
      const { memory, control, numbers, threads } = this;
      const worker = new Worker(workerSource, {
        eval: true,
        workerData: { module, memory, control, numbers, names: kernelNames, index, threads },
      });
      worker.on('message', () => this.settle?.done());
      worker.on('error', (error) => this.settle?.fail(error));
      worker.unref();
      this.workers.push(worker);
    }
  }

  /** Runs one kernel on every thread and waits for the last. Jobs run one after the other. */
  async run(kernel: KernelName, ...numbers: number[]): Promise<void> {
    if (this.inline) return this.inline[kernel](0, 1, ...numbers);
    this.numbers.set(numbers);
    this.control[1] = kernelNames.indexOf(kernel);
    this.control[2] = numbers.length;
    this.control[3] = 0;
    // A job keeps the process alive, an idle team does not.
    this.workers.forEach((worker) => worker.ref());
    try {
      await new Promise<void>((done, fail) => {
        this.settle = { done, fail };
        Atomics.add(this.control, 0, 1);
        Atomics.notify(this.control, 0);
      });
    } finally {
      this.settle = undefined;
      this.workers.forEach((worker) => worker.unref());
    }
  }

  async close(): Promise<void> {
    this.control[1] = -1;
    Atomics.add(this.control, 0, 1);
    Atomics.notify(this.control, 0);
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}
