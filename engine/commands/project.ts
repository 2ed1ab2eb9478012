import { join } from 'node:path';
import { UserError } from '../errors';
import { projectionMethods, projectionSpaces } from '../query/answers';
import { project as projectRun } from '../query/project';
import { findRun } from '../run/directory';
import { significant } from '../terminal/numbers';
import { print, printJson, shortPath } from './output';
import { findWorkspace } from './workspace';

/** `eigenprobe project <run>`: a run's samples in two dimensions, as an array. */
export async function project(
  reference: string,
  flags: { json?: boolean; workspace?: string; method: string; of: string; limit: number },
): Promise<void> {
  const method = oneOf('method', projectionMethods, flags.method);
  const space = oneOf('of', projectionSpaces, flags.of);
  const run = await findRun(findWorkspace(flags.workspace, '.'), reference);
  const answer = await projectRun(run, { method, space, limit: flags.limit });
  if (flags.json) {
    printJson({ run: run.record.id, ...answer });
    return;
  }
  print(`${answer.count} of ${answer.total} samples`);
  if (answer.explained)
    print(`Variance along the axes: ${answer.explained.map((share) => `${significant(100 * share)} %`).join(', ')}`);
  print(`Places  ${shortPath(join(run.directory, answer.file))}`);
  print(`Rows    ${shortPath(join(run.directory, answer.rows))}`);
  for (const [name, file] of Object.entries(answer.after ?? {}))
    print(`${name.padEnd(7)} ${shortPath(join(run.directory, file))}`);
}

function oneOf<T extends string>(option: string, known: readonly T[], given: string): T {
  const found = known.find((one) => one === given);
  if (found !== undefined) return found;
  throw new UserError('option-value', `--${option} is ${known.join(', ')}; "${given}" is none of them.`);
}
