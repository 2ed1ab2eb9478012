import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UserError } from '../errors';
import { parseStudy, type StudyProblem } from '../study/parse';
import { createPathResolver } from '../study/paths';
import type { Study } from '../study/schema';
import { parseJsonSource, parseYamlSource, positionOf } from '../study/source-text';
import { print, printJson, shortPath } from './output';
import { findWorkspace } from './workspace';

/** `eigenprobe check <study>`: what is wrong in it as `file:line:column: sentence`, one a line. */
export async function check(studyFile: string, flags: { json?: boolean; workspace?: string }): Promise<void> {
  const text = await readText(studyFile);
  const { study, errors } = parseStudy(text, studyFile);
  const problems = study ? missingData(study, text, studyFile, flags.workspace) : errors;
  if (problems.length > 0) process.exitCode = 2;
  if (flags.json) {
    printJson({ file: resolve(studyFile), ok: problems.length === 0, problems });
    return;
  }
  for (const { file, line, column, message } of problems) {
    process.stderr.write(`${file}:${line}:${column}: ${message}\n`);
  }
  if (problems.length === 0) print(`${shortPath(resolve(studyFile))}: no problems found.`);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new UserError('study-missing', `There is no study file ${file}; check the path.`);
    }
    throw error;
  }
}

/** Paths that lead nowhere or out of the workspace, at their places in the study. */
function missingData(study: Study, text: string, file: string, given: string | undefined): StudyProblem[] {
  const source = /\.ya?ml$/i.test(file) ? parseYamlSource(text) : parseJsonSource(text);
  const studyFolder = dirname(resolve(file));
  const resolvePath = createPathResolver({ studyFolder, workspaceRoot: findWorkspace(given, studyFolder) });
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

const pathKeys = ['path', 'testPath', 'images', 'labels', 'testImages', 'testLabels', 'values', 'testValues'];

/** Every path in the data block. In an .npz, `values` and `labels` are names inside the archive. */
function dataPaths({ data }: Study): { path: string[]; value: string }[] {
  const found: { path: string[]; value: string }[] = [];
  if (data.folder !== undefined) found.push({ path: ['data', 'folder'], value: data.folder });
  for (const [name, domain] of Object.entries(data.domains ?? {})) {
    for (const [key, value] of Object.entries(domain)) {
      const inArchive = domain.format === 'npz' && (key === 'values' || key === 'labels');
      if (typeof value === 'string' && pathKeys.includes(key) && !inArchive) {
        found.push({ path: ['data', 'domains', name, key], value });
      }
    }
  }
  return found;
}
