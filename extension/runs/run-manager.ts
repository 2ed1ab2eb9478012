import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { Engine } from '../engine/engine';
import { lastWords, launch, type Launched } from '../engine/launch';
import { chipOf, engineArguments, isSameRequest, readRequests, startable, type RunRequest } from './run-queue';
import type { RunStore, StoredRun } from './run-store';

const memoryKey = 'eigenprobe.queue';

interface Started {
  request: RunRequest;
  process: Launched;
  /** The run directory's key, once it is known. */
  run?: string;
}

/**
 * Starts, queues and stops runs. Each is a process that does not depend on this window; what is known about it after
 * a reload is what its run directory says.
 */
export class RunManager implements vscode.Disposable {
  private waiting: RunRequest[];
  private started: Started[] = [];
  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when the queue or the processes of this window change. */
  readonly onDidChange = this.changed.event;
  private readonly begun = new vscode.EventEmitter<{ run: StoredRun; request?: RunRequest }>();
  /** Fires once for each run that this window started, when its directory is there. */
  readonly onDidBegin = this.begun.event;
  private readonly subscriptions: vscode.Disposable[];
  private pumping: Promise<void> = Promise.resolve();

  constructor(
    private readonly engine: Engine,
    private readonly store: RunStore,
    private readonly memory: vscode.Memento,
    private readonly logFolder: string,
    private readonly log: vscode.LogOutputChannel,
    /** The device that "auto" takes on this machine, as far as it is known. */
    private readonly best: () => string | undefined,
    private readonly onFailure: (error: Error) => void,
  ) {
    this.waiting = readRequests(memory.get(memoryKey));
    this.subscriptions = [
      store.onDidChange((change) => {
        if (change === 'runs') this.match();
      }),
      store.onDidEnd(() => this.pump()),
    ];
    void store.ready().then(() => {
      // A queue that a reload interrupted goes on, where the workspace may run anything.
      if (vscode.workspace.isTrusted) this.pump();
    });
  }

  /** Requests that wait for their device. */
  get queue(): readonly RunRequest[] {
    return this.waiting;
  }

  /** Started by this window, its run directory not seen yet. */
  get starting(): readonly RunRequest[] {
    return this.started.filter(({ run }) => run === undefined).map(({ request }) => request);
  }

  /** Queues a run; it starts at once where its device is free. */
  async enqueue(wanted: Omit<RunRequest, 'id'>): Promise<void> {
    const request = { id: randomUUID(), ...wanted };
    if ([...this.waiting, ...this.starting].some((other) => isSameRequest(other, request))) {
      throw new Error(vscode.l10n.t('{0} is in the queue already.', request.name));
    }
    this.waiting.push(request);
    this.remember();
    this.pump();
    await this.pumping;
    if (this.waiting.includes(request)) {
      vscode.window.setStatusBarMessage(
        vscode.l10n.t('$(clock) {0} waits until the {1} is free.', request.name, this.chipName(request.device)),
        5000,
      );
    }
  }

  /** What people call the chip that a device computes on. */
  chipName(device: string): string {
    return chipOf(device, this.best()) === 'gpu' ? vscode.l10n.t('graphics processor') : vscode.l10n.t('processor');
  }

  dequeue(id: string): void {
    this.waiting = this.waiting.filter((request) => request.id !== id);
    this.remember();
  }

  /** Asks a run to stop at its next step. */
  async cancel(run: StoredRun): Promise<void> {
    const folder = run.folder.uri.fsPath;
    const { exitCode, stderr } = await this.engine.ask(['cancel', run.record.id, '--workspace', folder], folder);
    // That it has just ended by itself is what was wanted.
    if (exitCode !== 0 && !/is not running/.test(stderr)) throw new Error(stderr.trim().split('\n')[0]);
    await this.store.refresh();
  }

  /** Stops a run of this window that has not made its directory yet. */
  cancelStarting(id: string): void {
    this.started.find(({ request }) => request.id === id)?.process.kill();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
    this.begun.dispose();
  }

  /** Starts what can start. One call after the other, so that no request is started twice. */
  private pump(): void {
    this.pumping = this.pumping.then(async () => {
      const limit = vscode.workspace.getConfiguration('eigenprobe').get('run.parallel', 1);
      const running = this.store.runs.filter(({ state }) => state === 'running');
      const pids = new Set(running.map(({ record }) => record.process.pid));
      const busy = [
        ...running.map(({ record }) => record.device.name),
        ...this.started.filter(({ process }) => !pids.has(process.pid)).map(({ request }) => request.device),
      ];
      for (const request of startable(this.waiting, busy, Math.max(1, limit), this.best())) {
        this.waiting = this.waiting.filter((other) => other !== request);
        this.remember();
        try {
          await this.start(request);
        } catch (error) {
          this.onFailure(error instanceof Error ? error : new Error(String(error)));
        }
      }
    });
  }

  private async start(request: RunRequest): Promise<void> {
    const node = await this.engine.node();
    const args = engineArguments(request);
    const logFile = vscode.Uri.joinPath(vscode.Uri.file(this.logFolder), `engine-${request.id}.log`).fsPath;
    this.log.info(`Starting: eigenprobe ${args.join(' ')} (output in ${logFile})`);
    const started: Started = {
      request,
      process: await launch(node, this.engine.program, args, { cwd: request.workspace, logFile }),
    };
    this.log.info(`${request.name} runs in process ${started.process.pid}.`);
    this.started.push(started);
    this.changed.fire();
    void started.process.ended.then((code) => this.end(started, code));
    this.store.refreshSoon();
    this.lookOften(started);
  }

  /** Until its directory is there the store has no reason to look by itself. */
  private lookOften(started: Started): void {
    const timer = setInterval(() => {
      if (started.run !== undefined || !this.started.includes(started)) clearInterval(timer);
      else void this.store.refresh();
    }, 300);
  }

  private async end(started: Started, code: number | null): Promise<void> {
    await this.store.refresh();
    this.match();
    this.started = this.started.filter((other) => other !== started);
    const { request, process } = started;
    this.log.info(`${request.name} (process ${process.pid}) ended with ${code ?? 'a signal'}.`);
    if (started.run === undefined && code !== 0 && code !== 130 && code !== null) {
      const words = await lastWords(process.logFile);
      const fallback = vscode.l10n.t('{0} could not be started (exit code {1}).', request.name, code);
      this.onFailure(new Error(words ?? fallback));
    }
    this.changed.fire();
    this.pump();
  }

  /** Finds the directories of the processes that this window started. */
  private match(): void {
    for (const started of this.started) {
      if (started.run !== undefined) continue;
      const run = this.store.runs.find(({ record }) => record.process.pid === started.process.pid);
      if (!run) continue;
      started.run = run.key;
      this.begun.fire({ run, request: started.request });
      this.changed.fire();
    }
  }

  private remember(): void {
    void this.memory.update(memoryKey, this.waiting);
    this.changed.fire();
  }
}
