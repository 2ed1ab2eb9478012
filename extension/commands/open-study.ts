import * as vscode from 'vscode';
import type { StoredRun } from '../runs/run-store';

/** Opens the study that a run came from. */
export async function openStudyOf(run: StoredRun): Promise<void> {
  await vscode.window.showTextDocument(vscode.Uri.joinPath(run.folder.uri, ...run.record.study.path.split(/[\\/]/)));
}
