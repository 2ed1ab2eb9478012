import * as vscode from 'vscode';
import type { StoredRun } from '../runs/run-store';
import { studyOfRun } from './run-commands';

/** Opens the study that a run came from. */
export async function openStudyOf(run: StoredRun): Promise<void> {
  await vscode.window.showTextDocument(await studyOfRun(run));
}
