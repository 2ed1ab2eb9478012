import { unzipSync, zipSync } from 'fflate';
import { UserError } from '../errors';
import { writeFileAtomic } from '../run/atomic';
import { listChoices, suggest } from '../study/suggest';
import type { NumericArray } from './array';
import { readBytes } from './bytes';
import { encodeNpy, parseNpy, type NpyArray } from './npy';

/** Reads the named arrays of a NumPy archive, all if no names are given. Throws UserError. */
export function parseNpz(content: Uint8Array, file: string, names?: readonly string[]): Map<string, NpyArray> {
  const present: string[] = [];
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(content, {
      filter: ({ name }) => {
        if (!name.endsWith('.npy')) return false;
        present.push(name.slice(0, -4));
        return names === undefined || names.includes(name.slice(0, -4));
      },
    });
  } catch {
    throw new UserError('npz-damaged', `${file} is not a readable .npz archive; save it again with numpy.savez.`, {
      file,
    });
  }
  for (const name of names ?? []) {
    if (present.includes(name)) continue;
    const meant = suggest(name, present);
    const rest = meant === undefined ? `it holds ${listChoices(present, 'and') || 'none'}` : `did you mean "${meant}"?`;
    const message = `${file} holds no array "${name}"; ${rest}`;
    throw new UserError('npz-array', message.endsWith('?') ? message : `${message}.`, { file });
  }
  return new Map(
    Object.entries(entries).map(([name, bytes]) => [name.slice(0, -4), parseNpy(bytes, `${file}:${name}`)]),
  );
}

/** Reads a NumPy archive from disk. */
export async function readNpz(file: string, names?: readonly string[]): Promise<Map<string, NpyArray>> {
  return parseNpz(await readBytes(file), file, names);
}

/** A NumPy archive's content; arrays are deflated as numpy.savez_compressed does, or stored. */
export function encodeNpz(arrays: Readonly<Record<string, NumericArray>>, { compress = false } = {}): Uint8Array {
  const files = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, encodeNpy(array)] as const);
  // A fixed time keeps the bytes the same from run to run; zip knows none before 1980.
  return zipSync(Object.fromEntries(files), { level: compress ? 6 : 0, mtime: new Date(1980, 0, 1) });
}

/** Writes a NumPy archive by temporary file and rename. */
export async function writeNpz(
  file: string,
  arrays: Readonly<Record<string, NumericArray>>,
  options?: { compress?: boolean },
): Promise<void> {
  await writeFileAtomic(file, encodeNpz(arrays, options));
}
