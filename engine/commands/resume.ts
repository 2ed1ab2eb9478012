import { dirname, join, resolve } from 'node:path';
import { UserError } from '../errors';
import { readJson } from '../run/atomic';
import { findRun, runFiles, workspaceOfRun } from '../run/directory';
import type { StageName } from '../run/format';
import { planStages } from '../run/plan';
import { studySchema } from '../study/schema';
import { createPathResolver } from '../study/paths';
import { runStudy } from './run-study';
import { findWorkspace } from './workspace';

/** `eigenprobe resume <run>`: goes on with the study as it was when the run began, whatever the file says now. */
export async function resume(reference: string, flags: { json?: boolean; workspace?: string }): Promise<void> {
  const { directory, record, state } = await findRun(findWorkspace(flags.workspace, '.'), reference);
  if (state === 'finished') {
    throw new UserError('finished', `The run ${record.id} has finished; there is nothing to resume.`);
  }
  if (state === 'running') {
    const { pid, host } = record.process;
    throw new UserError('running', `The run ${record.id} is running, in process ${pid} on ${host}.`);
  }
  const workspace = workspaceOfRun(directory);
  if (workspace === undefined) {
    throw new UserError('moved-run', `The run in ${directory} was moved out of its workspace; run its study again.`);
  }
  const parsed = studySchema.safeParse(await readJson(join(directory, runFiles.study)));
  if (!parsed.success) {
    throw new UserError(
      'foreign-study',
      `${join(directory, runFiles.study)} is not a study of this version; run the study file again.`,
    );
  }
  const study = parsed.data;
  const studyPath = resolve(workspace, record.study.path);
  const { stagesOf } = await import('../stages/index');
  const recorded = Object.keys(record.stages) as StageName[];
  const whole = planStages(stagesOf(study), study).map((stage) => stage.name);
  // A run of one stage lists what that stage reads, and the stage itself last.
  const only = whole.every((name) => recorded.includes(name)) ? undefined : recorded.at(-1);
  const resolvePath = createPathResolver({ studyFolder: dirname(studyPath), workspaceRoot: workspace });
  await runStudy({ studyPath, study, workspace, resolvePath, only, resume: directory, json: flags.json });
}
