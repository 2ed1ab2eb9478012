import Table from 'cli-table3';
import { listRuns, runsFolder, type RunEntry } from '../run/directory';
import { terminalColors, type Colors } from '../terminal/colors';
import { formatDuration } from '../terminal/numbers';
import { print, printJson, shortPath } from './output';
import { findWorkspace } from './workspace';

/** `eigenprobe list`: the workspace's runs, newest first. */
export async function list(flags: { json?: boolean; workspace?: string }): Promise<void> {
  const workspace = findWorkspace(flags.workspace, '.');
  const runs = await listRuns(workspace);
  if (flags.json) printJson(runs);
  else if (runs.length === 0) print(`There are no runs in ${shortPath(runsFolder(workspace))} yet.`);
  else print(renderRuns(runs, terminalColors(process.stdout)));
}

/** The runs as a table. */
export function renderRuns(runs: readonly RunEntry[], colors: Colors): string {
  const table = new Table({
    head: ['run', 'study', 'state', 'stages', 'started', 'took'].map((text) => colors.bold(text)),
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const { record, state } of runs) {
    const stages = Object.values(record.stages);
    const done = stages.filter((stage) => stage.state === 'finished' || stage.state === 'cached').length;
    const seconds = (Date.parse(record.finishedAt ?? record.updatedAt) - Date.parse(record.startedAt)) / 1000;
    table.push([
      record.id,
      record.sweep ? `${record.study.name}: ${record.sweep.label}` : record.study.name,
      paintState(state, colors),
      `${done} of ${stages.length}`,
      record.startedAt.slice(0, 19).replace('T', ' '),
      Number.isFinite(seconds) ? formatDuration(Math.max(0, seconds)) : '',
    ]);
  }
  return table.toString();
}

function paintState(state: RunEntry['state'], colors: Colors): string {
  switch (state) {
    case 'running':
      return colors.cyan(state);
    case 'finished':
      return colors.green(state);
    case 'failed':
      return colors.red(state);
    case 'cancelled':
    case 'interrupted':
      return colors.yellow(state);
  }
}
