import { resolve } from 'node:path';
import { UserError } from '../errors';
import { writeFileAtomic } from '../run/atomic';
import { blockOf, currentSnapshot } from '../sweep/current';
import { findSweep, loadSweep, type LoadedSweep } from '../sweep/store';
import { collectRows } from '../sweep/tables/collect';
import { pivot } from '../sweep/tables/pivot';
import { isChosen, summarize, type FigureChoice, type Summary } from '../sweep/tables/summary';
import { longTable, toCsv, toMarkdown, toParquet, writeTables } from '../sweep/tables/write';
import { print, printJson, shortPath } from './output';
import { describeRows, type ShownRow } from './sweep-rows';
import { countsText, pivotText, summaryText } from './sweep-text';
import { findWorkspace } from './workspace';

export interface ShowFlags {
  rows?: boolean;
  states?: boolean;
  most?: number;
  figure?: string;
  method?: string;
  domain?: string;
  shift?: string;
  pivot?: string[];
  minus?: string;
  format?: 'csv' | 'parquet' | 'markdown';
  out?: string;
  json?: boolean;
  workspace?: string;
}

/** `eigenprobe sweep show [sweep]`: states, means over seeds, the best, a pivot, or a table to take along. */
export async function showSweep(reference: string, flags: ShowFlags): Promise<void> {
  const sweep = await loadSweep(await findSweep(findWorkspace(flags.workspace, '.'), reference));
  if (flags.pivot) return showPivot(sweep, flags);
  if (flags.format) return giveTable(sweep, flags, flags.format);
  const snapshot = await currentSnapshot(sweep);
  if (flags.states) {
    const { header, folder } = sweep;
    const rows = await describeRows(sweep, snapshot, flags.most);
    if (flags.json)
      print(JSON.stringify({ folder, id: header.id, states: snapshot.rows, shared: snapshot.shared, rows }));
    else for (const row of rows) print(rowLine(row));
    return;
  }
  const summary = await writeTables(sweep, blockOf(sweep).best);
  const rows = flags.rows || flags.json ? await describeRows(sweep, snapshot) : [];
  if (flags.json) {
    const { header, folder } = sweep;
    printJson({ folder, header, states: snapshot.rows, shared: snapshot.shared, rows, summary });
    return;
  }
  print(`${sweep.header.id}  ${sweep.header.study}`);
  print(countsText(snapshot.rows, snapshot.shared));
  for (const row of rows) print(rowLine(row));
  print(summaryText({ ...summary, ...only(summary, flags) }, ...(flags.figure === undefined ? [] : [() => true])));
}

function rowLine({ row, label, state, run, error }: ShownRow): string {
  const line = `  ${String(row).padStart(5)}  ${state.padEnd(9)}  ${label}${run === undefined ? '' : `  ${run}`}`;
  return error === undefined ? line : `${line}\n         ${error}`;
}

function choice({ figure, method, domain, shift }: ShowFlags): FigureChoice | undefined {
  if (figure === undefined) return undefined;
  if (shift !== undefined && shift !== 'ID' && shift !== 'OOD')
    throw new UserError('no-such-shift', `There is no shift "${shift}"; it is ID or OOD.`);
  return { figure, method, domain, shift };
}

/** The summary with the chosen figures alone. */
function only({ fields, groups }: Summary, flags: ShowFlags): Summary {
  const chosen = choice(flags);
  if (!chosen) return { fields, groups };
  return {
    fields,
    groups: groups.map((group) => ({ ...group, figures: group.figures.filter((figure) => isChosen(figure, chosen)) })),
  };
}

async function showPivot(sweep: LoadedSweep, flags: ShowFlags): Promise<void> {
  const [row, column, ...more] = flags.pivot ?? [];
  const figure = choice(flags);
  if (row === undefined || column === undefined || more.length > 0)
    throw new UserError('pivot-fields', 'A pivot has two fields: --pivot data.source data.target.');
  if (!figure) throw new UserError('pivot-figure', 'Say which figure: --figure transfer.accuracy.');
  const minus = flags.minus === undefined ? undefined : { figure: figure.figure, method: flags.minus };
  const result = pivot(await collectRows(sweep), { row, column, figure, ...(minus && { minus }) });
  if (flags.json) printJson(result);
  else print(pivotText(result));
}

async function giveTable(
  sweep: LoadedSweep,
  { out }: ShowFlags,
  format: NonNullable<ShowFlags['format']>,
): Promise<void> {
  const rows = await collectRows(sweep);
  const content =
    format === 'csv'
      ? toCsv(longTable(rows))
      : format === 'markdown'
        ? toMarkdown(summarize(rows))
        : toParquet(longTable(rows));
  if (out !== undefined) {
    await writeFileAtomic(resolve(out), content);
    print(`Wrote ${shortPath(resolve(out))}.`);
  } else if (typeof content === 'string') process.stdout.write(content);
  else process.stdout.write(content);
}
