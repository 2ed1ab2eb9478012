import { open, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathKeys } from '../../engine/study/missing-data';
import { createPathResolver } from '../../engine/study/paths';
import type { DocumentPath } from '../../engine/study/source-text';
import { member } from './blocks';
import type { Suggestion } from './suggestions';

/** Where a study lies. */
export interface Place {
  /** The study file. */
  file: string;
  /** The workspace folder, which paths may not leave. */
  workspace: string;
}

const imageFile = /\.(png|jpe?g|webp)$/i;

/** What really exists around a study: names for the cursor's place that no schema can know. */
export async function surroundings(
  path: DocumentPath,
  document: unknown,
  place: Place,
  typed: string,
): Promise<Suggestion[]> {
  const [first, second, , last] = path;
  if (first === 'data' && (second === 'source' || second === 'target') && path.length === 2) {
    return named(await domainNames(document, place), 'domain');
  }
  if (first === 'pretrain' && second === 'domains') return named(await domainNames(document, place), 'domain');
  if (first === 'data' && second === 'classNames') return named(await classNames(document, place), 'class');
  if (first === 'data' && (second === 'folder' || (second === 'domains' && pathKeys.includes(String(last))))) {
    return listPaths(typed, place, second === 'folder');
  }
  if (first === 'encoder' && second === 'import') return listPaths(typed, place, false);
  if (first === 'finetune' && second === 'after' && path.length >= 4) return listPaths(typed, place, false);
  if (first === 'data' && second === 'domains' && (last === 'label' || last === 'features')) {
    return named(await columns(member(document, path.slice(0, 3)), place), 'column');
  }
  return [];
}

function named(names: readonly string[], kind: Suggestion['kind']): Suggestion[] {
  return names.map((name) => ({ value: name, label: name, kind }));
}

/** Names of the domains: those of the block, or the folders that hold folders of images. */
export async function domainNames(document: unknown, place: Place): Promise<string[]> {
  const domains = member(document, ['data', 'domains']);
  if (typeof domains === 'object' && domains !== null) return Object.keys(domains);
  return (await folderLayout(document, place)).domains;
}

async function classNames(document: unknown, place: Place): Promise<string[]> {
  return (await folderLayout(document, place)).classes;
}

interface Layout {
  domains: string[];
  classes: string[];
}

/** Domains and classes of `data.folder`, by the names of its folders alone; no domains where it has one level. */
export async function folderLayout(document: unknown, place: Place): Promise<Layout> {
  const folder = member(document, ['data', 'folder']);
  if (typeof folder !== 'string') return { domains: [], classes: [] };
  const root = absolute(folder, place);
  return root === undefined ? { domains: [], classes: [] } : readLayout(root);
}

/** The layout of a folder of images: `<domain>/<class>/*` or `<class>/*`. */
export async function readLayout(root: string): Promise<Layout> {
  const first = await folders(root);
  if (first.length === 0) return { domains: [], classes: [] };
  const below = await Promise.all(first.map((name) => folders(join(root, name))));
  if (below.every((names) => names.length === 0)) {
    const withImages = await Promise.all(first.map((name) => holdsImages(join(root, name))));
    return { domains: [], classes: first.filter((_, i) => withImages[i]) };
  }
  const domains = first.filter((_, i) => below[i]!.length > 0);
  return { domains, classes: [...new Set(below.flat())].sort() };
}

async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
}

async function holdsImages(path: string): Promise<boolean> {
  return (await readdir(path).catch(() => [])).some((name) => imageFile.test(name));
}

/** Files and folders that begin as what is typed does. */
async function listPaths(typed: string, { file, workspace }: Place, foldersOnly: boolean): Promise<Suggestion[]> {
  const stem = typed.slice(0, typed.lastIndexOf('/') + 1);
  const folder = absolute(stem === '' ? '.' : stem, { file, workspace });
  if (folder === undefined) return [];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .filter((entry) => entry.isDirectory() || !foldersOnly || /\.(tar|tar\.gz|tgz)$/.test(entry.name))
    .slice(0, 200)
    .map((entry): Suggestion => {
      const value = `${stem}${entry.name}`;
      return { value, label: value, kind: entry.isDirectory() ? 'folder' : 'file' };
    });
}

/** The columns of a CSV file, as its first line names them. */
async function columns(domain: unknown, place: Place): Promise<string[]> {
  const path = member(domain, ['path']);
  if (member(domain, ['format']) !== 'csv' || typeof path !== 'string') return [];
  const file = absolute(path, place);
  if (file === undefined) return [];
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return [];
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16_384), 0, 16_384, 0);
    const [line = ''] = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/);
    const separator = [',', ';', '\t'].reduce((a, b) => (line.split(b).length > line.split(a).length ? b : a));
    return line.split(separator).map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
  } finally {
    await handle.close();
  }
}

function absolute(path: string, { file, workspace }: Place): string | undefined {
  try {
    return createPathResolver({ studyFolder: dirname(resolve(file)), workspaceRoot: workspace })(path);
  } catch {
    return undefined;
  }
}
