import * as vscode from 'vscode';
import type { Devices } from '../engine/devices';
import type { RunStore } from '../runs/run-store';
import type { RunTree } from '../runs/run-tree';
import { BlockPanels } from './block-panels';
import { BlockResults } from './block-results';
import { ChangesView } from './changes-view';
import { StudyCodeLens } from './code-lens';
import { StudyCompletion } from './completion';
import { StudyDiagnostics } from './diagnostics';
import { EndOfLineResults } from './end-of-line';
import { StudyHover } from './hover';
import { StudyQuickFixes } from './quick-fixes';

const selector: vscode.DocumentSelector = [
  { pattern: '**/*.eigenprobe.json' },
  { pattern: '**/*.eigenprobe.yaml' },
  { pattern: '**/*.eigenprobe.yml' },
];

/** All that happens beside the text of a study. Loaded with the first one that is opened. */
export class EditorSupport implements vscode.Disposable {
  readonly diagnostics = new StudyDiagnostics();
  readonly panels: BlockPanels;
  readonly endOfLine: EndOfLineResults;
  readonly changes: ChangesView;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(store: RunStore, tree: RunTree, devices: Devices) {
    const results = new BlockResults(store);
    const changed = this.changed.event;
    this.panels = new BlockPanels(results, store, tree, changed);
    this.endOfLine = new EndOfLineResults(results, changed);
    this.changes = new ChangesView(results);
    this.subscriptions = [
      this.changed,
      this.diagnostics,
      this.panels,
      this.changes,
      this.endOfLine,
      vscode.languages.registerCompletionItemProvider(selector, new StudyCompletion(devices), '"', ':', ' ', '/'),
      vscode.languages.registerHoverProvider(selector, new StudyHover(results, store, tree)),
      vscode.languages.registerCodeActionsProvider(selector, new StudyQuickFixes(), {
        providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
      }),
      vscode.languages.registerCodeLensProvider(selector, new StudyCodeLens(results, tree, changed)),
      store.onDidChange((change) => {
        if (change === 'runs') this.changed.fire();
      }),
      tree.onDidChangeTreeData((node) => {
        if (node === undefined) this.changed.fire();
      }),
      vscode.window.onDidChangeActiveColorTheme(() => this.changed.fire()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('eigenprobe.editor')) this.changed.fire();
      }),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}
