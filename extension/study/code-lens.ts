import * as vscode from 'vscode';
import type { SourceDocument } from '../../engine/study/source-text';
import { stageLine } from '../runs/figures';
import { shortTime } from '../runs/run-item';
import type { RunTree } from '../runs/run-tree';
import type { BlockResult, BlockResults } from './block-results';
import { shows } from './editor-settings';
import { readStudyDocument } from './study-document';

/** Above each block: run it (a sweep: compute it), its last result, the comparison with the baseline, what has changed since. */
export class StudyCodeLens implements vscode.CodeLensProvider {
  constructor(
    private readonly results: BlockResults,
    private readonly tree: RunTree,
    readonly onDidChangeCodeLenses: vscode.Event<void>,
  ) {}

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!shows('codeLens', document.uri)) return [];
    const { blocks, source } = readStudyDocument(document);
    const results = await this.results.of(document);
    const first = new vscode.Range(0, 0, 0, 0);
    const whole = new vscode.CodeLens(first, {
      command: 'eigenprobe.runStudy',
      title: `$(play) ${vscode.l10n.t('Run study')}`,
      arguments: [document.uri],
    });
    return [
      ...(blocks.length > 0 ? [whole] : []),
      ...this.sweepLenses(document, source),
      ...blocks.flatMap((block) => {
        const { line } = document.positionAt(block.key.offset);
        const range = new vscode.Range(line, 0, line, 0);
        const result = results.find((one) => one.block.stage === block.stage);
        const run = new vscode.CodeLens(range, {
          command: 'eigenprobe.runStage',
          title: `$(play) ${vscode.l10n.t('Run {0}', block.stage)}`,
          arguments: [document.uri, block.stage],
        });
        return [run, ...(result ? this.resultLenses(document, range, result) : [])];
      }),
    ];
  }

  private sweepLenses(document: vscode.TextDocument, source: SourceDocument): vscode.CodeLens[] {
    const key = source.locate(['sweep'], 'key');
    if (!key) return [];
    const { line } = document.positionAt(key.offset);
    return [
      new vscode.CodeLens(new vscode.Range(line, 0, line, 0), {
        command: 'eigenprobe.submitSweep',
        title: `$(run-all) ${vscode.l10n.t('Compute sweep')}`,
        arguments: [document.uri],
      }),
    ];
  }

  private resultLenses(document: vscode.TextDocument, range: vscode.Range, result: BlockResult): vscode.CodeLens[] {
    const { block, run, figures, changes, unreadable } = result;
    const stale = changes.length > 0 || unreadable;
    const when = shortTime(run.record.startedAt);
    // The figures themselves stand at the end of the line, unless that is turned off.
    const figureText = shows('endOfLine', document.uri) ? '' : shorten(stageLine(figures, block.stage), 60);
    const name = figureText === '' ? vscode.l10n.t('Result') : figureText;
    const lenses = [
      new vscode.CodeLens(range, {
        command: 'eigenprobe.toggleBlockPanel',
        title: stale ? `$(history) ${name} (${vscode.l10n.t('stale')}, ${when})` : `$(graph) ${name} (${when})`,
        tooltip: vscode.l10n.t('Show or hide the result under the block'),
        arguments: [document.uri, block.stage],
      }),
    ];
    const { baseline } = this.tree;
    const other = baseline?.key === run.key ? undefined : baseline;
    lenses.push(
      new vscode.CodeLens(range, {
        command: 'eigenprobe.compareRuns',
        title: `$(diff) ${other ? vscode.l10n.t('Compare with baseline') : vscode.l10n.t('Compare')}`,
        arguments: other ? [[other.key, run.key]] : [[run.key]],
      }),
    );
    if (changes.length > 0) {
      lenses.push(
        new vscode.CodeLens(range, {
          command: 'eigenprobe.showChanges',
          title: `$(edit) ${changes.length === 1 ? vscode.l10n.t('1 change since') : vscode.l10n.t('{0} changes since', changes.length)}`,
          arguments: [document.uri, block.stage],
        }),
      );
    }
    return lenses;
  }
}

export function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}
