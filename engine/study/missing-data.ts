import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UserError } from '../errors';
import type { StudyProblem } from './parse';
import { createPathResolver } from './paths';
import { isImported, type Study } from './schema';
import { parseJsonSource, parseYamlSource, positionOf } from './source-text';

/** Paths in a study that lead nowhere or out of the workspace, at their places in its text. */
export function missingData(study: Study, text: string, file: string, workspaceRoot: string): StudyProblem[] {
  const source = /\.ya?ml$/i.test(file) ? parseYamlSource(text) : parseJsonSource(text);
  const resolvePath = createPathResolver({ studyFolder: dirname(resolve(file)), workspaceRoot });
  return dataPaths(study).flatMap(({ path, value }) => {
    const message = complaint(value, resolvePath);
    if (message === undefined) return [];
    const range = source.locate(path, 'value') ?? { offset: 0, length: 1 };
    return [{ message, file, ...positionOf(text, range.offset), length: range.length, path }];
  });
}

function complaint(path: string, resolvePath: (path: string) => string): string | undefined {
  try {
    const absolute = resolvePath(path);
    return existsSync(absolute) ? undefined : `There is no file or folder ${absolute}; check the path.`;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** Members of the data block that name files. */
export const pathKeys = ['path', 'testPath', 'images', 'labels', 'testImages', 'testLabels', 'values', 'testValues'];

/** Every path in the data block, and the model's. In an .npz, `values` and `labels` are names inside the archive. */
function dataPaths({ data, encoder, finetune }: Study): { path: string[]; value: string }[] {
  const found: { path: string[]; value: string }[] = [];
  if (data.folder !== undefined) found.push({ path: ['data', 'folder'], value: data.folder });
  for (const [name, domain] of Object.entries(data.domains ?? {})) {
    for (const [key, value] of Object.entries(domain)) {
      const archive = domain.format === 'npz' || domain.format === 'safetensors';
      const inArchive = archive && (key === 'values' || key === 'labels');
      if (typeof value === 'string' && pathKeys.includes(key) && !inArchive) {
        found.push({ path: ['data', 'domains', name, key], value });
      }
    }
  }
  for (const [method, files] of Object.entries(finetune?.after ?? {}))
    for (const [domain, file] of Object.entries(files))
      found.push(
        typeof file === 'string'
          ? { path: ['finetune', 'after', method, domain], value: file }
          : { path: ['finetune', 'after', method, domain, 'path'], value: file.path },
      );
  if (isImported(encoder)) found.push({ path: ['encoder', 'import'], value: encoder.import });
  return found;
}
