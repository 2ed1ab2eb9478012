import { existsSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, parse, relative, resolve, sep } from 'node:path';
import { UserError } from '../errors';

/**
 * The folder that holds `.eigenprobe`: the one given; else the nearest folder at or above `start` that has
 * one already; else the current folder where `start` lies in it, else `start`. The root of the file system
 * is never taken unasked.
 */
export function findWorkspace(given: string | undefined, start: string, current: string = process.cwd()): string {
  if (given !== undefined) {
    const folder = resolve(current, given);
    if (!existsSync(folder) || !statSync(folder).isDirectory()) {
      throw new UserError('no-workspace', `There is no folder ${folder}; give --workspace a folder that exists.`);
    }
    return folder;
  }
  const from = resolve(current, start);
  for (let folder = from; dirname(folder) !== folder; folder = dirname(folder)) {
    if (existsSync(join(folder, '.eigenprobe'))) return folder;
  }
  const way = relative(current, from);
  const inside = way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  return inside && current !== parse(current).root ? current : from;
}
