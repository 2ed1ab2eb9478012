import Table from 'cli-table3';
import { cacheFolder } from '../run/directory';
import { rowStates, type StateCounts } from '../sweep/format';
import type { SweepPlan } from '../sweep/plan';
import { namesIn, readMarks } from '../sweep/results';
import { cellText } from '../sweep/tables/collect';
import type { Pivot } from '../sweep/tables/pivot';
import { choiceText, type Summary } from '../sweep/tables/summary';
import { intervalText, type SummaryFile } from '../sweep/tables/write';

/** What a plan would compute. */
export interface PlanFacts {
  sweep: string;
  name: string;
  device: string;
  rows: number;
  finishedRows: number;
  tasks: number;
  sharedTasks: number;
  axes: { name: string; choices: number }[];
  stages: { stage: string; reads: number; results: number; cached: number }[];
}

export async function planFacts({ header, rows, shared, stages }: SweepPlan, workspace: string): Promise<PlanFacts> {
  const [{ finished }, names] = await Promise.all([readMarks(workspace), namesIn(cacheFolder(workspace))]);
  const cached = new Set(names);
  return {
    sweep: header.id,
    name: header.name,
    device: header.device,
    rows: header.rows,
    finishedRows: rows.filter(({ task }) => finished.has(task)).length,
    tasks: header.tasks,
    sharedTasks: shared.length,
    axes: header.axes,
    stages: stages.map(({ stage, uses, keys }) => ({
      stage,
      reads: uses,
      results: keys.length,
      cached: keys.filter((key) => cached.has(`${stage}-${key.slice(0, 16)}`)).length,
    })),
  };
}

export async function planText(plan: SweepPlan, workspace: string): Promise<string> {
  const facts = await planFacts(plan, workspace);
  const axes = facts.axes.map(({ name, choices }) => `${name} (${choices})`).join(' × ');
  const table = new Table({
    head: ['stage', 'read by rows', 'results', 'in the cache', 'to compute'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { stage, reads, results, cached } of facts.stages)
    table.push([stage, number(reads), number(results), number(cached), number(results - cached)]);
  const same = facts.rows - facts.tasks;
  return [
    `${facts.name}: ${number(facts.rows)} rows, ${axes}, on ${facts.device}`,
    `${number(facts.finishedRows)} rows are done. ${number(facts.sharedTasks)} tasks compute what several rows read.` +
      (same > 0 ? ` ${number(same)} rows give the same as another.` : ''),
    table.toString(),
  ].join('\n');
}

/** `Rows: 12 finished, 2 running, 10 queued. Shared: 4 finished.` */
export function countsText(rows: StateCounts, shared: StateCounts): string {
  const text = (counts: StateCounts): string =>
    rowStates.flatMap((state) => (counts[state] ? [`${number(counts[state])} ${state}`] : [])).join(', ');
  const others = text(shared);
  return `Rows: ${text(rows) || 'none'}.${others === '' ? '' : ` Shared: ${others}.`}`;
}

/** The figures that people look for first: accuracies, else all. */
function telling({ groups }: Summary): (id: string) => boolean {
  const ids = new Set(groups.flatMap(({ figures }) => figures.map(({ id }) => id)));
  const accuracies = [...ids].filter((id) => id.endsWith('.accuracy'));
  return (id) => accuracies.length === 0 || accuracies.includes(id);
}

/** So many settings are shown in a terminal. */
const mostGroups = 12;

export function summaryText(summary: SummaryFile, keep = telling(summary)): string {
  const { fields, groups, best } = summary;
  const table = new Table({
    head: [...fields, 'figure', 'method', 'on', 'mean ± 95 % interval'],
    style: { head: [], border: [], compact: true },
  });
  for (const { settings, figures } of groups.slice(0, mostGroups)) {
    for (const figure of figures) {
      if (!keep(figure.id)) continue;
      const on = [figure.domain, figure.shift].filter(Boolean).join(', ');
      table.push([
        ...fields.map((field) => cellText(settings[field])),
        figure.label,
        figure.method ?? '',
        on,
        intervalText(figure, figure.unit),
      ]);
    }
  }
  const lines = [`${summary.name}: ${number(summary.finished)} of ${number(summary.rows)} rows are done.`];
  if (groups.length > 0) lines.push(table.toString());
  if (groups.length > mostGroups) lines.push(`${number(groups.length - mostGroups)} more settings are in the tables.`);
  const first = best?.ranking[0];
  if (best && first) {
    const settings = fields.map((field) => `${field} = ${cellText(first.group.settings[field])}`).join(', ');
    lines.push(
      `Best by ${choiceText(best.choice)} (${best.better}): ${settings || 'the only setting'}, ${intervalText(first.figure, first.figure.unit)}`,
    );
  }
  if (summary.bestProblem !== undefined) lines.push(summary.bestProblem);
  return lines.join('\n');
}

export function pivotText({ row, column, rows, columns, cells, unit, figure, minus }: Pivot): string {
  const table = new Table({
    head: [`${row} \\ ${column}`, ...columns],
    style: { head: [], border: [], compact: true },
  });
  rows.forEach((name, r) =>
    table.push([name, ...cells[r]!.map((cell) => (cell === null ? '' : intervalText(cell, unit)))]),
  );
  return `${choiceText(figure)}${minus ? ` less ${choiceText(minus)}` : ''}\n${table.toString()}`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
