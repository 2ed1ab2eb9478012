import { formatVersion, type Results, type RunRecord, type RunState } from '../../engine/run/format';

/** How a run stands: as recorded, or interrupted where the process that recorded it is gone. */
export type ShownState = RunState | 'interrupted';

/** A run as the views know it. */
export interface IndexedRun {
  /** Name of its folder among the runs. */
  readonly name: string;
  readonly record: RunRecord;
  readonly state: ShownState;
}

/** The files below a folder of runs. The folder of a virtual workspace is read by other means than one on a disk. */
export interface RunFiles {
  /** Names of the folders in it; none where it is not there. */
  names(): Promise<string[]>;
  /** Changes whenever the file does; undefined where there is none. */
  stamp(path: string): Promise<string | undefined>;
  text(path: string): Promise<string | undefined>;
}

/** Whether the process that gave its last sign of life at `lastSeen` (ms since the epoch) is still there. */
export type AskAlive = (identity: RunRecord['process'], lastSeen: number) => boolean;

/** So many files are read at a time: enough to keep the disk busy, few enough to let others in between. */
const atOnce = 16;
/** After so long the editor gets its turn. */
const sliceMs = 8;

interface Known {
  stamp: string;
  record: RunRecord | undefined;
}

/** The runs in one folder. A scan reads again only what has changed since the last one. */
export class RunIndex {
  private known = new Map<string, Known>();
  private readonly results = new Map<string, { stamp: string; results: Results | undefined }>();

  constructor(
    private readonly files: RunFiles,
    private readonly isAlive: AskAlive,
  ) {}

  /** All runs, newest first. What is no run (foreign files, half-written or of another version) is passed over. */
  async scan(): Promise<IndexedRun[]> {
    const names = await this.files.names();
    const next = new Map<string, Known>();
    let since = performance.now();
    for (let start = 0; start < names.length; start += atOnce) {
      await Promise.all(
        names.slice(start, start + atOnce).map(async (name) => {
          const entry = await this.read(name);
          if (entry) next.set(name, entry);
        }),
      );
      if (performance.now() - since > sliceMs) {
        await new Promise((resolve) => setImmediate(resolve));
        since = performance.now();
      }
    }
    this.known = next;
    for (const name of this.results.keys()) if (!next.has(name)) this.results.delete(name);
    const runs: IndexedRun[] = [];
    for (const [name, { record }] of next) if (record) runs.push({ name, record, state: this.stateOf(record) });
    return runs.sort(newestFirst);
  }

  /** The figures of a run; undefined before its first stage has ended. */
  async resultsOf(name: string): Promise<Results | undefined> {
    const path = `${name}/results.json`;
    const stamp = await this.files.stamp(path);
    if (stamp === undefined) return undefined;
    const kept = this.results.get(name);
    if (kept?.stamp === stamp) return kept.results;
    const results = readResults(await this.files.text(path));
    this.results.set(name, { stamp, results });
    return results;
  }

  private async read(name: string): Promise<Known | undefined> {
    const path = `${name}/run.json`;
    const stamp = await this.files.stamp(path);
    if (stamp === undefined) return undefined;
    const before = this.known.get(name);
    if (before?.stamp === stamp) return before;
    const record = readRecord(await this.files.text(path));
    // A file that is just being replaced elsewhere (a network disk) must not make a run vanish for a moment.
    return { stamp, record: record ?? before?.record };
  }

  private stateOf(record: RunRecord): ShownState {
    if (record.state !== 'running') return record.state;
    return this.isAlive(record.process, Date.parse(record.updatedAt)) ? 'running' : 'interrupted';
  }
}

/** Newest first; of runs that started together the higher id first. */
export function newestFirst(a: IndexedRun, b: IndexedRun): number {
  return compare(b.record.startedAt, a.record.startedAt) || compare(b.record.id, a.record.id);
}

/** Reads run.json's text; undefined where it is none of this version. */
export function readRecord(text: string | undefined): RunRecord | undefined {
  const value = parse(text);
  if (!isObject(value) || value.version !== formatVersion) return undefined;
  const { study, process, device } = value;
  if (!isObject(study) || !isObject(process) || !isObject(device) || !isObject(value.stages)) return undefined;
  const words = [value.id, value.state, value.startedAt, value.updatedAt, study.name, study.path, process.host];
  if (!words.every((word) => typeof word === 'string') || typeof process.pid !== 'number') return undefined;
  return ['running', 'finished', 'failed', 'cancelled'].includes(String(value.state))
    ? (value as unknown as RunRecord)
    : undefined;
}

/** Reads results.json's text; undefined where it is none of this version. */
export function readResults(text: string | undefined): Results | undefined {
  const value = parse(text);
  if (!isObject(value) || value.version !== formatVersion || !Array.isArray(value.figures)) return undefined;
  const figures = value.figures.filter((figure) => isObject(figure) && typeof figure.id === 'string');
  return { ...(value as unknown as Results), figures: figures as unknown as Results['figures'] };
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
