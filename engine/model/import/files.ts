import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { unreadable } from '../../data/bytes';
import { tfjsFiles } from './tfjs-weights';

/** The files that a model consists of, relative to its folder, itself first. Throws UserError. */
export async function modelFiles(file: string): Promise<string[]> {
  const beside = async (): Promise<string[]> => {
    switch (extname(file).toLowerCase()) {
      case '.json':
        return tfjsFiles(file);
      case '.onnx':
        return (await import('./onnx/model')).externalFiles(file);
      default:
        return [];
    }
  };
  try {
    return [...new Set([basename(file), ...(await beside())])];
  } catch (error) {
    throw unreadable(error, file);
  }
}

/** SHA-256 of each file of a model, by its name: when one changes, what was computed from it is stale. */
export async function modelHashes(file: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const name of await modelFiles(file)) {
    const path = join(dirname(file), name);
    const hash = createHash('sha256');
    try {
      await pipeline(createReadStream(path), hash);
    } catch (error) {
      throw unreadable(error, path);
    }
    hashes[name] = hash.digest('hex');
  }
  return hashes;
}
