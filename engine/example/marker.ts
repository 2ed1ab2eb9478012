import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors';
import { readJson, writeJson } from '../run/atomic';

/** Says that a folder is ours, what it was made from, and whether it was finished. */
const markerName = '.eigenprobe-example.json';

interface Marker {
  readonly hash: string;
  readonly finished: boolean;
}

/**
 * Makes the folder ready and tells whether it already holds the finished example of this hash.
 * Hidden files (.git, .vscode) do not count as contents.
 * @throws UserError if the folder holds anything else
 */
export async function claimFolder(folder: string, hash: string): Promise<'finished' | 'to do'> {
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      'example-folder',
      `The example cannot be written to ${folder} (${error.code ?? error.message}); choose a folder that you can write to.`,
    );
  });
  const marker = await readMarker(folder);
  if (marker?.hash === hash) return marker.finished ? 'finished' : 'to do';
  const contents = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  if (contents.length > 0)
    throw new UserError(
      'example-folder',
      marker
        ? `${folder} holds an example made with other options or by another version; delete it or choose an empty folder.`
        : `${folder} is not empty (it holds ${contents[0]}); choose an empty folder for the example.`,
    );
  await writeMarker(folder, { hash, finished: false });
  return 'to do';
}

export function markFinished(folder: string, hash: string): Promise<void> {
  return writeMarker(folder, { hash, finished: true });
}

async function readMarker(folder: string): Promise<Marker | undefined> {
  const value = await readJson(join(folder, markerName));
  if (typeof value !== 'object' || value === null || !('hash' in value)) return undefined;
  return { hash: String(value.hash), finished: 'finished' in value && value.finished === true };
}

function writeMarker(folder: string, marker: Marker): Promise<void> {
  return writeJson(join(folder, markerName), marker);
}
