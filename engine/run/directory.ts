import { randomBytes } from 'node:crypto';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../errors';
import { readJson, writeJson } from './atomic';
import { errorCode } from './disk';
import { formatVersion, type Results, type RunRecord, type RunState } from './format';
import { isAlive } from './process';

/** A run as a reader sees it. */
export interface RunEntry {
  /** Absolute path of the run directory. */
  directory: string;
  record: RunRecord;
  /** The recorded state, or interrupted: recorded as running by a process that is gone. */
  state: RunState | 'interrupted';
}

/** Where everything that Eigenprobe writes into a workspace lies. */
export function homeFolder(workspace: string): string {
  return join(resolve(workspace), '.eigenprobe');
}

export function runsFolder(workspace: string): string {
  return join(homeFolder(workspace), 'runs');
}

export function cacheFolder(workspace: string): string {
  return join(homeFolder(workspace), 'cache');
}

/** Files of a run directory (see format.ts). */
export const runFiles = {
  record: 'run.json',
  study: 'study.json',
  events: 'events.jsonl',
  results: 'results.json',
  report: 'report.html',
  stages: 'stages',
  /** What views asked for: clusters of another number, projections. It can be deleted. */
  views: 'views',
  lock: 'run.lock',
  /** Whoever cannot send a signal asks for the end of a run by making this file. */
  cancelRequest: 'cancel-requested',
} as const;

/** Makes `.eigenprobe` with its folders, and keeps version control out of it. */
export async function createHome(workspace: string): Promise<void> {
  await mkdir(runsFolder(workspace), { recursive: true });
  await mkdir(cacheFolder(workspace), { recursive: true });
  try {
    await writeFile(join(homeFolder(workspace), '.gitignore'), '*\n', { flag: 'wx' });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/** `20250314-092653-589-4f2a91`: sorts by time (UTC), and two runs of one millisecond still differ. */
export function newRunId(now: Date = new Date()): string {
  const digits = now.toISOString().replace(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${digits.slice(14, 17)}-${randomBytes(3).toString('hex')}`;
}

/** Makes a new run directory; fails where one of this id is there. */
export async function createRunDirectory(workspace: string, id: string): Promise<string> {
  await createHome(workspace);
  const directory = join(runsFolder(workspace), id);
  await mkdir(directory);
  await mkdir(join(directory, runFiles.stages));
  return directory;
}

/** The run directory of an id, made where it is not there. */
export async function ensureRunDirectory(workspace: string, id: string): Promise<string> {
  await createHome(workspace);
  const directory = join(runsFolder(workspace), id);
  await mkdir(join(directory, runFiles.stages), { recursive: true });
  return directory;
}

/** Rewrites run.json. Heartbeats come every two seconds, so they skip the flush to the disk. */
export async function writeRecord(directory: string, record: RunRecord, durable = true): Promise<void> {
  await writeJson(join(directory, runFiles.record), record, { durable });
}

/** Reads one run; undefined where the folder is none (foreign, half-written, of another format version). */
export async function readRun(directory: string): Promise<RunEntry | undefined> {
  const record = await readJson(join(directory, runFiles.record));
  if (!isRunRecord(record)) return undefined;
  const lastSeen = Date.parse(record.updatedAt);
  const interrupted = record.state === 'running' && !isAlive(record.process, lastSeen);
  return { directory: resolve(directory), record, state: interrupted ? 'interrupted' : record.state };
}

/** All runs of a workspace, newest first. */
export async function listRuns(workspace: string): Promise<RunEntry[]> {
  let names: string[];
  try {
    names = await readdir(runsFolder(workspace));
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
  const entries = await Promise.all(names.map((name) => readRunQuietly(join(runsFolder(workspace), name))));
  return entries
    .filter((entry) => entry !== undefined)
    .sort((a, b) => compare(b.record.startedAt, a.record.startedAt) || compare(b.record.id, a.record.id));
}

/** Finds a run by path, by id, by an unambiguous beginning of its id, or as `latest`. */
export async function findRun(workspace: string, reference: string): Promise<RunEntry> {
  const looksLikePath = /[/\\]/.test(reference) || reference === '.' || reference === '..';
  if (looksLikePath || (await isFolder(reference))) {
    const entry = await readRun(reference);
    if (entry) return entry;
    throw new UserError('not-a-run', `${resolve(reference)} is not a run directory: it has no readable run.json.`);
  }
  const runs = await listRuns(workspace);
  const where = runsFolder(workspace);
  if (reference === 'latest') {
    if (runs[0]) return runs[0];
    throw new UserError('no-runs', `There is no run in ${where}; make one with eigenprobe run <study>.`);
  }
  const matches = runs.filter(({ record }) => record.id === reference || record.id.startsWith(reference));
  const exact = matches.find(({ record }) => record.id === reference);
  if (exact) return exact;
  if (matches.length === 1 && matches[0]) return matches[0];
  if (matches.length === 0) {
    throw new UserError(
      'no-such-run',
      `There is no run ${reference} in ${where}; eigenprobe list shows those there are.`,
    );
  }
  throw new UserError(
    'ambiguous-run',
    `${matches.length} runs in ${where} begin with ${reference}; give more of the id.`,
  );
}

/** The figures of a run; undefined before its first stage has ended. */
export async function readResults(directory: string): Promise<Results | undefined> {
  const value = await readJson(join(directory, runFiles.results));
  return isObject(value) && value.version === formatVersion && Array.isArray(value.figures)
    ? (value as unknown as Results)
    : undefined;
}

/** The workspace that a run directory lies in: `<workspace>/.eigenprobe/runs/<id>`. */
export function workspaceOfRun(directory: string): string | undefined {
  const runs = resolve(directory, '..');
  const home = resolve(runs, '..');
  return basename(runs) === 'runs' && basename(home) === '.eigenprobe' ? resolve(home, '..') : undefined;
}

async function readRunQuietly(directory: string): Promise<RunEntry | undefined> {
  try {
    return await readRun(directory);
  } catch {
    // Someone else's unreadable folder must not hide the runs beside it.
    return undefined;
  }
}

function isRunRecord(value: unknown): value is RunRecord {
  return (
    isObject(value) &&
    value.version === formatVersion &&
    typeof value.id === 'string' &&
    ['running', 'finished', 'failed', 'cancelled'].includes(String(value.state)) &&
    typeof value.startedAt === 'string' &&
    typeof value.updatedAt === 'string' &&
    isObject(value.study) &&
    isObject(value.device) &&
    isObject(value.engine) &&
    isObject(value.stages) &&
    isObject(value.process) &&
    typeof value.process.pid === 'number' &&
    typeof value.process.host === 'string'
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
