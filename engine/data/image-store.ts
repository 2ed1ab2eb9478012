import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { Cancelled, UserError } from '../errors';
import { isGzip, unreadable } from './bytes';
import { forEachConcurrent } from './concurrent';
import { imageExtension } from './decode-image';
import { isHidden, walkFolder } from './walk-folder';

type Entry = ReturnType<typeof extract> extends AsyncIterable<infer Item> ? Item : never;
type Visit = (name: string, bytes: Uint8Array) => Promise<void>;

/** Image files by relative name, with slashes, wherever they lie. */
export interface ImageStore {
  /** Folder or archive, absolute. */
  readonly path: string;
  /** Between `path` and a file's name in what a user reads: `/` for folders, `#` for archives. */
  readonly separator: '/' | '#';
  /** Sorted by UTF-16 units, the same everywhere. */
  readonly files: readonly string[];
  /** Every folder seen, also those without images. */
  readonly folders: readonly string[];
  /** Reads the wanted files, in any order, several at once. */
  visit(wanted: ReadonlySet<string>, visit: Visit, signal?: AbortSignal): Promise<void>;
}

/** Images decoded at once: enough to keep the decoder's threads busy. */
const concurrency = 8;

/**
 * Opens a folder, a .tar or a .tar.gz. `allowLink` is asked with the relative name of each symbolic link in a folder
 * and throws where its target may not be read. Throws UserError.
 */
export async function openImageStore(path: string, allowLink: (name: string) => void): Promise<ImageStore> {
  try {
    if ((await stat(path)).isDirectory()) return await openFolder(path, allowLink);
    return await openArchive(path);
  } catch (error) {
    throw unreadable(error, path);
  }
}

async function openFolder(path: string, allowLink: (name: string) => void): Promise<ImageStore> {
  const files: string[] = [];
  const folders: string[] = [];
  for await (const { name, kind } of walkFolder(path, allowLink)) {
    if (kind === 'folder') folders.push(name);
    else if (imageExtension.test(name)) files.push(name);
  }
  files.sort(byUnits);
  return {
    path,
    separator: '/',
    files,
    folders,
    visit: (wanted, visit, signal) =>
      forEachConcurrent(wanted, concurrency, async (name) => {
        if (signal?.aborted) throw new Cancelled();
        let bytes: Uint8Array;
        try {
          bytes = await readFile(join(path, name));
        } catch (error) {
          throw unreadable(error, join(path, name));
        }
        await visit(name, bytes);
      }),
  };
}

async function openArchive(path: string): Promise<ImageStore> {
  const files = new Set<string>();
  const folders = new Set<string>();
  await eachEntry(path, async function (entries) {
    for await (const entry of entries) {
      const name = entryName(entry);
      const parts = name.split('/');
      if (name !== '' && !parts.some(isHidden)) {
        const isFolder = entry.header.type === 'directory';
        for (let depth = 1; depth < parts.length + (isFolder ? 1 : 0); depth++) {
          folders.add(parts.slice(0, depth).join('/'));
        }
        if (isFile(entry) && imageExtension.test(name)) files.add(name);
      }
      entry.resume();
    }
  });
  return {
    path,
    separator: '#',
    files: [...files].sort(byUnits),
    folders: [...folders],
    visit: (wanted, visit, signal) =>
      eachEntry(path, (entries) => {
        const seen = new Set<string>();
        const contents = async function* (): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
          for await (const entry of entries) {
            if (signal?.aborted) throw new Cancelled();
            const name = entryName(entry);
            // Where an archive holds a name twice, the first counts: its row is there already.
            if (wanted.has(name) && isFile(entry) && !seen.has(name)) {
              seen.add(name);
              const chunks: Uint8Array[] = [];
              for await (const chunk of entry) chunks.push(chunk as Uint8Array);
              yield { name, bytes: Buffer.concat(chunks) };
              if (seen.size === wanted.size) return;
            } else entry.resume();
          }
        };
        return forEachConcurrent(contents(), concurrency, ({ name, bytes }) => visit(name, bytes));
      }),
  };
}

/** Streams through an archive; what `read` leaves unread is not expanded. */
async function eachEntry(path: string, read: (entries: AsyncIterable<Entry>) => Promise<void>): Promise<void> {
  const handle = await open(path, 'r');
  const head = Buffer.alloc(2);
  await handle.read(head, 0, 2, 0).finally(() => handle.close());
  const unpack = extract();
  const source = createReadStream(path, { highWaterMark: 1 << 18 });
  const feed = isGzip(head) ? pipeline(source, createGunzip(), unpack) : pipeline(source, unpack);
  // A failure of the archive also ends the entries; the archive's own error is the one to tell.
  const outcome = feed.then(
    () => undefined,
    (error: unknown) => error,
  );
  let failure: unknown;
  let finished = false;
  try {
    await read(unpack);
    finished = true;
  } catch (error) {
    failure = error;
  }
  if (!unpack.destroyed) unpack.destroy();
  const feedError = await outcome;
  if (failure instanceof UserError || failure instanceof Cancelled) throw failure;
  if (finished && isEarlyEnd(feedError)) return;
  const error = isEarlyEnd(feedError) ? failure : (feedError ?? failure);
  if (error === undefined) return;
  throw explainArchive(error, path);
}

/** The pipeline's own complaint that its reader went away before the end. */
function isEarlyEnd(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return error === undefined || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ABORT_ERR';
}

function explainArchive(error: unknown, path: string): unknown {
  const text = error instanceof Error ? error.message : '';
  if (/unexpected end of data/i.test(text)) {
    return new UserError('data-truncated', `The archive ${path} ends too early; copy or download it again.`, {
      file: path,
    });
  }
  if (/invalid tar header|invalid checksum/i.test(text)) {
    const sentence = `${path} is neither a folder nor a .tar or .tar.gz archive; unpack it and name the folder.`;
    return new UserError('images-archive', sentence, { file: path });
  }
  return unreadable(error, path);
}

function entryName(entry: Entry): string {
  return entry.header.name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

function isFile(entry: Entry): boolean {
  return entry.header.type === 'file' || entry.header.type === 'contiguous-file';
}

function byUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
