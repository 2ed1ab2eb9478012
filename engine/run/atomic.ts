import { randomBytes } from 'node:crypto';
import { link, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from './disk';

export interface AtomicOptions {
  /** False skips the flush to the disk, for what is soon rewritten: a power cut may lose it, a kill cannot. */
  durable?: boolean;
}

/** Writes a whole file by temp file and rename: a reader sees the old content or the new, never half of it. */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  { durable = true }: AtomicOptions = {},
): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeNew(temporary, content, { durable });
    await renameOver(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  if (durable) await syncFolder(dirname(path));
}

/** A name beside a file under which it is written first. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`);
}

/**
 * Removes what a killed writer left of its temporary files; with `deep`, also in the folders within. Only for a folder
 * that nobody else writes at this time.
 */
export async function removeTemporaries(folder: string, { deep = false } = {}): Promise<void> {
  for (const name of await readdir(folder, { recursive: deep })) {
    if (/^\..+\.\d+\.[0-9a-f]{8}\.tmp$/.test(basename(name))) await rm(join(folder, name), { force: true });
  }
}

/** Writes a file that must not be there yet, in sight of whoever looks. */
export async function writeNew(
  path: string,
  content: string | Uint8Array,
  { durable = true }: AtomicOptions = {},
): Promise<void> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(content);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    // A write that fails does not say where, and a file of a passing name tells its reader nothing.
    if (error instanceof Error) Object.assign(error, { path: dirname(path) });
    throw error;
  }
}

/**
 * Gives a written file its name, unless that is taken: of several who try at once one succeeds. 'unsupported': the file
 * system has no hard links.
 */
export async function linkOnce(written: string, path: string): Promise<'linked' | 'taken' | 'unsupported'> {
  try {
    await link(written, path);
    return 'linked';
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code === 'EEXIST') return 'taken';
    if (['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'UNKNOWN'].includes(code)) return 'unsupported';
    throw error;
  }
}

/** Writes a value as JSON, readable by people and ended by a line feed, atomically. */
export async function writeJson(path: string, value: unknown, options?: AtomicOptions): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`, options);
}

/** Reads JSON; undefined where there is no such file or what it holds is no JSON. The caller checks the shape. */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Windows refuses to replace a file that someone reads at this moment; it gives way shortly after. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      const busy = process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(errorCode(error) ?? '');
      if (!busy || attempt === 10) throw error;
      await sleep(20 * (attempt + 1));
    }
  }
}

/** Makes a rename outlive a power cut. Not every system can flush a folder, and none needs it to go on. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    return;
  }
}
