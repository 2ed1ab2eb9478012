import * as vscode from 'vscode';
import { plain } from '../support/markdown';
import type { Results, RunOfSweep, StageName, StageRecord } from '../../engine/run/format';
import { formatDuration, formatFigure } from '../../engine/terminal/numbers';
import { circumstance, figureName, headline, stageLine, tellingFigures } from './figures';
import { progressText, type LiveProgress } from './progress';
import type { ShownState } from './run-index';
import type { StoredRun } from './run-store';

const stateIcons: Record<ShownState, [icon: string, color?: string]> = {
  running: ['sync~spin', 'charts.blue'],
  finished: ['pass', 'testing.iconPassed'],
  failed: ['error', 'testing.iconFailed'],
  cancelled: ['circle-slash', 'disabledForeground'],
  interrupted: ['debug-disconnect', 'charts.yellow'],
};

const stageIcons: Record<StageRecord['state'], [icon: string, color?: string]> = {
  waiting: ['circle-outline', 'disabledForeground'],
  running: ['sync~spin', 'charts.blue'],
  finished: ['pass', 'testing.iconPassed'],
  cached: ['history', 'testing.iconPassed'],
  failed: ['error', 'testing.iconFailed'],
  cancelled: ['circle-slash', 'disabledForeground'],
};

function icon([name, color]: [string, string?]): vscode.ThemeIcon {
  return new vscode.ThemeIcon(name, color === undefined ? undefined : new vscode.ThemeColor(color));
}

/** What a state is called. */
export function stateName(state: ShownState | StageRecord['state']): string {
  return {
    running: vscode.l10n.t('running'),
    finished: vscode.l10n.t('finished'),
    failed: vscode.l10n.t('failed'),
    cancelled: vscode.l10n.t('cancelled'),
    interrupted: vscode.l10n.t('interrupted'),
    waiting: vscode.l10n.t('waiting'),
    cached: vscode.l10n.t('from cache'),
  }[state];
}

/** `14:05` for today, else the date before it. */
export function shortTime(iso: string, now = new Date()): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const clock = time.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  if (time.toDateString() === now.toDateString()) return clock;
  return `${time.toLocaleDateString(undefined, { month: 'short', day: 'numeric' })} ${clock}`;
}

export interface RunItemOptions {
  results: Results | undefined;
  progress: LiveProgress | undefined;
  isBaseline: boolean;
  /** Where runs of several studies stand together, their names tell them apart. */
  showStudy: boolean;
}

/** A run in the tree. */
export function runItem(run: StoredRun, { results, progress, isBaseline, showStudy }: RunItemOptions): vscode.TreeItem {
  const { record, state } = run;
  const time = shortTime(record.startedAt);
  const item = new vscode.TreeItem(showStudy ? record.study.name : time, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = run.key;
  const summary =
    state === 'running'
      ? progressText(progress)
      : state === 'finished'
        ? headline(results?.figures ?? [])
        : stateName(state);
  const row = record.sweep?.label ?? '';
  item.description = [isBaseline ? '★' : '', showStudy ? time : '', row, summary].filter(Boolean).join('  ');
  item.iconPath = icon(stateIcons[state]);
  item.contextValue = `run ${state}${isBaseline ? ' baseline' : ''}`;
  item.accessibilityInformation = {
    label: [
      ...[record.study.name, time, row, stateName(state)],
      ...[isBaseline ? vscode.l10n.t('baseline') : '', state === 'running' || state === 'finished' ? summary : ''],
    ]
      .filter(Boolean)
      .join(', '),
  };
  item.command = { command: 'eigenprobe.openResults', title: vscode.l10n.t('Open Results'), arguments: [run] };
  return item;
}

/** A stage of a run in the tree. */
export function stageItem(
  run: StoredRun,
  stage: StageName,
  { state, seconds }: StageRecord,
  results: Results | undefined,
  progress: LiveProgress | undefined,
): vscode.TreeItem {
  const item = new vscode.TreeItem(stage);
  const live = state === 'running' && run.state === 'running' ? progressText(progress).replace(`${stage} `, '') : '';
  // A stage that a dead process was computing does not run any more.
  const shown = state === 'running' && run.state !== 'running' ? 'cancelled' : state;
  const took = seconds === undefined ? '' : formatDuration(seconds);
  const figures = results ? stageLine(results.figures, stage) : '';
  item.id = `${run.key} ${stage}`;
  item.iconPath = icon(stageIcons[shown]);
  item.description = [live || figures || (shown === 'finished' ? '' : stateName(shown)), took]
    .filter(Boolean)
    .join('  ');
  item.tooltip = `${stage}: ${stateName(shown)}${took ? `, ${took}` : ''}${figures ? `\n${figures}` : ''}`;
  item.contextValue = `stage ${shown}`;
  return item;
}

/** Which sweep a run belongs to, and as what. Rows are counted from 0, as in the sweep's tables. */
function sweepLine({ id, row, label }: RunOfSweep): string {
  return row === undefined
    ? vscode.l10n.t('Sweep {0}, shared: {1}', id, label)
    : vscode.l10n.t('Sweep {0}, row {1}: {2}', id, row, label);
}

/** A run's facts and figures as a small table, for the tooltip. */
export function runTooltip(run: StoredRun, results: Results | undefined): vscode.MarkdownString {
  const { record, state } = run;
  const text = new vscode.MarkdownString();
  text.appendMarkdown(`**${plain(record.study.name)}** — ${stateName(state)}\n\n`);
  if (record.error !== undefined) text.appendMarkdown(plain(record.error)).appendMarkdown('\n\n');
  if (record.sweep) text.appendMarkdown(plain(sweepLine(record.sweep))).appendMarkdown('\n\n');
  const seconds = (Date.parse(record.finishedAt ?? record.updatedAt) - Date.parse(record.startedAt)) / 1000;
  const facts = [
    shortTime(record.startedAt),
    Number.isFinite(seconds) ? formatDuration(Math.max(0, seconds)) : '',
    vscode.l10n.t('seed {0}', record.seed),
    // Why not a better device stands behind it in brackets, and in the results panel.
    record.device.detail.split(' (')[0],
  ];
  text.appendMarkdown(plain(facts.filter(Boolean).join(' · '))).appendMarkdown('\n\n');
  const figures = results?.figures ?? [];
  if (figures.length > 0) {
    text.appendMarkdown(`| | | |\n|---|---|--:|\n`);
    for (const figure of tellingFigures(figures, 14)) {
      const cells = [figureName(figure), circumstance(figure), formatFigure(figure)].map(plain);
      text.appendMarkdown(`| ${cells.join(' | ')} |\n`);
    }
    if (figures.length > 14) text.appendMarkdown(`\n${vscode.l10n.t('… and {0} more', figures.length - 14)}\n`);
  }
  text.appendMarkdown(`\n\`${record.id}\``);
  return text;
}
