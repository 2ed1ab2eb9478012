import { constants } from 'node:buffer';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { UserError } from '../errors';

const unzip = promisify(gunzip);
const gigabyte = 2 ** 30;

/** A plain view: Buffer is a Uint8Array whose `slice` shares its memory, which would surprise. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A file's content, expanded where it is gzip (told by its first bytes, whatever its name). Throws UserError. */
export async function readBytes(file: string): Promise<Uint8Array> {
  return expand(await readWhole(file), file);
}

/** Content that came from elsewhere, expanded where it is gzip. */
export async function expand(bytes: Uint8Array, file: string): Promise<Uint8Array> {
  if (!isGzip(bytes)) return bytes;
  try {
    return plain(await unzip(bytes));
  } catch (error) {
    throw unreadable(error, file);
  }
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Reads in pieces: one read of Node takes at most 2 GiB. */
async function readWhole(file: string): Promise<Uint8Array> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      if (size > constants.MAX_LENGTH) throw tooLarge(file);
      const bytes = Buffer.allocUnsafeSlow(size);
      let done = 0;
      while (done < size) {
        const { bytesRead } = await handle.read(bytes, done, Math.min(gigabyte, size - done), done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return plain(bytes.subarray(0, done));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadable(error, file);
  }
}

function tooLarge(file: string): UserError {
  const most = Math.floor(constants.MAX_LENGTH / gigabyte);
  return new UserError(
    'data-too-large',
    `${file} holds more than the ${most} GiB that can be read at once; split it into several files.`,
    { file },
  );
}

/** What went wrong with a file, in a sentence; an error that is ours is handed back as it is. */
export function unreadable(error: unknown, file: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const sentence = (name: string, text: string): UserError => new UserError(name, text, { file });
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return sentence('data-missing', `There is no ${file}; check the path in the study.`);
    case 'EISDIR':
      return sentence('data-not-a-file', `${file} is a folder, but a file is needed here; name the file in it.`);
    case 'EACCES':
    case 'EPERM':
      return sentence('data-no-permission', `There is no permission to read ${file}; change its permissions.`);
    case 'ERR_BUFFER_TOO_LARGE':
    case 'ERR_STRING_TOO_LONG':
      return tooLarge(file);
    case 'Z_BUF_ERROR':
      return sentence('data-truncated', `${file} ends too early: its gzip data is cut off; copy or download it again.`);
    case 'Z_DATA_ERROR':
      return sentence('data-damaged', `${file} is damaged: its gzip data does not expand; copy or download it again.`);
    default:
      return error;
  }
}
