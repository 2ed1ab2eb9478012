import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Folder of the real data that tests read: $EIGENPROBE_DATA, or ../shared/data beside the project. */
export const realData = resolve(process.env['EIGENPROBE_DATA'] ?? '../shared/data');

/** A path in the real data. Throws where it is absent, so that a test never passes without it. */
export function realPath(...parts: string[]): string {
  const path = join(realData, ...parts);
  if (!existsSync(path)) {
    throw new Error(`The test data ${path} is absent; put it there or set EIGENPROBE_DATA to its folder.`);
  }
  return path;
}
