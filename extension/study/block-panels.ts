import * as vscode from 'vscode';
import type { RunTree } from '../runs/run-tree';
import type { RunStore } from '../runs/run-store';
import { blockMarkdown } from './block-markdown';
import type { BlockResult, BlockResults } from './block-results';
import { shows } from './editor-settings';
import { isStudyDocument } from './study-document';

const quietMs = 200;

/** Results that open under a block, inside the editor, when they are asked for. */
export class BlockPanels implements vscode.Disposable {
  private readonly controller = vscode.comments.createCommentController('eigenprobe.results', 'Eigenprobe');
  private readonly open = new Map<string, { uri: vscode.Uri; stage: string; thread: vscode.CommentThread }>();
  private readonly subscriptions: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly results: BlockResults,
    private readonly store: RunStore,
    private readonly tree: RunTree,
    changed: vscode.Event<void>,
  ) {
    this.subscriptions = [
      this.controller,
      changed(() => this.soon()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (isStudyDocument(document)) this.soon();
      }),
    ];
  }

  /** The Markdown of every panel that is open, by block. */
  get contents(): Record<string, string> {
    return Object.fromEntries(
      [...this.open.values()].map(({ stage, thread }) => [
        stage,
        thread.comments.map(({ body }) => (typeof body === 'string' ? body : body.value)).join('\n'),
      ]),
    );
  }

  async toggle(uri: vscode.Uri, stage: string): Promise<void> {
    const key = `${uri.toString()} ${stage}`;
    const there = this.open.get(key);
    if (there) {
      there.thread.dispose();
      this.open.delete(key);
      return;
    }
    if (!shows('panels', uri)) {
      throw new Error(vscode.l10n.t('Panels under blocks are turned off; the setting is eigenprobe.editor.panels.'));
    }
    const document = await vscode.workspace.openTextDocument(uri);
    const result = (await this.results.of(document)).find(({ block }) => block.stage === stage);
    if (!result) throw new Error(vscode.l10n.t('There is no result of {0} yet; run it first.', stage));
    const thread = this.controller.createCommentThread(uri, lastLine(document, result), []);
    thread.canReply = false;
    thread.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
    this.open.set(key, { uri, stage, thread });
    await this.fill(document, result, thread);
  }

  closeAll(): void {
    for (const { thread } of this.open.values()) thread.dispose();
    this.open.clear();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.closeAll();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.update(), quietMs);
  }

  private async update(): Promise<void> {
    for (const [key, { uri, stage, thread }] of [...this.open]) {
      if (!shows('panels', uri)) {
        thread.dispose();
        this.open.delete(key);
        continue;
      }
      const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
      const result = document && (await this.results.of(document)).find(({ block }) => block.stage === stage);
      if (!document || !result) continue;
      thread.range = lastLine(document, result);
      await this.fill(document, result, thread);
    }
  }

  private async fill(document: vscode.TextDocument, result: BlockResult, thread: vscode.CommentThread): Promise<void> {
    const { stage } = result.block;
    const isStale = result.changes.length > 0 || result.unreadable;
    const options = { results: this.results, store: this.store, baseline: this.tree.baseline, compact: false };
    const body = await blockMarkdown(document, result, options);
    thread.label = isStale ? vscode.l10n.t('{0} — stale', stage) : stage;
    thread.contextValue = 'eigenprobe';
    const [before] = thread.comments;
    // The editor draws a comment anew each time that it is set.
    if (before && typeof before.body !== 'string' && before.body.value === body.value) return;
    thread.comments = [
      { author: { name: 'Eigenprobe' }, body, mode: vscode.CommentMode.Preview, contextValue: 'eigenprobe' },
    ];
  }
}

/** A panel opens below the last line of its block. */
function lastLine(document: vscode.TextDocument, { block }: BlockResult): vscode.Range {
  const end = document.positionAt(block.value.offset + block.value.length);
  // A block of YAML ends at the start of the line after it.
  const line = end.character === 0 && end.line > 0 ? end.line - 1 : end.line;
  return new vscode.Range(line, 0, line, 0);
}
