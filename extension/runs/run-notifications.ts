import * as vscode from 'vscode';
import { overallFraction, progressText } from './progress';
import type { RunManager } from './run-manager';
import type { RunStore, StoredRun } from './run-store';

/** What people may do from a run's last message. */
export interface RunActions {
  openResults(run: StoredRun): Promise<void>;
  resume(run: StoredRun): Promise<void>;
  showLog(): void;
}

/** Shows each running run as a notification with progress and a way to cancel it, and how it ended. */
export class RunNotifications implements vscode.Disposable {
  private readonly shown = new Set<string>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly store: RunStore,
    private readonly manager: RunManager,
    private readonly actions: RunActions,
  ) {
    this.subscriptions = [
      manager.onDidBegin(({ run }) => this.show(run)),
      // Runs that were there before this window are taken up as soon as they are seen.
      store.onDidChange((change) => {
        if (change === 'runs') for (const run of store.runs) if (run.state === 'running') this.show(run);
      }),
      store.onDidEnd((run) => void this.tellEnd(run)),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private show(run: StoredRun): void {
    // Rows of a sweep are many; the view of sweeps counts them.
    if (this.shown.has(run.key) || run.state !== 'running' || run.record.sweep) return;
    this.shown.add(run.key);
    const wanted = vscode.workspace.getConfiguration('eigenprobe').get('run.notification', true);
    if (!wanted) return;
    void vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: run.record.study.name, cancellable: true },
      (progress, token) =>
        new Promise<void>((resolve) => {
          let told = 0;
          const update = (): void => {
            const now = this.store.get(run.key);
            if (now?.state !== 'running') {
              subscription.dispose();
              resolve();
              return;
            }
            const live = this.store.progressOf(now);
            const done = 100 * overallFraction(now.record, live);
            progress.report({ message: progressText(live), increment: Math.max(0, done - told) });
            told = Math.max(told, done);
          };
          const subscription = this.store.onDidChange(update);
          token.onCancellationRequested(() => {
            progress.report({ message: vscode.l10n.t('Stopping at the next step…') });
            void this.manager.cancel(run);
          });
          update();
        }),
    );
  }

  private async tellEnd(run: StoredRun): Promise<void> {
    const wasShown = this.shown.delete(run.key);
    if (!wasShown) return;
    const { name } = run.record.study;
    if (run.state === 'finished') {
      const open = vscode.l10n.t('Open Results');
      const picked = await vscode.window.showInformationMessage(vscode.l10n.t('{0} has finished.', name), open);
      if (picked === open) await this.actions.openResults(run);
    } else if (run.state === 'failed') {
      const log = vscode.l10n.t('Show Log');
      const message = run.record.error ?? vscode.l10n.t('{0} has failed.', name);
      const picked = await vscode.window.showErrorMessage(`${name}: ${message}`, log);
      if (picked === log) this.actions.showLog();
    } else {
      const resume = vscode.l10n.t('Resume');
      const message =
        run.state === 'cancelled'
          ? vscode.l10n.t('{0} was cancelled.', name)
          : vscode.l10n.t('{0} was interrupted: its process is gone. What it has computed is kept.', name);
      const picked = await vscode.window.showWarningMessage(message, resume);
      if (picked === resume) await this.actions.resume(run);
    }
  }
}
