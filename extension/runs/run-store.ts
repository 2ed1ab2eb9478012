import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Results, RunEvent } from '../../engine/run/format';
import { isAlive } from '../../engine/run/process';
import { diskFiles } from './disk-files';
import { EventTail } from './event-tail';
import { advance, type LiveProgress } from './progress';
import { newestFirst, RunIndex, type IndexedRun } from './run-index';
import { virtualFiles } from './virtual-files';

/** A run of one of the workspace's folders. */
export interface StoredRun extends IndexedRun {
  /** Unique among all folders; stays the same over reloads. */
  readonly key: string;
  readonly folder: vscode.WorkspaceFolder;
  readonly uri: vscode.Uri;
}

/** What has changed: the list (runs, states, figures), or only how far running ones are. */
export type StoreChange = 'runs' | 'progress';

interface Watched {
  folder: vscode.WorkspaceFolder;
  index: RunIndex;
  /** What the last scan gave, by the name of the run's folder. */
  known: Map<string, StoredRun>;
  watcher: vscode.Disposable;
}

const quietMs = 150;
const pollMs = 500;
/** Watching fails on some network disks, and where too much is watched already. */
const unwatchedMs = 10_000;

/**
 * The runs of all workspace folders, as their directories say. Changes on the disk, whoever makes them, are seen by
 * watching; running runs are also looked at twice a second, which needs no watcher and sees a killed process, and in
 * the window in front all of them every few seconds.
 */
export class RunStore implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<StoreChange>();
  readonly onDidChange = this.changed.event;
  private readonly finished = new vscode.EventEmitter<StoredRun>();
  /** Fires for a run that was running when it was last looked at and is no more. */
  readonly onDidEnd = this.finished.event;
  private watched: Watched[] = [];
  private list: StoredRun[] = [];
  private readonly live = new Map<string, { tail: EventTail; progress: LiveProgress }>();
  private scanning: Promise<void> | undefined;
  private again = false;
  private quiet: NodeJS.Timeout | undefined;
  private poll: NodeJS.Timeout | undefined;
  private readonly unwatched = setInterval(() => {
    if (vscode.window.state.focused) void this.refresh();
  }, unwatchedMs);
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly first: Promise<void>;

  constructor(private readonly log: vscode.LogOutputChannel) {
    this.follow();
    this.subscriptions.push(
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.follow();
        this.refreshSoon();
      }),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused) this.refreshSoon();
      }),
    );
    this.first = this.refresh();
  }

  /** All runs, newest first. */
  get runs(): readonly StoredRun[] {
    return this.list;
  }

  /** Resolves once the runs have been read for the first time. */
  ready(): Promise<void> {
    return this.first;
  }

  get(key: string): StoredRun | undefined {
    return this.list.find((run) => run.key === key);
  }

  progressOf(run: StoredRun): LiveProgress | undefined {
    return run.state === 'running' ? this.live.get(run.key)?.progress : undefined;
  }

  async resultsOf(run: StoredRun): Promise<Results | undefined> {
    return this.watched
      .find(({ folder }) => folder.uri.toString() === run.folder.uri.toString())
      ?.index.resultsOf(run.name);
  }

  /** Reads what has changed. Calls that come while it reads are answered by one more pass. */
  async refresh(): Promise<void> {
    if (this.scanning) {
      this.again = true;
      return this.scanning;
    }
    this.scanning = (async () => {
      do {
        this.again = false;
        await this.scan();
      } while (this.again);
    })();
    try {
      await this.scanning;
    } catch (error) {
      this.log.error(error instanceof Error ? error : String(error));
    } finally {
      this.scanning = undefined;
    }
  }

  refreshSoon(): void {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => void this.refresh(), quietMs);
  }

  dispose(): void {
    clearTimeout(this.quiet);
    clearTimeout(this.poll);
    clearInterval(this.unwatched);
    for (const { watcher } of this.watched) watcher.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
    this.finished.dispose();
  }

  private follow(): void {
    for (const { watcher } of this.watched) watcher.dispose();
    this.watched = (vscode.workspace.workspaceFolders ?? []).map((folder) => {
      const runs = vscode.Uri.joinPath(folder.uri, '.eigenprobe', 'runs');
      const files = folder.uri.scheme === 'file' ? diskFiles(runs.fsPath) : virtualFiles(runs);
      return { folder, index: new RunIndex(files, isAlive), known: new Map(), watcher: this.watch(folder) };
    });
  }

  /** A deleted folder is told by its own name alone, so every level is listened to. */
  private watch(folder: vscode.WorkspaceFolder): vscode.Disposable {
    const pattern = '.eigenprobe{,/runs,/runs/*,/runs/*/run.json,/runs/*/results.json,/runs/*/report.html}';
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, pattern));
    const soon = (): void => this.refreshSoon();
    return vscode.Disposable.from(
      watcher,
      watcher.onDidCreate(soon),
      watcher.onDidChange(soon),
      watcher.onDidDelete(soon),
    );
  }

  private async scan(): Promise<void> {
    const started = performance.now();
    const before = new Map(this.list.map((run) => [run.key, run]));
    const lists = await Promise.all(
      this.watched.map(async ({ folder, index, known }) => {
        const runs = (await index.scan()).map((run): StoredRun => {
          const same = known.get(run.name);
          if (same && same.record === run.record && same.state === run.state) return same;
          const uri = same?.uri ?? vscode.Uri.joinPath(folder.uri, '.eigenprobe', 'runs', run.name);
          return { ...run, key: same?.key ?? uri.toString(), folder, uri };
        });
        known.clear();
        for (const run of runs) known.set(run.name, run);
        return runs;
      }),
    );
    const next = lists.flat();
    if (lists.length > 1) next.sort(newestFirst);
    const isSame = next.length === this.list.length && next.every((run, i) => looksTheSame(run, this.list[i]!));
    this.list = next;
    await this.readEvents();
    if (!isSame) {
      this.log.trace(`${next.length} runs in ${(performance.now() - started).toFixed(0)} ms`);
      this.changed.fire('runs');
      for (const run of next)
        if (run.state !== 'running' && before.get(run.key)?.state === 'running') this.finished.fire(run);
    }
    this.pollWhileRunning();
  }

  /** Reads what the running runs have said since. */
  private async readEvents(): Promise<void> {
    const running = this.list.filter(({ state }) => state === 'running');
    for (const key of this.live.keys()) if (!running.some((run) => run.key === key)) this.live.delete(key);
    let moved = false;
    for (const run of running) {
      if (run.uri.scheme !== 'file') continue;
      const entry = this.live.get(run.key) ?? {
        tail: new EventTail(join(run.uri.fsPath, 'events.jsonl')),
        progress: { metrics: {} },
      };
      this.live.set(run.key, entry);
      const events: RunEvent[] = await entry.tail.read();
      if (events.length === 0) continue;
      entry.progress = advance(entry.progress, events);
      moved = true;
    }
    if (moved) this.changed.fire('progress');
  }

  private pollWhileRunning(): void {
    clearTimeout(this.poll);
    if (this.list.some(({ state }) => state === 'running')) {
      this.poll = setTimeout(() => void this.refresh(), pollMs);
    }
  }
}

/** A heartbeat alone changes nothing that is shown. */
function looksTheSame(a: StoredRun, b: StoredRun): boolean {
  if (a === b) return true;
  if (a.key !== b.key || a.state !== b.state || a.record.startedAt !== b.record.startedAt) return false;
  return (
    a.record.finishedAt === b.record.finishedAt && JSON.stringify(a.record.stages) === JSON.stringify(b.record.stages)
  );
}
