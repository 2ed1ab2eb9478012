import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RunFiles } from './run-index';

/**
 * Runs on a disk, read without a detour through the editor. The files are small: reading one at once takes tens of
 * microseconds, far less than a round trip through the thread pool, and the index pauses between a few of them.
 */
export function diskFiles(folder: string): RunFiles {
  return {
    names: () =>
      settle(() =>
        readdirSync(folder, { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map(({ name }) => name),
      ).then((names) => names ?? []),
    stamp: (path) =>
      settle(() => {
        const found = statSync(join(folder, path), { throwIfNoEntry: false });
        // A rename gives another inode even within one tick of the clock.
        return found?.isFile() ? `${found.mtimeMs} ${found.size} ${found.ino}` : undefined;
      }),
    text: (path) => settle(() => readFileSync(join(folder, path), 'utf8')),
  };
}

function settle<T>(read: () => T): Promise<T | undefined> {
  try {
    return Promise.resolve(read());
  } catch {
    return Promise.resolve(undefined);
  }
}
