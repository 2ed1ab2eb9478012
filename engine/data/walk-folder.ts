import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors';

export interface FolderEntry {
  /** Relative to the folder, with slashes. */
  readonly name: string;
  readonly kind: 'file' | 'folder';
}

export const isHidden = (name: string): boolean => name.startsWith('.') || name === '__MACOSX';

/**
 * Everything in a folder, however deep, but hidden files. Symbolic links are followed; `allowLink` is asked with the
 * relative name of each and throws where its target may not be read. Throws UserError for a link that leads back up.
 */
export async function* walkFolder(path: string, allowLink: (name: string) => void): AsyncGenerator<FolderEntry> {
  async function* walk(relative: string, above: readonly string[]): AsyncGenerator<FolderEntry> {
    const here = join(path, relative);
    const real = await realpath(here);
    if (above.includes(real)) {
      throw new UserError('data-link', `The link ${here} leads back to a folder that holds it; remove the link.`, {
        file: here,
      });
    }
    for (const entry of await readdir(here, { withFileTypes: true })) {
      if (isHidden(entry.name)) continue;
      const name = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isSymbolicLink()) allowLink(name);
      const status = entry.isSymbolicLink() ? await stat(join(path, name)) : entry;
      if (status.isFile()) yield { name, kind: 'file' };
      if (!status.isDirectory()) continue;
      yield { name, kind: 'folder' };
      yield* walk(name, [...above, real]);
    }
  }
  yield* walk('', []);
}

/** Asks the rule for a study's paths about a link within one of them. */
export function linkRule(path: string, resolve: (path: string) => string): (name: string) => void {
  return (name) => void resolve(`${path.replace(/[/\\]$/, '')}/${name}`);
}
