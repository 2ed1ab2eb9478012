import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunFiles } from './run-index';

/** Runs on a disk, read without a detour through the editor. */
export function diskFiles(folder: string): RunFiles {
  return {
    names: async () => {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    },
    stamp: async (path) => {
      const found = await stat(join(folder, path)).catch(() => undefined);
      // A rename gives another inode even within one tick of the clock.
      return found?.isFile() ? `${found.mtimeMs} ${found.size} ${found.ino}` : undefined;
    },
    text: (path) => readFile(join(folder, path), 'utf8').catch(() => undefined),
  };
}
