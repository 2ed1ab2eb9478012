import * as vscode from 'vscode';
import { plain } from '../support/markdown';
import { formatFigure } from '../../engine/terminal/numbers';
import { circumstance, figureKey } from '../runs/figures';
import { shortTime } from '../runs/run-item';
import type { RunStore, StoredRun } from '../runs/run-store';
import { describeChange } from './blocks';
import type { BlockResult, BlockResults } from './block-results';
import { blockSvg, plotTheme, svgAddress } from './plots';

export interface BlockMarkdownOptions {
  results: BlockResults;
  store: RunStore;
  baseline: StoredRun | undefined;
  /** A hover shows the plot alone; the panel under the block also figures and actions. */
  compact: boolean;
}

const mostFigures = 10;

/** A block's result as Markdown: plot, figures with their difference to the baseline, and what has changed since. */
export async function blockMarkdown(
  document: vscode.TextDocument,
  result: BlockResult,
  { results, store, baseline, compact }: BlockMarkdownOptions,
): Promise<vscode.MarkdownString> {
  const { block, run, figures, changes, unreadable } = result;
  const text = new vscode.MarkdownString('', true);
  text.supportHtml = true;
  const other = baseline && baseline.key !== run.key ? baseline : undefined;
  if (changes.length > 0 || unreadable) {
    const what = unreadable
      ? vscode.l10n.t('the study cannot be read at the moment')
      : changes.slice(0, 3).map(describeChange).join(', ') + (changes.length > 3 ? ', …' : '');
    text.appendMarkdown(`$(history) **${vscode.l10n.t('Stale')}**: ${plain(what)}\n\n`);
  }
  // Above the plot, where they are seen without scrolling.
  if (!compact) {
    const link = (title: string, command: string, ...args: unknown[]): string =>
      `[${title}](command:${command}?${encodeURIComponent(JSON.stringify(args))})`;
    const actions = [
      link(`$(play) ${vscode.l10n.t('Run {0}', block.stage)}`, 'eigenprobe.runStage', document.uri, block.stage),
      link(`$(graph) ${vscode.l10n.t('Open Results')}`, 'eigenprobe.openResults', run.key),
      link(`$(diff) ${vscode.l10n.t('Compare')}`, 'eigenprobe.compareRuns', other ? [other.key, run.key] : [run.key]),
      ...(changes.length > 0
        ? [link(`$(edit) ${vscode.l10n.t('What changed')}`, 'eigenprobe.showChanges', document.uri, block.stage)]
        : []),
    ];
    text.appendMarkdown(`${actions.join(' &nbsp; ')}\n\n`);
  }
  const { kind } = vscode.window.activeColorTheme;
  const dark = kind === vscode.ColorThemeKind.Dark || kind === vscode.ColorThemeKind.HighContrast;
  const plot = blockSvg(await results.plotData(result, other), plotTheme(dark));
  if (plot !== undefined) {
    const described = figures
      .slice(0, 6)
      .map((figure) => `${figure.label} ${circumstance(figure)} ${formatFigure(figure)}`);
    text.appendMarkdown(`<img src="${svgAddress(plot)}" alt="${escapeAttribute(described.join('; '))}">\n\n`);
  }
  if (compact && plot !== undefined) return text;
  const held = other ? ((await store.resultsOf(other))?.figures ?? []) : [];
  const known = new Map(held.map((figure) => [figureKey(figure), figure]));
  if (figures.length > 0) {
    const head = other ? `| | | | ${vscode.l10n.t('against baseline')} |\n|---|---|--:|--:|` : '| | | |\n|---|---|--:|';
    text.appendMarkdown(`${head}\n`);
    for (const figure of figures.slice(0, mostFigures)) {
      const before = known.get(figureKey(figure));
      const cells = [figure.label, circumstance(figure), formatFigure(figure)];
      if (other) cells.push(before ? difference(figure.value, before.value, figure.unit) : '–');
      text.appendMarkdown(`| ${cells.map(plain).join(' | ')} |\n`);
    }
    if (figures.length > mostFigures) {
      text.appendMarkdown(`\n${vscode.l10n.t('… and {0} more', figures.length - mostFigures)}\n`);
    }
    text.appendMarkdown('\n');
  }
  if (compact) return text;
  text.appendMarkdown(`*${plain(`${shortTime(run.record.startedAt)} · ${run.record.id}`)}*`);
  text.isTrusted = {
    enabledCommands: [
      'eigenprobe.runStage',
      'eigenprobe.openResults',
      'eigenprobe.compareRuns',
      'eigenprobe.showChanges',
    ],
  };
  return text;
}

/** `+2.1 points`, `−0.004`. */
export function difference(value: number, before: number, unit: string): string {
  const delta = unit === 'fraction' ? 100 * (value - before) : value - before;
  if (!Number.isFinite(delta)) return '–';
  const size = unit === 'fraction' ? Math.abs(delta).toFixed(1) : String(Number(Math.abs(delta).toPrecision(3)));
  const sign = Number(size) === 0 ? '±' : delta < 0 ? '−' : '+';
  return `${sign}${size}${unit === 'fraction' ? ' points' : ''}`;
}

function escapeAttribute(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
