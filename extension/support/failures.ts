import * as vscode from 'vscode';

/** Tells what went wrong: the sentence in a message with a way to the log, everything in the log. */
export class Failures {
  constructor(private readonly log: vscode.LogOutputChannel) {}

  show(error: unknown): void {
    this.log.error(error instanceof Error ? error : String(error));
    const message = error instanceof Error ? error.message : String(error);
    const showLog = vscode.l10n.t('Show Log');
    void vscode.window.showErrorMessage(message, showLog).then((picked) => {
      if (picked === showLog) this.log.show();
    });
  }
}
