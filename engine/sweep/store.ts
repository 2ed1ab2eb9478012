import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors';
import { readJson, writeFileAtomic, writeJson } from '../run/atomic';
import { createHome, homeFolder } from '../run/directory';
import { errorCode } from '../run/disk';
import { studySchema, type Study } from '../study/schema';
import { SweepRows } from '../study/sweep-rows';
import { sweepFormatVersion, type PlannedRow, type SharedTask, type Submission, type SweepHeader } from './format';
import type { SweepPlan } from './plan';

export const sweepFiles = {
  header: 'sweep.json',
  rows: 'rows.jsonl',
  shared: 'shared.jsonl',
  submissions: 'submissions',
  cancelled: 'cancelled',
  controllerLock: 'controller.lock',
  submitLock: 'submit.lock',
  logs: 'logs',
  summary: 'summary.json',
} as const;

export function sweepsFolder(workspace: string): string {
  return join(homeFolder(workspace), 'sweeps');
}

/** A sweep as its folder holds it. */
export interface StoredSweep {
  readonly workspace: string;
  readonly folder: string;
  readonly header: SweepHeader;
}

/** A sweep with its tasks. */
export interface LoadedSweep extends StoredSweep {
  readonly rows: readonly PlannedRow[];
  readonly shared: readonly SharedTask[];
}

/** Writes a plan where it is not there yet; the header comes last, so that a folder with one is whole. */
export async function writePlan(workspace: string, { header, rows, shared }: SweepPlan): Promise<LoadedSweep> {
  await createHome(workspace);
  const folder = join(sweepsFolder(workspace), header.id);
  for (const name of [sweepFiles.submissions, sweepFiles.logs]) await mkdir(join(folder, name), { recursive: true });
  const known = await readSweep(workspace, header.id);
  if (known) return { ...known, rows, shared };
  await writeFileAtomic(join(folder, sweepFiles.rows), lines(rows));
  await writeFileAtomic(join(folder, sweepFiles.shared), lines(shared));
  await writeJson(join(folder, sweepFiles.header), header);
  return { workspace, folder, header, rows, shared };
}

export async function readSweep(workspace: string, id: string): Promise<StoredSweep | undefined> {
  const folder = join(sweepsFolder(workspace), id);
  const header = (await readJson(join(folder, sweepFiles.header))) as Partial<SweepHeader> | undefined;
  if (header?.version !== sweepFormatVersion || typeof header.id !== 'string') return undefined;
  return { workspace, folder, header: header as SweepHeader };
}

export async function loadSweep(stored: StoredSweep): Promise<LoadedSweep> {
  const [rows, shared] = await Promise.all([
    readLines<PlannedRow>(join(stored.folder, sweepFiles.rows)),
    readLines<SharedTask>(join(stored.folder, sweepFiles.shared)),
  ]);
  return { ...stored, rows, shared };
}

/** All sweeps of a workspace, the newest first. */
export async function listSweeps(workspace: string): Promise<StoredSweep[]> {
  const names = await readdir(sweepsFolder(workspace)).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const found = await Promise.all(names.map((name) => readSweep(workspace, name)));
  return found
    .filter((sweep) => sweep !== undefined)
    .sort((a, b) => (a.header.createdAt < b.header.createdAt ? 1 : -1));
}

/** Finds a sweep by its id, the beginning of it, the study's file, or as `latest`. */
export async function findSweep(workspace: string, reference: string): Promise<StoredSweep> {
  const sweeps = await listSweeps(workspace);
  const fits = ({ header }: StoredSweep): boolean =>
    reference === 'latest' ||
    header.id.startsWith(reference) ||
    join(workspace, header.study) === join(process.cwd(), reference);
  const found = sweeps.find(({ header }) => header.id === reference) ?? sweeps.find(fits);
  if (found) return found;
  throw new UserError(
    'no-such-sweep',
    reference === 'latest'
      ? `There is no sweep in ${sweepsFolder(workspace)}; make one with eigenprobe sweep <study>.`
      : `There is no sweep ${reference} in ${sweepsFolder(workspace)}; eigenprobe sweep list shows those there are.`,
  );
}

/** The rows' studies, from the study that the sweep was planned from. */
export function rowsOf({ header, folder }: StoredSweep): { rows: SweepRows; study: Study } {
  const parsed = studySchema.safeParse(header.document);
  if (!parsed.success) {
    throw new UserError(
      'foreign-study',
      `${join(folder, sweepFiles.header)} holds no study of this version; plan the sweep again from its study file.`,
    );
  }
  return { rows: new SweepRows(header.document, parsed.data), study: parsed.data };
}

/** Writes down what is about to be handed to a scheduler. */
export async function writeSubmission(folder: string, submission: Submission): Promise<string> {
  const path = join(folder, sweepFiles.submissions, `${submission.id}.json`);
  await writeFileAtomic(path, JSON.stringify(submission));
  return path;
}

/** The submissions of a sweep, the oldest first. Files are never changed, so those known are not read again. */
export async function readSubmissions(folder: string, known = new Map<string, Submission>()): Promise<Submission[]> {
  const names = await readdir(join(folder, sweepFiles.submissions)).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json') && !name.startsWith('.')).sort();
  for (const name of files) {
    if (known.has(name)) continue;
    const value = (await readJson(join(folder, sweepFiles.submissions, name))) as Partial<Submission> | undefined;
    if (value?.version === sweepFormatVersion && Array.isArray(value.jobs)) known.set(name, value as Submission);
  }
  return files.flatMap((name) => known.get(name) ?? []);
}

/** When the user last asked for the end of a sweep; undefined where that was taken back by computing it again. */
export async function cancelledAt({ folder }: StoredSweep): Promise<number | undefined> {
  return (await stat(join(folder, sweepFiles.cancelled)).catch(() => undefined))?.mtimeMs;
}

export async function setCancelled({ folder }: StoredSweep, wanted: boolean): Promise<void> {
  const path = join(folder, sweepFiles.cancelled);
  if (wanted) await writeFileAtomic(path, `${new Date().toISOString()}\n`);
  else if (existsSync(path)) await rm(path, { force: true });
}

function lines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

async function readLines<T>(path: string): Promise<T[]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
