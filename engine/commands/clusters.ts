import { join } from 'node:path';
import { clustersOf } from '../query/clusters';
import { findRun } from '../run/directory';
import { renderResults } from '../terminal/table';
import { terminalColors } from '../terminal/colors';
import { print, printJson, shortPath } from './output';
import { findWorkspace } from './workspace';

/** `eigenprobe clusters <run> -k <number>`: clusters of another number from a run's eigenvectors. */
export async function clusters(
  reference: string,
  flags: { json?: boolean; workspace?: string; clusters: number },
): Promise<void> {
  const run = await findRun(findWorkspace(flags.workspace, '.'), reference);
  const answer = await clustersOf(run, flags.clusters);
  if (flags.json) {
    printJson({ run: run.record.id, ...answer });
    return;
  }
  const width = process.stdout.isTTY ? process.stdout.columns : undefined;
  const figures = answer.figures.map((figure) => ({ ...figure, stage: 'spectrum' as const }));
  print(renderResults(figures, { colors: terminalColors(process.stdout), width }));
  print(`\nClusters  ${shortPath(join(run.directory, answer.file))}`);
}
