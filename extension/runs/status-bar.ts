import * as vscode from 'vscode';
import { progressText } from './progress';
import type { RunManager } from './run-manager';
import type { RunStore } from './run-store';

/** One item in the status bar, there as long as something runs or waits. */
export class RunStatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('eigenprobe.runs', vscode.StatusBarAlignment.Left, 40);
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly store: RunStore,
    private readonly manager: RunManager,
  ) {
    this.item.name = vscode.l10n.t('Eigenprobe Runs');
    this.item.command = 'eigenprobe.showRunning';
    this.subscriptions = [this.item, store.onDidChange(() => this.update()), manager.onDidChange(() => this.update())];
    this.update();
  }

  /** What the item says; undefined while it is hidden. */
  get text(): string | undefined {
    const running = this.store.runs.filter(({ state }) => state === 'running');
    const waiting = this.manager.queue.length;
    const { starting } = this.manager;
    if (running.length + waiting + starting.length === 0) return undefined;
    const [first] = running;
    const name = first?.record.study.name ?? starting[0]?.name ?? this.manager.queue[0]?.name ?? '';
    const progress = first ? progressText(this.store.progressOf(first)) : '';
    const more = running.length + starting.length - 1;
    const counts = [
      more > 0 ? vscode.l10n.t('{0} more', more) : '',
      waiting > 0 ? vscode.l10n.t('{0} waiting', waiting) : '',
    ].filter(Boolean);
    return [`$(sync~spin) ${name}`, progress, counts.length > 0 ? `(${counts.join(', ')})` : '']
      .filter(Boolean)
      .join(' ');
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private update(): void {
    const { text } = this;
    if (text === undefined) {
      this.item.hide();
      return;
    }
    this.item.text = text;
    this.item.tooltip = vscode.l10n.t('Runs of Eigenprobe: show or cancel them');
    this.item.accessibilityInformation = { label: text.replace(/\$\([^)]*\)\s*/g, ''), role: 'button' };
    this.item.show();
  }
}
