import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors';
import { runFiles, type RunEntry } from '../run/directory';
import type { StageName } from '../run/format';

/** A folder of a run directory for what views asked for, of one state of a stage's results. */
export interface ViewFolder {
  readonly path: string;
  /** Below the run directory, with slashes. */
  readonly name: string;
}

/** `views/<key of the stage>`: a stage that was computed again has another key, and its views are made anew. */
export async function viewFolder(
  { directory, record }: Pick<RunEntry, 'directory' | 'record'>,
  stage: StageName,
): Promise<ViewFolder> {
  const key = (record.stages[stage]?.key ?? 'none').replace(/[^\w-]/g, '').slice(0, 16) || 'none';
  const name = `${runFiles.views}/${stage}-${key}`;
  const path = join(directory, name);
  await mkdir(path, { recursive: true });
  return { path, name };
}

/** The folder of a run's stages; throws UserError where a stage has not finished. */
export function finishedStages(
  { directory, record }: Pick<RunEntry, 'directory' | 'record'>,
  needed: Readonly<Partial<Record<StageName, string>>>,
): string {
  const stages = join(directory, runFiles.stages);
  for (const [stage, file] of Object.entries<string | undefined>(needed))
    if (file !== undefined && !existsSync(join(stages, stage, file)))
      throw new UserError(
        'query-stage',
        `Run ${record.id} has no finished stage "${stage}"; wait for it, or resume the run.`,
      );
  return stages;
}
