import * as vscode from 'vscode';
import { readPayload } from '../../engine/report/page';
import type { Engine } from '../engine/engine';
import { showReport } from '../panels/report-panel';
import type { StoredRun } from '../runs/run-store';

/** Shows a run's report; where it has none yet, or one of another version, the engine writes it first. */
export async function openReport(extensionUri: vscode.Uri, engine: Engine, run: StoredRun): Promise<void> {
  const file = vscode.Uri.joinPath(run.uri, 'report.html');
  const existing = await readReport(file);
  if (existing && run.state !== 'running') {
    showReport(extensionUri, existing);
    return;
  }
  if (!vscode.workspace.isTrusted || run.uri.scheme !== 'file') {
    throw new Error(
      vscode.l10n.t('This run has no report yet, and only a trusted workspace on a disk can have one written.'),
    );
  }
  const folder = run.folder.uri.fsPath;
  const answer = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Writing the report') },
    () => engine.ask(['report', run.uri.fsPath, '--workspace', folder], folder),
  );
  const payload = await readReport(file);
  if (answer.exitCode !== 0 || !payload) {
    throw new Error(answer.stderr.trim().split('\n')[0] || vscode.l10n.t('The report could not be written.'));
  }
  showReport(extensionUri, payload);
}

async function readReport(file: vscode.Uri): Promise<ReturnType<typeof readPayload>> {
  try {
    return readPayload(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)));
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return undefined;
    throw error;
  }
}
