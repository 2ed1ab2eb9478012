import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataBlock } from '../study/schema';
import { unreadable } from './bytes';
import { forEachConcurrent } from './concurrent';
import { linkRule, walkFolder } from './walk-folder';

/** A data file as it is now. */
export interface FileStamp {
  /** As the study names it; for folders followed by the file's place in them. */
  readonly path: string;
  readonly size: number;
  readonly modifiedMs: number;
}

/**
 * Size and time of every file that a study's data consist of, sorted by path: when one changes, what was computed from
 * it is stale. Throws UserError where a file is missing.
 */
export async function fingerprint(
  study: { readonly data: Pick<DataBlock, 'folder' | 'domains'> },
  resolvePath: (path: string) => string,
): Promise<FileStamp[]> {
  const stamps: FileStamp[] = [];
  for (const path of new Set(dataPaths(study.data))) {
    const absolute = resolvePath(path);
    try {
      const status = await stat(absolute);
      if (status.isDirectory()) {
        const entries = walkFolder(absolute, linkRule(path, resolvePath));
        await forEachConcurrent(entries, 16, async ({ name, kind }) => {
          if (kind === 'file') stamps.push(stamp(`${path}/${name}`, await stat(join(absolute, name))));
        });
      } else stamps.push(stamp(path, status));
    } catch (error) {
      throw unreadable(error, absolute);
    }
  }
  return stamps.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function stamp(path: string, { size, mtimeMs }: { size: number; mtimeMs: number }): FileStamp {
  return { path, size, modifiedMs: mtimeMs };
}

/** Every path that a study's data block names. */
export function dataPaths({ folder, domains }: Pick<DataBlock, 'folder' | 'domains'>): string[] {
  if (folder !== undefined) return [folder];
  return Object.values(domains ?? {}).flatMap((domain) => {
    const paths =
      domain.format === 'idx'
        ? [domain.images, domain.labels, domain.testImages, domain.testLabels]
        : domain.format === 'npy'
          ? [domain.values, domain.labels, domain.testValues, domain.testLabels]
          : [domain.path, domain.testPath];
    return paths.filter((path) => path !== undefined);
  });
}
