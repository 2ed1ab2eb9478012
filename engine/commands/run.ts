import { dirname, resolve } from 'node:path';
import { UserError } from '../errors';
import { isMethodStage, stageNames, type StageName } from '../run/format';
import { readStudy } from '../study/parse';
import { createPathResolver } from '../study/paths';
import { runStudy } from './run-study';
import { findWorkspace } from './workspace';

export interface RunFlags {
  stage?: string;
  json?: boolean;
  fresh?: boolean;
  workspace?: string;
}

/** `eigenprobe run <study>` */
export async function run(studyFile: string, { stage, json, fresh, workspace: given }: RunFlags): Promise<void> {
  const only = stage === undefined ? undefined : stageNamed(stage);
  // The rows of a sweep are computed by `eigenprobe sweep`; this is the study as it stands.
  const { sweep: _, ...study } = await readStudy(studyFile);
  const studyPath = resolve(studyFile);
  const workspace = findWorkspace(given, dirname(studyPath));
  const resolvePath = createPathResolver({ studyFolder: dirname(studyPath), workspaceRoot: workspace });
  await runStudy({ studyPath, study, workspace, resolvePath, only, fresh, json });
}

function stageNamed(name: string): StageName {
  const found = stageNames.find((candidate) => candidate === name);
  if (found) return found;
  // Whether the study has this method is seen once it is read.
  if (isMethodStage(name)) return name;
  throw new UserError('no-such-stage', `There is no stage "${name}"; the stages are ${stageNames.join(', ')}.`);
}
