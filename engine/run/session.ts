import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTemporaries, writeJson } from './atomic';
import { readFigures } from './cache';
import {
  createRunDirectory,
  ensureRunDirectory,
  newRunId,
  readRun,
  runFiles,
  listRuns,
  writeRecord,
  type RunEntry,
} from './directory';
import { errorCode } from './disk';
import { EventWriter } from './events';
import {
  formatVersion,
  type Results,
  type RunEvent,
  type RunRecord,
  type RunState,
  type StageName,
  type StageRecord,
} from './format';
import { tryLock, waitForLock, type Lock } from './lock';
import { thisProcess } from './process';

/** A run record's heartbeat. */
export const heartbeatMs = 2000;

/** A run directory that this process writes: its record with a heartbeat, its events, its results. */
export class RunSession {
  private saving: Promise<void> = Promise.resolve();
  private readonly timer: NodeJS.Timeout;
  private readonly stop = new AbortController();

  private constructor(
    readonly directory: string,
    readonly record: RunRecord,
    readonly events: EventWriter,
    private readonly lock: Lock,
  ) {
    this.timer = setInterval(() => this.beat(), heartbeatMs).unref();
  }

  /** Aborted when someone has asked for the end of this run by a file in its directory. */
  get cancelRequested(): AbortSignal {
    return this.stop.signal;
  }

  /** Opens a run directory that this process already holds the lock of. */
  static async open(
    opened: OpenedDirectory,
    record: Omit<RunRecord, 'id' | 'startedAt'>,
    study: unknown,
    onEvent?: (event: RunEvent) => void,
  ): Promise<RunSession> {
    const { directory, lock, previous } = opened;
    await removeTemporaries(directory);
    await rm(join(directory, runFiles.cancelRequest), { force: true });
    await writeJson(join(directory, runFiles.study), study);
    const { version, ...rest } = record;
    const full: RunRecord = { version, id: opened.id, ...rest, startedAt: previous?.startedAt ?? record.updatedAt };
    await writeRecord(directory, full);
    const session = new RunSession(directory, full, new EventWriter(join(directory, runFiles.events), onEvent), lock);
    session.events.write({ type: 'run', state: 'running', message: previous ? 'Resumed.' : undefined });
    return session;
  }

  setKey(stage: StageName, key: string): void {
    this.record.stages[stage] = { key, state: 'waiting' };
  }

  async setStage(stage: StageName, state: StageRecord['state'], seconds?: number): Promise<void> {
    const key = this.record.stages[stage]?.key ?? '';
    this.record.stages[stage] = { key, state, seconds };
    await this.save();
    this.events.write({ type: 'stage', stage, state, seconds });
  }

  /** Collects the figures of the finished stages, in order, into results.json. */
  async writeResults(stages: readonly StageName[]): Promise<void> {
    const results: Results = {
      version: formatVersion,
      run: this.record.id,
      study: this.record.study.name,
      figures: [],
      details: {},
    };
    for (const stage of stages) {
      const written = await readFigures(join(this.directory, runFiles.stages, stage));
      if (!written) continue;
      results.figures.push(...written.figures);
      results.details[stage] = written.details;
    }
    await writeJson(join(this.directory, runFiles.results), results);
  }

  /** Writes the last state and lets go of the directory. */
  async end(state: Exclude<RunState, 'running'>, error?: string): Promise<void> {
    clearInterval(this.timer);
    await this.saving;
    this.record.state = state;
    this.record.updatedAt = new Date().toISOString();
    this.record.finishedAt = this.record.updatedAt;
    if (error !== undefined) this.record.error = error;
    try {
      await writeRecord(this.directory, this.record);
      this.events.write({ type: 'run', state, message: error });
      this.events.close();
    } finally {
      await this.lock.release();
    }
  }

  /** Saves in order, one at a time. */
  private async save(durable = true): Promise<void> {
    const next = this.saving.then(() => {
      this.record.updatedAt = new Date().toISOString();
      return writeRecord(this.directory, this.record, durable);
    });
    this.saving = next.catch(() => undefined);
    await next;
  }

  private beat(): void {
    if (existsSync(join(this.directory, runFiles.cancelRequest))) this.stop.abort();
    // A heartbeat that cannot be written (a full disk) is no reason to stop; the stage will tell if it is.
    this.save(false).catch(() => undefined);
  }
}

/** A run directory, new or taken up again, with its lock held. */
export interface OpenedDirectory {
  id: string;
  directory: string;
  lock: Lock;
  /** The record that it had, for a run that is taken up again. */
  previous?: RunRecord;
}

/** Takes up an unfinished run; undefined where another process has it, or where it is gone. */
export async function reopenRun(entry: RunEntry): Promise<OpenedDirectory | undefined> {
  let lock: Lock | undefined;
  try {
    lock = await tryLock(join(entry.directory, runFiles.lock));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (!lock) return undefined;
  const again = await readRun(entry.directory);
  const taken = !again || again.state === 'running' || again.state === 'finished';
  if (!taken) return { id: again.record.id, directory: entry.directory, lock, previous: again.record };
  await lock.release();
  return undefined;
}

/** Makes a new run directory. */
export async function newRun(workspace: string): Promise<OpenedDirectory> {
  const id = newRunId();
  const directory = await createRunDirectory(workspace, id);
  const lock = await tryLock(join(directory, runFiles.lock));
  if (!lock) throw new Error(`The new run directory ${directory} is already locked.`);
  return { id, directory, lock };
}

/**
 * Opens the run directory of this id, new or as an earlier attempt left it. Waits while another process is running
 * it: an attempt that its scheduler has given up may still be computing.
 */
export async function openNamed(workspace: string, id: string, signal?: AbortSignal): Promise<OpenedDirectory> {
  const directory = await ensureRunDirectory(workspace, id);
  const lock = await waitForLock(join(directory, runFiles.lock), { signal });
  return { id, directory, lock, previous: (await readRun(directory))?.record };
}

/**
 * The newest unfinished run of this study and these stages, if it is newer than the last finished one:
 * what was finished since is not to be hidden behind an older run.
 */
export async function findUnfinished(
  workspace: string,
  studyHash: string,
  stages: readonly StageName[],
): Promise<RunEntry[]> {
  const wanted = [...stages].sort().join();
  const unfinished: RunEntry[] = [];
  for (const entry of await listRuns(workspace)) {
    const { record, state } = entry;
    if (record.study.hash !== studyHash || Object.keys(record.stages).sort().join() !== wanted) continue;
    if (state === 'finished') break;
    if (state !== 'running') unfinished.push(entry);
  }
  return unfinished;
}

/** This process and engine, as run records name them. */
export function describeProcess(): Pick<RunRecord, 'process'> & { platform: string; node: string } {
  return { process: thisProcess(), platform: `${process.platform}-${process.arch}`, node: process.version };
}
