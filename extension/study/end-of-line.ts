import * as vscode from 'vscode';
import { stageLine } from '../runs/figures';
import type { BlockResult, BlockResults } from './block-results';
import { shorten } from './code-lens';
import { shows } from './editor-settings';
import { isStudyDocument } from './study-document';

const quietMs = 120;

/** The text behind a block's first line. */
export function endOfLineText({ block, figures, changes, unreadable }: BlockResult): string {
  const line = shorten(stageLine(figures, block.stage), 110);
  if (line === '') return '';
  return changes.length > 0 || unreadable ? `${line} · ${vscode.l10n.t('stale')}` : line;
}

/** Results at the end of the lines that they depend on, in the colour of CodeLens; greyer and struck when stale. */
export class EndOfLineResults implements vscode.Disposable {
  private readonly fresh = decoration('editorCodeLens.foreground');
  private readonly stale = decoration('disabledForeground', 'italic');
  private readonly timers = new Map<vscode.TextEditor, NodeJS.Timeout>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly results: BlockResults,
    changed: vscode.Event<void>,
  ) {
    this.subscriptions = [
      this.fresh,
      this.stale,
      changed(() => this.updateAll()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.updateAll()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        for (const editor of vscode.window.visibleTextEditors) if (editor.document === document) this.soon(editor);
      }),
    ];
    this.updateAll();
  }

  /** What stands at the ends of lines, by the study's address, for tests: a decoration cannot be asked for. */
  readonly shown = new Map<string, string[]>();

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private updateAll(): void {
    for (const editor of vscode.window.visibleTextEditors) this.soon(editor);
  }

  private soon(editor: vscode.TextEditor): void {
    if (!isStudyDocument(editor.document)) return;
    clearTimeout(this.timers.get(editor));
    this.timers.set(
      editor,
      setTimeout(() => {
        this.timers.delete(editor);
        void this.update(editor);
      }, quietMs),
    );
  }

  private async update(editor: vscode.TextEditor): Promise<void> {
    const { document } = editor;
    const results = shows('endOfLine', document.uri) ? await this.results.of(document) : [];
    const options: Record<'fresh' | 'stale', vscode.DecorationOptions[]> = { fresh: [], stale: [] };
    for (const result of results) {
      const contentText = endOfLineText(result);
      if (contentText === '') continue;
      const { line } = document.positionAt(Math.min(result.block.key.offset, document.getText().length));
      const { end } = document.lineAt(line).range;
      const kind = result.changes.length > 0 || result.unreadable ? 'stale' : 'fresh';
      options[kind].push({ range: new vscode.Range(end, end), renderOptions: { after: { contentText } } });
    }
    this.shown.set(
      document.uri.toString(),
      [...options.fresh, ...options.stale].map(({ renderOptions }) => renderOptions?.after?.contentText ?? ''),
    );
    editor.setDecorations(this.fresh, options.fresh);
    editor.setDecorations(this.stale, options.stale);
  }
}

function decoration(color: string, fontStyle?: string): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedOpen,
    after: { margin: '0 0 0 2.5em', color: new vscode.ThemeColor(color), fontStyle },
  });
}
