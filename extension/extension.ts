import * as vscode from 'vscode';
import { checkStudy } from './commands/check-study';
import { openReport } from './commands/open-report';
import { runStudy } from './commands/run-study';
import { Engine } from './engine/engine';

/** Wires commands to what they need; nothing is computed or loaded before a command is called. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Eigenprobe', { log: true });
  const problems = vscode.languages.createDiagnosticCollection('eigenprobe');
  const engine = new Engine(context.extensionUri, log);
  const command = (name: string, action: (uri?: vscode.Uri) => Promise<void>): vscode.Disposable =>
    vscode.commands.registerCommand(`eigenprobe.${name}`, async (uri?: vscode.Uri) => {
      try {
        await action(uri);
      } catch (error) {
        log.error(error instanceof Error ? error : String(error));
        await showFailure(error, log);
      }
    });
  context.subscriptions.push(
    log,
    problems,
    command('runStudy', (uri) => runStudy(engine, uri)),
    command('checkStudy', (uri) => checkStudy(engine, problems, uri)),
    command('openReport', () => openReport(context.extensionUri)),
    // A finding whose text has changed may point at the wrong place.
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) problems.delete(document.uri);
    }),
    vscode.workspace.onDidCloseTextDocument((document) => problems.delete(document.uri)),
  );
}

async function showFailure(error: unknown, log: vscode.LogOutputChannel): Promise<void> {
  const showLog = vscode.l10n.t('Show Log');
  const message = error instanceof Error ? error.message : String(error);
  if ((await vscode.window.showErrorMessage(message, showLog)) === showLog) log.show();
}
