import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findRun, readResults, runFiles } from '../run/directory';
import { terminalColors } from '../terminal/colors';
import { renderResults } from '../terminal/table';
import { print, printJson, shortPath } from './output';
import { findWorkspace } from './workspace';

/** `eigenprobe show <run>`: the run's state and its figures as a table. */
export async function show(reference: string, flags: { json?: boolean; workspace?: string }): Promise<void> {
  const { directory, record, state } = await findRun(findWorkspace(flags.workspace, '.'), reference);
  const results = await readResults(directory);
  if (flags.json) {
    printJson({ directory, state, record, results: results ?? null });
    return;
  }
  const colors = terminalColors(process.stdout);
  const width = process.stdout.isTTY ? process.stdout.columns : undefined;
  print(`${colors.bold(record.study.name)}  ${record.id}  ${state}`);
  print(`${record.study.path}, seed ${record.seed}, ${record.device.detail}`);
  if (record.error !== undefined) print(colors.red(record.error));
  print('');
  print(results?.figures.length ? renderResults(results.figures, { colors, width }) : 'There are no figures yet.');
  print('');
  print(`Run     ${shortPath(directory)}`);
  const report = join(directory, runFiles.report);
  if (existsSync(report)) print(`Report  ${shortPath(report)}`);
}
