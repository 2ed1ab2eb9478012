import { randomBytes } from 'node:crypto';
import { copyFile, link, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Study } from '../study/schema';
import { readJson, removeTemporaries, writeJson } from './atomic';
import { cacheFolder } from './directory';
import { errorCode } from './disk';
import { formatVersion, type StageFigures, type StageName } from './format';
import { hashJson, type KnownJson } from './hash';
import type { Stage } from './stage';
import { engineVersion } from './version';

/** What a stage's result depends on. */
export interface StageIdentity {
  stage: StageName;
  /** The stage's part of the study. */
  part: unknown;
  /** Keys of the stages that it reads. */
  inputs: Partial<Record<StageName, string>>;
  /** Identity of files outside the study. */
  fingerprint: unknown;
  /** Name of the device and its precision, if mixed; left out for stages whose result is the same on every device. */
  device?: string;
}

/** Written as stage.json into every finished stage folder. */
export interface StageManifest extends StageIdentity {
  version: typeof formatVersion;
  engine: string;
  key: string;
  seconds: number;
  /** Size in bytes of every file, by its path with forward slashes: a folder that lost a file is made again. */
  files: Record<string, number>;
}

export const stageFiles = { figures: 'figures.json', manifest: 'stage.json' } as const;

/** What a study's stages compute on, as their keys tell it. */
export function computedOn(device: string, { precision }: Pick<Study, 'precision'>): string {
  return precision === 'mixed' ? `${device}, mixed precision` : device;
}

/** What a stage's result depends on in this study, given the keys of the stages before it and what it is computed on. */
export function stageIdentity(
  stage: Stage,
  study: Study,
  keys: Readonly<Partial<Record<StageName, string>>>,
  fingerprint: unknown,
  device: string,
): StageIdentity {
  const inputs: StageIdentity['inputs'] = {};
  for (const name of stage.inputs(study)) inputs[name] = keys[name]!;
  return {
    stage: stage.name,
    part: stage.part(study),
    inputs,
    fingerprint,
    device: stage.computes === false ? undefined : device,
  };
}

/** SHA-256 over all that a stage's result depends on, the engine's version among it. */
export function stageKey(identity: StageIdentity, version: string = engineVersion, known?: KnownJson): string {
  return hashJson({ ...identity, fingerprint: identity.fingerprint ?? null, engine: version }, known);
}

/** Paths of one stage in the cache of a workspace. */
export interface CachePaths {
  /** The finished folder; it appears by rename, complete. */
  folder: string;
  /** Where the stage computes; it outlives a kill, checkpoints and all. */
  partial: string;
  lock: string;
}

export function cachePaths(workspace: string, stage: StageName, key: string): CachePaths {
  const folder = join(cacheFolder(workspace), `${stage}-${key.slice(0, 16)}`);
  return { folder, partial: `${folder}.partial`, lock: `${folder}.lock` };
}

/** The manifest of a finished stage folder; undefined where the folder is not there, not whole or not of this key. */
export async function readManifest(folder: string, key: string): Promise<StageManifest | undefined> {
  const value = (await readJson(join(folder, stageFiles.manifest))) as StageManifest | null | undefined;
  if (value?.version !== formatVersion || value.key !== key || typeof value.files !== 'object') return undefined;
  for (const [path, size] of Object.entries(value.files)) {
    const found = await stat(join(folder, path)).catch(() => undefined);
    if (found?.size !== size) return undefined;
  }
  return value;
}

/** Figures of a finished stage folder. */
export async function readFigures(folder: string): Promise<StageFigures | undefined> {
  const value = (await readJson(join(folder, stageFiles.figures))) as StageFigures | null | undefined;
  return value?.version === formatVersion && Array.isArray(value.figures) ? value : undefined;
}

/** Turns the partial folder into the finished one. The caller holds the stage's lock. */
export async function completeStage(
  paths: CachePaths,
  identity: StageIdentity,
  key: string,
  figures: StageFigures,
  seconds: number,
): Promise<void> {
  // The folder outlives whoever was killed while writing into it.
  await removeTemporaries(paths.partial, { deep: true });
  await writeJson(join(paths.partial, stageFiles.figures), figures);
  const files: Record<string, number> = {};
  for (const path of await listFiles(paths.partial)) {
    if (path === stageFiles.manifest) continue;
    files[path.split(sep).join('/')] = (await stat(join(paths.partial, path))).size;
  }
  const manifest: StageManifest = { version: formatVersion, engine: engineVersion, key, seconds, ...identity, files };
  await writeJson(join(paths.partial, stageFiles.manifest), manifest);
  await discard(paths.folder);
  await rename(paths.partial, paths.folder);
}

/** Removes a folder so that no reader sees it half removed. */
export async function discard(folder: string): Promise<void> {
  const aside = `${folder}.${randomBytes(4).toString('hex')}.removed`;
  try {
    await rename(folder, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

/**
 * Makes a stage folder appear at `target`, complete at once: hard links into the cache, so that it costs
 * no space and stays whole when the cache is removed; copies where the file system has no links.
 */
export async function publish(folder: string, target: string, key: string): Promise<void> {
  if (await readManifest(target, key)) return;
  const incoming = `${target}.${randomBytes(4).toString('hex')}.incoming`;
  try {
    for (const path of await listFiles(folder)) {
      await mkdir(dirname(join(incoming, path)), { recursive: true });
      await linkOrCopy(join(folder, path), join(incoming, path));
    }
    await discard(target);
    await rename(incoming, target);
  } catch (error) {
    await rm(incoming, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

/** Files under a folder, as paths relative to it, in order. */
async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const linksFail = ['EXDEV', 'EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'UNKNOWN'];
    if (!linksFail.includes(errorCode(error) ?? '')) throw error;
    await copyFile(from, to);
  }
}
