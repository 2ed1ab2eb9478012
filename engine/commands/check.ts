import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UserError } from '../errors';
import { missingData } from '../study/missing-data';
import { parseStudy } from '../study/parse';
import { modelProblems } from './check-model';
import { print, printJson, shortPath } from './output';
import { findWorkspace } from './workspace';

/** `eigenprobe check <study>`: what is wrong in it as `file:line:column: sentence`, one a line. */
export async function check(studyFile: string, flags: { json?: boolean; workspace?: string }): Promise<void> {
  const text = await readText(studyFile);
  const { study, errors } = parseStudy(text, studyFile);
  const workspace = findWorkspace(flags.workspace, dirname(resolve(studyFile)));
  const missing = study ? missingData(study, text, studyFile, workspace) : [];
  const problems =
    study && missing.length === 0 ? await modelProblems(study, text, studyFile, workspace) : [...errors, ...missing];
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
