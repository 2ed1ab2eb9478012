import * as vscode from 'vscode';
import type { BlockResults } from './block-results';
import { member } from './blocks';
import { readStudyDocument } from './study-document';

const scheme = 'eigenprobe-study';

/** Shows a block as a run had it beside how the text has it now, both with every default filled in. */
export class ChangesView implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly contents = new Map<string, string>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);

  constructor(private readonly results: BlockResults) {}

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.contents.get(uri.toString()) ?? '';
  }

  async show(uri: vscode.Uri, stage: string): Promise<void> {
    const document = await vscode.workspace.openTextDocument(uri);
    const result = (await this.results.of(document)).find(({ block }) => block.stage === stage);
    const { study } = readStudyDocument(document);
    if (!result || !study) throw new Error(vscode.l10n.t('There is nothing to compare {0} with.', stage));
    const roots = [...new Set(result.changes.map(({ path }) => path.split('.')[0]!))];
    const before = await this.results.studyOf(result.run);
    const pick = (from: unknown): string =>
      `${JSON.stringify(Object.fromEntries(roots.map((root) => [root, sorted(member(from, [root]))])), null, 2)}\n`;
    const left = this.content(`${result.run.record.id}/${stage}.json`, pick(before));
    const right = this.content(`now/${stage}.json`, pick(study));
    const title = vscode.l10n.t('{0}: run {1} ↔ now', stage, result.run.record.id);
    await vscode.commands.executeCommand('vscode.diff', left, right, title, { preview: true });
  }

  dispose(): void {
    this.registration.dispose();
  }

  private content(name: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme, path: `/${name}`, query: String(Date.now()) });
    this.contents.set(uri.toString(), text);
    return uri;
  }
}

/** Keys in order, so that only what differs shows. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
