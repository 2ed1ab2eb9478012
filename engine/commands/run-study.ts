import { join } from 'node:path';
import { Cancelled, UserError } from '../errors';
import { readResults, runFiles } from '../run/directory';
import { executeRun } from '../run/execute';
import type { RunEvent, RunRecord, StageName } from '../run/format';
import type { Study } from '../study/schema';
import { terminalColors } from '../terminal/colors';
import { createProgress, type ProgressView } from '../terminal/progress';
import { renderResults } from '../terminal/table';
import { openInEditorCommand } from './checkout';
import { cancelledExitCode, interruptSignal } from './interrupt';
import { print, printJsonLine, shortPath } from './output';
import { writeReport } from './write-report';

export interface StudyRun {
  /** Absolute path of the study file. */
  studyPath: string;
  study: Study;
  workspace: string;
  resolvePath: (path: string) => string;
  only?: StageName;
  fresh?: boolean;
  resume?: string;
  /** Events and results as JSON lines on stdout, instead of progress and a table. */
  json?: boolean;
}

/** Runs a study in front of a person or a program: progress on stderr, the results on stdout. */
export async function runStudy({ studyPath, study, json = false, ...options }: StudyRun): Promise<void> {
  let progress: ProgressView | undefined;
  let started: { directory: string; id: string } | undefined;
  const interrupt = interruptSignal(() => {
    const message = 'Stopping at the next step; Ctrl+C again ends it at once.';
    progress?.event({ time: new Date().toISOString(), type: 'log', level: 'info', message });
  });
  let record: RunRecord;
  try {
    record = await executeRun(studyPath, study, {
      ...options,
      signal: interrupt.signal,
      onStart: (directory, { id, stages }) => {
        started = { directory, id };
        if (!json) progress = createProgress(process.stderr, Object.keys(stages) as StageName[]);
      },
      onEvent: (event: RunEvent) => {
        if (json) printJsonLine(event);
        else progress?.event(event);
      },
    });
  } catch (error) {
    progress?.end();
    if (!(error instanceof Cancelled)) throw error;
    const hint = started ? ` Go on with it: eigenprobe resume ${started.id}` : '';
    process.stderr.write(`The run was cancelled.${hint}\n`);
    process.exitCode = cancelledExitCode;
    return;
  } finally {
    interrupt.dispose();
  }
  progress?.end();
  await showOutcome(started!.directory, record, options.workspace, json);
}

async function showOutcome(directory: string, record: RunRecord, workspace: string, json: boolean): Promise<void> {
  const report = await tryReport(directory);
  const results = await readResults(directory);
  if (json) {
    printJsonLine({ type: 'results', directory, report: report ?? null, record, results: results ?? null });
    return;
  }
  const colors = terminalColors(process.stdout);
  const width = process.stdout.isTTY ? process.stdout.columns : undefined;
  print('');
  if (results && results.figures.length > 0) print(`${renderResults(results.figures, { colors, width })}\n`);
  print(`Run     ${shortPath(directory)}`);
  if (report !== undefined) print(`Report  ${shortPath(report)}`);
  print(`Open    ${openInEditorCommand(workspace)}`);
}

/** The figures stand without the report; a report that fails is said and does not fail the run. */
async function tryReport(directory: string): Promise<string | undefined> {
  try {
    return await writeReport(directory);
  } catch (error) {
    const reason = error instanceof UserError ? error.toString() : error instanceof Error ? error.message : error;
    process.stderr.write(`warning: ${join(directory, runFiles.report)} was not written: ${reason}\n`);
    return undefined;
  }
}
