import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { linkOnce, readJson, temporaryName, writeJson, writeNew } from '../run/atomic';
import { homeFolder, runsFolder } from '../run/directory';
import { errorCode } from '../run/disk';
import { sweepFormatVersion, type RowFailure, type RowResult } from './format';

/** Where results of rows are published: `.eigenprobe/rows`. */
export function rowsFolder(workspace: string): string {
  return join(homeFolder(workspace), 'rows');
}

const resultEnding = '.json';
const failureEnding = '.failed';

/**
 * Publishes a row's result once: it is written aside, flushed, and linked to its name, which fails where one is there.
 * Aside is the run's own directory, which whoever takes up the run after a kill tidies. Says whether this one was
 * published.
 */
export async function publishResult(workspace: string, result: RowResult): Promise<boolean> {
  const path = join(rowsFolder(workspace), `${result.task}${resultEnding}`);
  const run = join(runsFolder(workspace), result.run);
  const temporary = temporaryName(join(run, `result${resultEnding}`));
  for (const folder of [dirname(path), run]) await mkdir(folder, { recursive: true });
  try {
    await writeNew(temporary, `${JSON.stringify(result)}\n`);
    const named = await linkOnce(temporary, path);
    // A file system without hard links: whoever comes last replaces the whole file by an equal one.
    if (named === 'unsupported') await rename(temporary, path);
    return named !== 'taken';
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** What is known of all tasks by the names of their files alone. */
export interface Marks {
  readonly finished: ReadonlySet<string>;
  readonly failed: ReadonlySet<string>;
}

export async function readMarks(workspace: string): Promise<Marks> {
  const finished = new Set<string>();
  const failed = new Set<string>();
  for (const name of await namesIn(rowsFolder(workspace))) {
    if (name.startsWith('.')) continue;
    if (name.endsWith(resultEnding)) finished.add(name.slice(0, -resultEnding.length));
    else if (name.endsWith(failureEnding)) failed.add(name.slice(0, -failureEnding.length));
  }
  return { finished, failed };
}

export async function readResult(workspace: string, task: string): Promise<RowResult | undefined> {
  const value = (await readJson(join(rowsFolder(workspace), `${task}${resultEnding}`))) as
    Partial<RowResult> | undefined;
  return value?.version === sweepFormatVersion && Array.isArray(value.figures) ? (value as RowResult) : undefined;
}

export async function writeFailure(workspace: string, failure: RowFailure): Promise<void> {
  await mkdir(rowsFolder(workspace), { recursive: true });
  await writeJson(join(rowsFolder(workspace), `${failure.task}${failureEnding}`), failure);
}

export async function readFailure(workspace: string, task: string): Promise<RowFailure | undefined> {
  const value = (await readJson(join(rowsFolder(workspace), `${task}${failureEnding}`))) as
    Partial<RowFailure> | undefined;
  return typeof value?.error === 'string' ? (value as RowFailure) : undefined;
}

/** Forgets that a task failed, so that it is tried again. */
export async function clearFailure(workspace: string, task: string): Promise<void> {
  await rm(join(rowsFolder(workspace), `${task}${failureEnding}`), { force: true });
}

export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
